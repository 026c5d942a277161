/**
 * The durable event store of one machine, on the SQLite that Node.js brings.
 *
 * @module
 */
export { openSqliteEventStore, type SqliteEventStore, type SqliteEventStoreOptions } from './store/sqlite/open.ts';
export { openSqliteEventReader, type SqliteEventReader, type SqliteEventReaderOptions } from './store/sqlite/open-reader.ts';
export { type BackupOptions } from './store/sqlite/backup.ts';
export { type SealOptions } from './store/sqlite/seal.ts';
