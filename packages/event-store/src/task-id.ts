import { idSchema } from '@holdfast/protocol';
import { eventStoreError } from './errors.ts';

/** An id that UTF-8 can say: half a surrogate pair would come back from a disk as another id. */
export const storedIdSchema = idSchema.refine((id) => id.isWellFormed(), { message: 'an id has no half surrogate pairs' });

/**
 * Checks and normalises a task id.
 *
 * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT
 */
export function parseTaskId(taskId: unknown): string {
  const parsed = storedIdSchema.safeParse(taskId);
  if (parsed.success) return parsed.data;
  throw eventStoreError('HOLDFAST_EVENT_STORE_INVALID_ARGUMENT', `Cannot use ${quoted(taskId)} as a task id`);
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value;
}
