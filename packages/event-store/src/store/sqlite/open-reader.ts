import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isHoldfastError } from '@holdfast/protocol';
import type { EventReader, EventStoreOptions } from '../event-store.ts';
import { count } from '../query.ts';
import type { BackupOptions } from './backup.ts';
import { connectReader, type Connection } from './connection.ts';
import { fromSqlite } from './failure.ts';
import { SqliteReader } from './sqlite-event-reader.ts';

export interface SqliteEventReaderOptions extends Pick<EventStoreOptions, 'upcasters'> {
  /** The database file, which must exist. */
  readonly path: string;
  /** How often to look whether there is news, while somebody waits for it. @default 2 */
  readonly pollMs?: number;
}

export interface SqliteEventReader extends EventReader {
  /**
   * Copies the database into a new file, also while it is written.
   *
   * @throws HOLDFAST_EVENT_STORE_CANNOT_OPEN when there is a file of that name, or it cannot be made
   */
  backup(path: string, options?: BackupOptions): Promise<void>;
}

/** How often a lock that stands in the way is asked for again, and how long to wait between. */
const [maxTries, busyPauseMs] = [200, 5];

/**
 * Opens an event store to read it, beside the one that writes it and beside other readers, in this process or another.
 *
 * @throws HOLDFAST_EVENT_STORE_CANNOT_OPEN where there is no store
 * @throws HOLDFAST_EVENT_STORE_CORRUPT
 * @throws HOLDFAST_EVENT_STORE_FOREIGN_DATABASE
 * @throws HOLDFAST_EVENT_STORE_NEWER_DATABASE
 * @throws HOLDFAST_EVENT_STORE_OLDER_DATABASE
 * @throws HOLDFAST_EVENT_STORE_SQLITE_TOO_OLD
 */
export async function openSqliteEventReader(options: SqliteEventReaderOptions): Promise<SqliteEventReader> {
  const path = resolve(options.path);
  const pollMs = count('pollMs', options.pollMs ?? 2);
  for (let tries = 1; ; tries += 1) {
    try {
      return new SqliteReader(connect(path, options), path, pollMs);
    } catch (cause) {
      const error = fromSqlite(cause, path);
      if (tries === maxTries || !isHoldfastError(error, 'HOLDFAST_EVENT_STORE_LOCKED')) throw error;
      await pause(busyPauseMs);
    }
  }
}

/** Where this user may not write beside the file, a store that nobody has open is read as it lies there. */
function connect(path: string, options: SqliteEventReaderOptions): Connection {
  try {
    return connectReader(path, options);
  } catch (cause) {
    const isAtRest = existsSync(path) && (!existsSync(`${path}-wal`) || statSync(`${path}-wal`).size === 0);
    const isHindered = isHoldfastError(fromSqlite(cause, path), 'HOLDFAST_EVENT_STORE_CANNOT_OPEN') || isHoldfastError(fromSqlite(cause, path), 'HOLDFAST_EVENT_STORE_READ_ONLY');
    if (!isAtRest || !isHindered) throw cause;
    const asItLies = pathToFileURL(path);
    asItLies.searchParams.set('immutable', '1');
    return connectReader(path, options, asItLies);
  }
}
