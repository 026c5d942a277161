import { createMessage, msgpackCodec, parseMessage, type Message } from '@holdfast/protocol';
import { expect, test } from 'vitest';

const base = { id: 'm-1', timestamp: 1_700_000_000_000 };
const cell = { ...base, executionId: 'e-1' };
const checkpointed = { checkpointId: 'c-1', executionId: '', format: 1, namespace: Uint8Array.of(1, 2), digest: 'a'.repeat(64), size: 2, createdAt: 7 };
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
  { ...base, type: 'completion-query', code: 'Math.ma' },
  { ...base, type: 'completion-listing', start: 5, candidates: ['max'] },
  { ...base, type: 'checkpoint', checkpointId: 'c-1' },
  { ...base, type: 'checkpoint-taken', checkpoint: checkpointed, kept: ['x'], skipped: [{ name: 'f', reason: 'a function' }] },
  { ...base, type: 'restore', checkpoint: checkpointed },
  { ...base, type: 'restored', restored: ['x'], skipped: [] },
  { ...cell, type: 'input-request', prompt: 'Name?', secret: false },
  { ...base, type: 'input-response', correlationId: 'm-0', value: null },
  { ...cell, type: 'capability-request', capability: 'files', method: 'read', args: ['a.txt'] },
  { ...base, type: 'capability-response', correlationId: 'm-0', outcome: { ok: true, value: 1 } },
  { ...cell, type: 'promise-create', promiseId: 'p-1', kind: 'approval', data: null },
  { ...base, type: 'promise-resolve', promiseId: 'p-1', value: true },
  { ...base, type: 'promise-reject', promiseId: 'p-1', error: { name: 'Error', message: 'no', stack: '', notes: [] } },
  { ...base, type: 'refusal', correlationId: 'm-0', error: { code: 'HOLDFAST_X', message: 'no', retriable: false } },
  { ...base, type: 'namespace-listing', names: [{ name: 'x', kind: 'lexical', type: 'number', preview: '1' }] },
];

const optional = (type: string): string[] => (type === 'ready' ? ['correlationId'] : type === 'output' ? ['executionId'] : []);
const invalid = expect.objectContaining({ code: 'HOLDFAST_PROTOCOL_INVALID_MESSAGE' });

test.each(samples)('PRO-21 a complete "$type" is accepted and survives the codec', (sample) => {
  const codec = msgpackCodec();

  expect(parseMessage(codec.decode(codec.encode(sample)))).toEqual(sample);
});

test.each(
  samples.flatMap((sample) => Object.keys(sample).filter((field) => !optional(sample.type).includes(field)).map((field) => ({ type: sample.type, field, sample }))),
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
