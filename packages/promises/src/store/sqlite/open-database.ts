/**
 * Opens a promise file and keeps it for this process alone. The lock is SQLite's own, so the operating system releases it
 * when the process dies, however it dies. Whose file it is gets checked before anything is written to it.
 */
import { DatabaseSync } from 'node:sqlite';
import { promisesError } from '../../errors.ts';
import type { Durability } from './durability.ts';

const busy = 5;
const notADatabase = 26;

/** What stands in a file, and how it is told from others. */
export interface FileLayout {
  /** What the file is called in errors. */
  readonly what: string;
  readonly applicationId: number;
  /** Of the schema, as `user_version` says it. */
  readonly version: number;
  readonly schema: string;
}

export function openDatabase(path: string, durability: Durability, layout: FileLayout): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    const isNew = inspect(database, path, layout);
    database.exec('PRAGMA journal_mode = WAL');
    // Each checkpoint waits for the disk, and the same few pages change again and again between two of them.
    database.exec('PRAGMA wal_autocheckpoint = 4000');
    database.exec(durability === 'power' ? 'PRAGMA synchronous = FULL; PRAGMA fullfsync = 1' : 'PRAGMA synchronous = NORMAL');
    database.exec('BEGIN IMMEDIATE');
    if (isNew) database.exec(`${layout.schema}; PRAGMA application_id = ${layout.applicationId}; PRAGMA user_version = ${layout.version}`);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database?.close();
    throw openError(error, path);
  }
}

/** Tells whether the file is empty, and refuses one that is not ours. */
function inspect(database: DatabaseSync, path: string, layout: FileLayout): boolean {
  const id = readNumber(database, 'PRAGMA application_id');
  const version = readNumber(database, 'PRAGMA user_version');
  if (id === 0 && version === 0 && readNumber(database, 'SELECT count(*) FROM sqlite_schema') === 0) return true;
  if (id !== layout.applicationId) throw promisesError('HOLDFAST_PROMISES_STORE_FOREIGN', `Cannot open "${path}": it is no ${layout.what}`);
  if (version <= layout.version) return false;
  throw promisesError('HOLDFAST_PROMISES_STORE_NEWER', `Cannot open "${path}": its schema is version ${version}, known is ${layout.version}`, {
    data: { path, version, known: layout.version },
  });
}

function readNumber(database: DatabaseSync, query: string): number {
  return Number(Object.values(database.prepare(query).get() ?? {})[0]);
}

function openError(error: unknown, path: string): unknown {
  const facts = { cause: error, data: { path } };
  switch (resultCode(error)) {
    case undefined:
      return error;
    case busy:
      return promisesError('HOLDFAST_PROMISES_STORE_LOCKED', `Cannot open "${path}": another process or store has it open`, facts);
    case notADatabase:
      return promisesError('HOLDFAST_PROMISES_STORE_FOREIGN', `Cannot open "${path}": it is no SQLite file`, facts);
    default:
      return promisesError('HOLDFAST_PROMISES_STORE_FAILED', `Cannot open "${path}": SQLite refused`, facts);
  }
}

/** SQLite's primary result code; undefined for what is not an error of SQLite. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return error.errcode & 0xff;
}
