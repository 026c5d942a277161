import { DatabaseSync } from 'node:sqlite';
import { eventStoreError } from '../../errors.ts';
import type { EventStoreOptions } from '../event-store.ts';
import { sha256 } from '../sha256.ts';
import type { Committed } from '../staging.ts';
import { StateCache } from '../state-cache.ts';
import { ConsumerTables } from './consumer-tables.ts';
import { LogIndex } from './log-index.ts';
import { bringUpToDate } from './older-schema.ts';
import { Reader } from './reader.ts';
import { contentOf, createTables, pragma } from './schema.ts';
import { assertSupportedSqlite } from './version.ts';
import { Writer } from './writer.ts';

export interface ConnectionOptions extends EventStoreOptions {
  readonly durability?: 'power' | 'process';
  readonly maxBytes?: number;
}

/** One open database with everything that reads and writes it. */
export interface Connection {
  readonly database: DatabaseSync;
  readonly index: LogIndex;
  readonly reader: Reader;
  readonly consumers: ConsumerTables;
}

export interface WritingConnection extends Connection {
  readonly writer: Writer;
  readonly committed: Committed;
}

/** Opens the database to read it, beside a writer that may be open elsewhere. */
export function connectReader(path: string, options: Pick<EventStoreOptions, 'upcasters'>, location: string | URL = path): Connection {
  return connected(new DatabaseSync(location, { timeout: 0, allowExtension: false, readOnly: true }), (database) => {
    assertReadable(contentOf(database, path), path);
    database.exec('PRAGMA cache_size = -16384; PRAGMA trusted_schema = OFF;');
    const connection = parts(database, path, options);
    snapshot(database, () => connection.index.refresh());
    return connection;
  });
}

/** Opens, or makes, the database to write it. The caller holds the lock. */
export function connectWriter(path: string, options: ConnectionOptions): WritingConnection {
  return connected(new DatabaseSync(path, { timeout: 0, allowExtension: false }), (database) => {
    const content = contentOf(database, path);
    configure(database, options);
    if (content === 'nothing') createTables(database);
    if (content === 'older tables') bringUpToDate(database);
    const read = parts(database, path, options);
    read.index.refresh();
    return { ...read, writer: new Writer(database, read.index), committed: committedOf(read) };
  });
}

/** Reads as if nobody could write meanwhile. */
export function snapshot<Result>(database: DatabaseSync, read: () => Result): Result {
  database.exec('BEGIN');
  try {
    return read();
  } finally {
    if (database.isTransaction) database.exec('COMMIT');
  }
}

function assertReadable(content: ReturnType<typeof contentOf>, path: string): void {
  if (content === 'nothing') throw eventStoreError('HOLDFAST_EVENT_STORE_CANNOT_OPEN', `Cannot read event store "${path}": it is empty`, { data: { path } });
  if (content === 'older tables') throw eventStoreError('HOLDFAST_EVENT_STORE_OLDER_DATABASE', `Cannot read event store "${path}": its schema is of an older version`, { data: { path } });
}

function connected<Opened>(database: DatabaseSync, open: (database: DatabaseSync) => Opened): Opened {
  try {
    assertSupportedSqlite(String(database.prepare('SELECT sqlite_version() AS version').get()?.['version']));
    return open(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function parts(database: DatabaseSync, path: string, { upcasters }: Pick<EventStoreOptions, 'upcasters'>): Connection {
  const index = new LogIndex(database, path);
  return { database, index, reader: new Reader(database, index, path, upcasters), consumers: new ConsumerTables(database) };
}

function committedOf({ index, reader, consumers }: Connection): Committed {
  return {
    get position() {
      return index.position;
    },
    get timestampMs() {
      return index.timestampMs;
    },
    versionOf: (taskId) => {
      const stream = index.findStream(taskId);
      return stream ? index.lastVersion(stream.id) : 0;
    },
    findEvent: (eventId) => reader.findEvent(eventId),
    eventsAfter: (taskId, version) => reader.eventsOf(taskId, version),
    consumerPosition: (consumer) => consumers.position(consumer),
    findState: (consumer, key) => consumers.find(consumer, key),
    states: new StateCache(),
    hashAt: (position) => (position === index.position ? index.hash : reader.hashAt(position)),
    hash: sha256,
  };
}

function configure(database: DatabaseSync, { durability = 'power', maxBytes }: ConnectionOptions): void {
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
