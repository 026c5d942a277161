import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { contextCacheError } from '../errors.ts';

/** "HFCC", so that other programs and we can tell whose file it is. */
const applicationId = 0x48464343;
const schemaVersion = 1;

/** Words come cut and small already, see `wordsOf`; the index keeps no text of its own. */
const schema = `
  CREATE TABLE nodes (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    priority INTEGER,
    content TEXT NOT NULL
  ) STRICT;
  CREATE TABLE edges (
    from_id TEXT NOT NULL,
    relation TEXT NOT NULL,
    to_id TEXT NOT NULL,
    PRIMARY KEY (from_id, relation, to_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE vectors (
    number INTEGER NOT NULL REFERENCES nodes (number),
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (number, model)
  ) STRICT, WITHOUT ROWID;
  CREATE VIRTUAL TABLE words USING fts5 (text, content = '', contentless_delete = 1);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

const notADatabase = 26;
const corrupt = 11;

/**
 * Opens, or makes, the file. One that is damaged is put aside under another name, and an empty one takes its place.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_STORE_FAILED for everything else that is wrong with it
 */
export function openDatabase(path: string, onWarning: (warning: string) => void): DatabaseSync {
  try {
    return openSound(path);
  } catch (cause) {
    const code = sqliteCode(cause);
    if (path === ':memory:' || (code % 256 !== corrupt && code % 256 !== notADatabase)) throw storeFailed(path, cause);
    const aside = putAside(path);
    onWarning(`The cache in "${path}" is damaged; it is kept as "${aside}", and an empty one takes its place`);
    try {
      return openSound(path);
    } catch (again) {
      throw storeFailed(path, again);
    }
  }
}

export function storeFailed(path: string, cause: unknown): Error {
  const problem = cause instanceof Error ? cause.message : String(cause);
  return contextCacheError('HOLDFAST_CONTEXT_CACHE_STORE_FAILED', `Cannot use cache "${path}": ${problem}`, { cause, data: { path, sqliteCode: sqliteCode(cause) } });
}

function openSound(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000, allowExtension: false });
  try {
    const application = numberOf(database, 'application_id');
    const version = numberOf(database, 'user_version');
    const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
    if (application !== applicationId && !(application === 0 && isEmpty)) throw new Error('it is a database of another kind');
    if (version > schemaVersion) throw new Error(`its schema is version ${version} and this package knows ${schemaVersion}`);
    const found = database.prepare('PRAGMA quick_check (1)').get()?.['quick_check'];
    if (found !== 'ok') throw Object.assign(new Error(String(found)), { errcode: corrupt });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;');
    if (version === 0) database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Renames the file and its journals to names that are free. */
function putAside(path: string): string {
  let count = 1;
  while (existsSync(`${path}.damaged-${count}`)) count += 1;
  const aside = `${path}.damaged-${count}`;
  for (const ending of ['', '-wal', '-shm']) if (existsSync(path + ending)) renameSync(path + ending, aside + ending);
  return aside;
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

function sqliteCode(cause: unknown): number {
  return cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number' ? cause.errcode : 0;
}
