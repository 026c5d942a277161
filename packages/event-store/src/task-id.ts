import { idSchema } from '@holdfast/protocol';
import { eventStoreError } from './errors.ts';

/**
 * Checks and normalises a task id.
 *
 * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT
 */
export function parseTaskId(taskId: unknown): string {
  const parsed = idSchema.safeParse(taskId);
  if (parsed.success) return parsed.data;
  throw eventStoreError('HOLDFAST_EVENT_STORE_INVALID_ARGUMENT', `Cannot use ${quoted(taskId)} as a task id`);
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value;
}
