import { createMessage, msgpackCodec, parseMessage, type Message } from '@holdfast/protocol';
import { expect, test } from 'vitest';

const base = { id: 'm-1', timestamp: 1_700_000_000_000 };
const cell = { ...base, executionId: 'e-1' };
const samples: readonly Message[] = [
  { ...base, type: 'hello', protocolVersion: '1.0' },
  { ...base, type: 'ready', correlationId: 'm-0', protocolVersion: '1.0', pid: 42, nodeVersion: '24.0.0' },
  { ...cell, type: 'busy', runningExecutionId: 'e-0' },
  { ...base, type: 'shutdown' },
  { ...cell, type: 'execution', code: '1 + 1', language: 'typescript', filename: 'cell-1.ts' },
  { ...cell, type: 'execution-start', mode: 'simple_sync' },
  { ...base, type: 'output', stream: 'stdout', text: 'grüße 👋\n', late: false },
  { ...cell, type: 'result', value: { answer: [42, null] }, repr: '{ answer: [ 42, null ] }', executionTimeMs: 0.5 },
  {
    ...cell,
    type: 'error',
    error: { name: 'TypeError', message: 'no', stack: '', notes: [], span: { file: 'cell-1.ts', line: 1, column: 7 } },
    executionTimeMs: 1,
  },
  { ...cell, type: 'cancel', by: 'user' },
  { ...cell, type: 'cancelled', by: 'user', step: 'terminate', namespaceKept: true, executionTimeMs: 20 },
  { ...base, type: 'heartbeat', memoryUsage: 1e8, cpuPercent: 12.5, namespaceSize: 3 },
  { ...base, type: 'namespace-query' },
  { ...base, type: 'namespace-listing', names: [{ name: 'x', kind: 'lexical', type: 'number', preview: '1' }] },
];

const optional = new Set(['correlationId']);
const invalid = expect.objectContaining({ code: 'HOLDFAST_PROTOCOL_INVALID_MESSAGE' });

test.each(samples)('PRO-21 a complete "$type" is accepted and survives the codec', (sample) => {
  const codec = msgpackCodec();

  expect(parseMessage(codec.decode(codec.encode(sample)))).toEqual(sample);
});

test.each(
  samples.flatMap((sample) => Object.keys(sample).filter((field) => !optional.has(field) && !(sample.type === 'output' && field === 'executionId')).map((field) => ({ type: sample.type, field, sample }))),
)('PRO-01 PRO-22 "$type" without "$field" is refused', ({ field, sample }) => {
  const incomplete = Object.fromEntries(Object.entries(sample).filter(([name]) => name !== field));

  expect(() => parseMessage(incomplete)).toThrow(invalid);
});

test('PRO-02 a made message has an id and a timestamp of its own', () => {
  const message = createMessage('shutdown', {}, { newId: () => 'free text', now: () => 7 });

  expect(message).toEqual({ type: 'shutdown', id: 'free text', timestamp: 7 });
});

test('PRO-01 a message that is made wrong fails where it is made', () => {
  expect(() => createMessage('result', { executionId: '', value: 1, repr: '1', executionTimeMs: -1 })).toThrow(invalid);
});

test('PRO-23 an unknown field of a newer minor version is dropped, an unknown type refused', () => {
  expect(parseMessage({ ...samples[3], colour: 'green' })).toEqual(samples[3]);
  expect(() => parseMessage({ ...base, type: 'teleport' })).toThrow(invalid);
});
