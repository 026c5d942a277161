import { createMessage, message, parseMessage, type MessageType } from '@holdfast/protocol';
import { expect, test } from 'vitest';

const invalid = expect.objectContaining({ code: 'HOLDFAST_PROTOCOL_INVALID_MESSAGE' });

test('PRO-08 the catalogue holds every kind of message that the architecture needs', () => {
  const types: readonly MessageType[] = message.options.map(({ shape }) => shape.type.value);

  expect(types.toSorted()).toEqual([
    'busy', 'cancel', 'cancelled', 'capability-offer', 'capability-request', 'capability-response', 'checkpoint', 'checkpoint-taken', 'completion-listing', 'completion-query', 'error', 'execution',
    'execution-start', 'heartbeat', 'hello', 'input-request', 'input-response', 'namespace-clear', 'namespace-cleared', 'namespace-listing', 'namespace-query', 'output',
    'promise-create', 'promise-reject', 'promise-resolve', 'ready', 'refusal', 'restore', 'restored', 'result', 'shutdown',
  ]);
});

test('PRO-03 a result has a value, a text and a time, and the time is no less than nothing', () => {
  const fields = { executionId: 'e', value: [1], repr: '[ 1 ]' };

  expect(createMessage('result', { ...fields, executionTimeMs: 0 })).toMatchObject({ ...fields, executionTimeMs: 0 });
  expect(() => createMessage('result', { ...fields, executionTimeMs: -1 })).toThrow(invalid);
  expect(() => createMessage('result', { ...fields, executionTimeMs: Number.NaN })).toThrow(invalid);
});

test('PRO-05 a heartbeat has its three measurements', () => {
  const fields = { memoryUsage: 1, cpuPercent: 2, namespaceSize: 3 };

  expect(createMessage('heartbeat', fields)).toMatchObject(fields);
  expect(() => createMessage('heartbeat', { ...fields, namespaceSize: 1.5 })).toThrow(invalid);
});

test('PRO-06 a checkpoint tells its format, its digest, its size and its time beside the bytes', () => {
  const checkpoint = { checkpointId: 'c', executionId: 'e', format: 1, namespace: Uint8Array.of(1), digest: 'f'.repeat(64), size: 1, createdAt: 1 };

  expect(createMessage('restore', { checkpoint }).checkpoint).toEqual(checkpoint);
  expect(() => createMessage('restore', { checkpoint: { ...checkpoint, digest: 'short' } })).toThrow(invalid);
});

test('PRO-09 a capability is asked for with JSON and answered with a value or an error', () => {
  const asked = createMessage('capability-request', { executionId: 'e', capability: 'files', method: 'read', args: ['a', { deep: [1] }] });
  const refused = { ok: false, error: { code: 'HOLDFAST_X', message: 'no', retriable: false } } as const;

  expect(createMessage('capability-response', { correlationId: asked.id, outcome: refused }).outcome).toEqual(refused);
  expect(() => parseMessage({ ...asked, args: [() => 1] })).toThrow(invalid);
});

test('PRO-18 a busy worker names both executions', () => {
  expect(createMessage('busy', { executionId: 'late', runningExecutionId: 'first' })).toMatchObject({ executionId: 'late', runningExecutionId: 'first' });
});

test('PRO-19 PRO-20 an error carries notes, a cause and a place that counts from 1', () => {
  const error = { name: 'E', message: 'm', stack: 's', notes: ['n'], span: { file: 'f', line: 1, column: 1 }, cause: { name: 'C', message: '', stack: '', notes: [] } };

  expect(createMessage('error', { executionId: 'e', error, executionTimeMs: 1 }).error).toEqual(error);
  expect(() => createMessage('error', { executionId: 'e', error: { ...error, span: { file: 'f', line: 0, column: 1 } }, executionTimeMs: 1 })).toThrow(invalid);
});
