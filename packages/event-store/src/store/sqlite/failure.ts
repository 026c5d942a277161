import { type HoldfastError, isHoldfastError } from '@holdfast/protocol';
import { eventStoreError } from '../../errors.ts';

/** https://www.sqlite.org/rescode.html; extended codes only where they mean something else than their primary one. */
const failures = new Map<number, readonly [Parameters<typeof eventStoreError>[0], string]>([
  [5, ['HOLDFAST_EVENT_STORE_LOCKED', 'another writer has it open']],
  [6, ['HOLDFAST_EVENT_STORE_LOCKED', 'another writer has it open']],
  [8, ['HOLDFAST_EVENT_STORE_READ_ONLY', 'it cannot be written by this user']],
  [10, ['HOLDFAST_EVENT_STORE_IO_FAILED', 'reading or writing failed']],
  [11, ['HOLDFAST_EVENT_STORE_CORRUPT', 'a part of it cannot be read']],
  [13, ['HOLDFAST_EVENT_STORE_DISK_FULL', 'there is no room left']],
  [14, ['HOLDFAST_EVENT_STORE_CANNOT_OPEN', 'it cannot be opened or created']],
  [19, ['HOLDFAST_EVENT_STORE_FENCED', 'somebody else wrote to it']],
  [26, ['HOLDFAST_EVENT_STORE_CORRUPT', 'it is not a database']],
  // No room for the shared-memory index.
  [4874, ['HOLDFAST_EVENT_STORE_DISK_FULL', 'there is no room left']],
]);

/** What SQLite threw, as an error of ours that names the path. */
export function fromSqlite(cause: unknown, path: string): HoldfastError {
  if (isHoldfastError(cause)) return cause;
  const code = errorCode(cause);
  const [name, problem] = failures.get(code) ?? failures.get(code % 256) ?? ['HOLDFAST_EVENT_STORE_IO_FAILED' as const, String(cause)];
  return eventStoreError(name, `Cannot use event store "${path}": ${problem}`, { cause, data: { path, sqliteCode: code } });
}

/** Tells what SQLite threw from what anybody else did. */
export function isSqliteError(cause: unknown): cause is Error & { readonly errcode: number } {
  return cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number';
}

function errorCode(cause: unknown): number {
  return isSqliteError(cause) ? cause.errcode : 0;
}

/** A version of a task that the index, or the event where the index leads, does not have. */
export function lostVersion(path: string, taskId: string | undefined, version: number): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_CORRUPT', `Cannot read version ${version} of task ${JSON.stringify(taskId)} of event store "${path}"`, {
    data: { path, taskId, version },
  });
}
