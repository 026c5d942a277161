import type { DatabaseSync } from 'node:sqlite';
import { eventStoreError } from '../../errors.ts';

/** "HFES", so that other programs and we can tell whose file it is. */
const applicationId = 0x48464553;
const schemaVersion = 1;

/**
 * `position` is the sequence number. The writer assigns it, so it has no gaps, and a second writer that does not know
 * of the last event cannot fork the history: its insert fails. `timestamp` never falls as `position` rises, so "until"
 * is a binary search and needs no index.
 */
const schema = `
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams (id),
    version INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    code_version INTEGER NOT NULL,
    code_hash TEXT,
    vector_clock TEXT NOT NULL,
    causation_id TEXT,
    correlation_id TEXT,
    data TEXT NOT NULL,
    UNIQUE (stream_id, version)
  ) STRICT;
  CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/** Whose file this is, before anything is changed in it. */
export function assertOurs(database: DatabaseSync, path: string): void {
  const application = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  if (application === applicationId && version <= schemaVersion) return;
  if (application === applicationId) {
    throw eventStoreError(
      'HOLDFAST_EVENT_STORE_NEWER_DATABASE',
      `Cannot use event store "${path}": its schema is version ${version} and this package knows ${schemaVersion}`,
      { data: { path, version, known: schemaVersion } },
    );
  }
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (application === 0 && version === 0 && isEmpty) return;
  throw eventStoreError('HOLDFAST_EVENT_STORE_FOREIGN_DATABASE', `Cannot use "${path}" as an event store: it is a database of another kind`, {
    data: { path },
  });
}

/** Makes the tables where they are missing, all or none. */
export function ensureSchema(database: DatabaseSync): void {
  if (pragma(database, 'user_version') === schemaVersion) return;
  database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
}

/** A pragma that is an integer. */
export function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
