import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { backup, type DatabaseSync } from 'node:sqlite';
import { eventStoreError } from '../../errors.ts';
import { settleFile } from '../settle-file.ts';
import { fromSqlite } from './failure.ts';

export interface BackupOptions {
  /** Told how far it is, in pages of the database. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** How many pages are copied in one go. */
const pagesAtOnce = 500;

/**
 * Copies a database that may be in use. The copy gets its name when it is whole and on the disk.
 *
 * @throws HOLDFAST_EVENT_STORE_CANNOT_OPEN when there is a file of that name
 */
export async function backUp(database: DatabaseSync, source: string, to: string, { onProgress }: BackupOptions = {}): Promise<void> {
  const path = resolve(to);
  if (existsSync(path)) throw eventStoreError('HOLDFAST_EVENT_STORE_CANNOT_OPEN', `Cannot back up "${source}" to "${path}": it exists`, { data: { path } });
  const unfinished = `${path}.new`;
  try {
    await backup(database, unfinished, {
      rate: pagesAtOnce,
      progress: ({ totalPages, remainingPages }) => onProgress?.({ done: totalPages - remainingPages, total: totalPages }),
    });
    await settleFile(unfinished, path);
  } catch (cause) {
    if (existsSync(unfinished)) rmSync(unfinished);
    throw isSystemError(cause) ? eventStoreError('HOLDFAST_EVENT_STORE_CANNOT_OPEN', `Cannot back up "${source}" to "${path}": ${cause.code}`, { cause, data: { path } }) : fromSqlite(cause, path);
  }
}

function isSystemError(cause: unknown): cause is Error & { readonly code: string } {
  return cause instanceof Error && 'syscall' in cause && 'code' in cause && typeof cause.code === 'string';
}
