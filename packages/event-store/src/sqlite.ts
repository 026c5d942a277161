/**
 * The durable event store of one machine, on the SQLite that Node.js brings.
 *
 * @module
 */
export { openSqliteEventStore, type SqliteEventStoreOptions } from './store/sqlite/open.ts';
