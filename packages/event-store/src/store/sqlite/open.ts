import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventStore, EventStoreOptions } from '../event-store.ts';
import { count } from '../query.ts';
import { fromSqlite } from './failure.ts';
import { assertOurs, ensureSchema, pragma } from './schema.ts';
import { SqliteEventStore } from './sqlite-event-store.ts';
import { assertSupportedSqlite } from './version.ts';
import { acquireWriterLock, type WriterLock } from './writer-lock.ts';

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
}

/**
 * Opens, or makes, the event store in a file. One process has it open at a time, and the operating system ends that
 * claim with the process, however it dies.
 *
 * @throws HOLDFAST_EVENT_STORE_LOCKED while another writer has it open
 * @throws HOLDFAST_EVENT_STORE_CANNOT_OPEN
 * @throws HOLDFAST_EVENT_STORE_READ_ONLY
 * @throws HOLDFAST_EVENT_STORE_CORRUPT
 * @throws HOLDFAST_EVENT_STORE_FOREIGN_DATABASE
 * @throws HOLDFAST_EVENT_STORE_NEWER_DATABASE
 * @throws HOLDFAST_EVENT_STORE_SQLITE_TOO_OLD
 */
export async function openSqliteEventStore(options: SqliteEventStoreOptions): Promise<EventStore> {
  const path = resolve(options.path);
  if (options.maxBytes !== undefined) count('maxBytes', options.maxBytes);
  let database: DatabaseSync | undefined;
  let lock: WriterLock | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0, allowExtension: false });
    assertSupportedSqlite(String(database.prepare('SELECT sqlite_version() AS version').get()?.['version']));
    lock = acquireWriterLock(realpathSync(path));
    assertOurs(database, path);
    configure(database, options);
    ensureSchema(database);
    return new SqliteEventStore(database, lock, path, options);
  } catch (cause) {
    database?.close();
    lock?.release();
    throw fromSqlite(cause, path);
  }
}

function configure(database: DatabaseSync, { durability = 'power', maxBytes }: SqliteEventStoreOptions): void {
  database.exec(`
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'};
    PRAGMA cache_size = -65536;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA trusted_schema = OFF;
  `);
  if (maxBytes !== undefined) database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pragma(database, 'page_size')))}`);
}
