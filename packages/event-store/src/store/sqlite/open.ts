import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventStoreOptions } from '../event-store.ts';
import { catchUpInline } from '../inline-catch-up.ts';
import { count } from '../query.ts';
import { connectWriter, type WritingConnection } from './connection.ts';
import { fromSqlite } from './failure.ts';
import { DurableEventStore, type SqliteEventStore } from './sqlite-event-store.ts';
import { acquireWriterLock, type WriterLock } from './writer-lock.ts';

export type { SqliteEventStore };

export interface SqliteEventStoreOptions extends EventStoreOptions {
  /** The database file. Its folder must exist; the file is made where it is missing. */
  readonly path: string;
  /**
   * What an acknowledged append survives: `power`, the loss of power; `process`, the death of the process only.
   *
   * @default 'power'
   */
  readonly durability?: 'power' | 'process';
  /** The largest the database file may become; an append beyond it fails like one on a full disk. @default no limit */
  readonly maxBytes?: number;
  /** How many milliseconds an append waits for a lock that another program holds on the file. @default 5000 */
  readonly busyMs?: number;
}

/**
 * Opens, or makes, the event store in a file. One process has it open at a time, and the operating system ends that
 * claim with the process, however it dies. Others may read it meanwhile with `openSqliteEventReader`.
 *
 * @throws HOLDFAST_EVENT_STORE_LOCKED while another writer has it open
 * @throws HOLDFAST_EVENT_STORE_CANNOT_OPEN
 * @throws HOLDFAST_EVENT_STORE_READ_ONLY
 * @throws HOLDFAST_EVENT_STORE_CORRUPT
 * @throws HOLDFAST_EVENT_STORE_FOREIGN_DATABASE
 * @throws HOLDFAST_EVENT_STORE_NEWER_DATABASE
 * @throws HOLDFAST_EVENT_STORE_SQLITE_TOO_OLD
 * @throws HOLDFAST_EVENT_STORE_PROJECTION_FAILED when an inline projection cannot catch up
 */
export async function openSqliteEventStore(options: SqliteEventStoreOptions): Promise<SqliteEventStore> {
  const path = resolve(options.path);
  for (const name of ['maxBytes', 'busyMs'] as const) if (options[name] !== undefined) count(name, options[name]);
  const store = openStore(path, options);
  try {
    await catchUpInline(store, options.inline ?? []);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openStore(path: string, options: SqliteEventStoreOptions): DurableEventStore {
  let connection: WritingConnection | undefined;
  let lock: WriterLock | undefined;
  try {
    new DatabaseSync(path, { timeout: 0 }).close(); // makes the file, so that its real path is known
    lock = acquireWriterLock(realpathSync(path));
    connection = connectWriter(path, options);
    return new DurableEventStore(connection, lock, path, options);
  } catch (cause) {
    connection?.database.close();
    lock?.release();
    throw fromSqlite(cause, path);
  }
}
