import type { DatabaseSync } from 'node:sqlite';
import { eventStoreError } from '../../errors.ts';
import { streamRunsTable } from './stream-runs.ts';

/** "HFES", so that other programs and we can tell whose file it is. */
const applicationId = 0x48464553;
const schemaVersion = 3;

/**
 * `position` is the sequence number. The writer assigns it, so it has no gaps, and a second writer that does not know
 * of the last event cannot fork the history: its insert fails. `timestamp` never falls as `position` rises, so a time
 * is found by binary search and needs no index.
 *
 * `stream_runs` and `event_index` are behind the log by up to a few thousand events, those after `progress.indexed`;
 * keeping them up to date with each event would cost a third of the speed of appending. `segments` hold old events
 * compressed, which then stand in `events` no more.
 */
const schema = `
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL UNIQUE,
    first_position INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    type TEXT NOT NULL,
    event_id TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    code_version INTEGER NOT NULL,
    code_hash TEXT,
    causation_id TEXT,
    correlation_id TEXT,
    vector_clock TEXT NOT NULL,
    hash BLOB NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE TABLE segments (
    last INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    hash BLOB NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  ${streamRunsTable}
  CREATE TABLE event_index (
    event_id BLOB PRIMARY KEY,
    position INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE progress (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    indexed INTEGER NOT NULL
  ) STRICT;
  INSERT INTO progress VALUES (1, 0);
  CREATE TABLE consumers (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE consumer_states (
    consumer TEXT NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (consumer, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
  CREATE TRIGGER segments_stay_as_they_are BEFORE UPDATE ON segments BEGIN SELECT RAISE(ABORT, 'events are immutable'); END;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/** Whose file this is, and what is in it, before anything is changed. @throws HOLDFAST_EVENT_STORE_FOREIGN_DATABASE and HOLDFAST_EVENT_STORE_NEWER_DATABASE */
export function contentOf(database: DatabaseSync, path: string): 'nothing' | 'our tables' | 'older tables' {
  const application = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  if (application === applicationId && version === schemaVersion) return 'our tables';
  if (application === applicationId && version === schemaVersion - 1) return 'older tables';
  if (application === applicationId && version > schemaVersion) {
    throw eventStoreError(
      'HOLDFAST_EVENT_STORE_NEWER_DATABASE',
      `Cannot use event store "${path}": its schema is version ${version} and this package knows ${schemaVersion}`,
      { data: { path, version, known: schemaVersion } },
    );
  }
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (application === 0 && version === 0 && isEmpty) return 'nothing';
  throw eventStoreError('HOLDFAST_EVENT_STORE_FOREIGN_DATABASE', `Cannot use "${path}" as an event store: it is a database of another kind`, {
    data: { path },
  });
}

/** Makes the tables, all or none. */
export function createTables(database: DatabaseSync): void {
  database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
}

/** A pragma that is an integer. */
export function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
