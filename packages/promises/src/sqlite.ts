/**
 * Promises in one SQLite file, through `node:sqlite`.
 *
 * @module
 */
export { openSqlitePromiseStore, type SqlitePromiseStoreOptions } from './store/sqlite/sqlite.ts';
export { type Durability } from './store/sqlite/durability.ts';
