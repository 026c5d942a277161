import { idSchema, maxIdCharacters } from '@holdfast/protocol';
import { eventStoreError } from './errors.ts';

const printableAscii = /^[\x20-\x7e]+$/;

/**
 * Checks and normalises a task id.
 *
 * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT
 */
export function parseTaskId(taskId: unknown): string {
  if (isPlainId(taskId)) return taskId;
  const parsed = idSchema.safeParse(taskId);
  if (parsed.success) return parsed.data;
  throw eventStoreError('HOLDFAST_EVENT_STORE_INVALID_ARGUMENT', `Cannot use ${quoted(taskId)} as a task id`);
}

/**
 * Tells of most ids that they are kept as they are. What it does not know may be an id all the same.
 *
 * @internal
 */
export function isPlainId(id: unknown): id is string {
  return typeof id === 'string' && id.length <= maxIdCharacters && printableAscii.test(id) && id !== '.' && id !== '..';
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value;
}
