/** Schema 2 had a row for each event in the index of the streams, in a table `stream_index`. */
import type { DatabaseSync } from 'node:sqlite';
import { integer } from './rows.ts';
import { Query } from './statements.ts';
import { StreamRunWriter, streamRunsTable } from './stream-runs.ts';

const pageSize = 4096;

/** Brings a database of schema 2 up to date, or leaves it as it is. What a crash interrupts begins anew. */
export function bringUpToDate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(streamRunsTable);
    const writer = new StreamRunWriter(database);
    for (const { streamId, version, positions } of indexedBefore(database)) writer.write(streamId, version, positions);
    database.exec('DROP TABLE stream_index; PRAGMA user_version = 3; COMMIT');
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

/** The events of each stream, in parts. */
function* indexedBefore(database: DatabaseSync): Generator<{ streamId: number; version: number; positions: readonly number[] }, undefined> {
  const streams = new Query(database, 'SELECT stream_id, max(version) FROM stream_index GROUP BY stream_id').all();
  const page = new Query(database, `SELECT position FROM stream_index WHERE stream_id = ? AND version >= ? ORDER BY version LIMIT ${pageSize}`);
  for (const [streamId, last] of streams) {
    for (let version = 1; version <= integer(last); version += pageSize) {
      yield { streamId: integer(streamId), version, positions: page.all(integer(streamId), version).map(([position]) => integer(position)) };
    }
  }
}
