/**
 * Where the events of each stream stand, as far as the index goes. Events of one stream that were indexed together make
 * a run: the version and the position of the first, and of each other event how far behind the first it stands. One row
 * then stands for hundreds of events of a busy stream, at four bytes each.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { integer, type Row } from './rows.ts';
import { Query } from './statements.ts';

/** So many events at most make a run: a kilobyte, which stays in the page of its row. */
const maxRun = 256;
const offsetBytes = 4;
const noOffsets = new Uint8Array();

export const streamRunsTable = `
  CREATE TABLE stream_runs (
    stream_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    offsets BLOB NOT NULL,
    PRIMARY KEY (stream_id, version)
  ) STRICT, WITHOUT ROWID;`;
export const selectLastVersion = `SELECT version + length(offsets) / ${offsetBytes} FROM stream_runs WHERE stream_id = ? ORDER BY version DESC LIMIT 1`;
export const selectRunOf = 'SELECT version, position, offsets FROM stream_runs WHERE stream_id = ? AND version <= ? ORDER BY version DESC LIMIT 1';
export const selectRuns = `SELECT version, position, offsets FROM stream_runs WHERE stream_id = :streamId AND version <= :end
  AND version >= (SELECT coalesce(max(version), 0) FROM stream_runs WHERE stream_id = :streamId AND version <= :after + 1) ORDER BY version`;
const selectLastRuns = 'SELECT stream_id, max(version), position, offsets FROM stream_runs GROUP BY stream_id';

interface StreamEnd {
  readonly version: number;
  readonly position: number;
}

export class StreamRuns {
  readonly #lastVersion: Query;
  readonly #runOf: Query;
  readonly #runs: Query;
  readonly #lastRuns: Query;

  constructor(database: DatabaseSync) {
    this.#lastVersion = new Query(database, selectLastVersion);
    this.#runOf = new Query(database, selectRunOf);
    this.#runs = new Query(database, selectRuns);
    this.#lastRuns = new Query(database, selectLastRuns);
  }

  /** 0 for a stream that is not in the index. */
  lastVersion(streamId: number): number {
    const row = this.#lastVersion.first(streamId);
    return row ? integer(row[0]) : 0;
  }

  positionOf(streamId: number, version: number): number | undefined {
    const row = this.#runOf.first(streamId, version);
    return row && runOf(row).positions(version - 1, version)[0];
  }

  /** Of the versions after one, up to another. */
  positions(streamId: number, after: number, end: number): readonly number[] {
    return this.#runs.allNamed({ streamId, after, end }).flatMap((row) => runOf(row).positions(after, end));
  }

  /** The last event of each stream. */
  ends(): ReadonlyMap<number, StreamEnd> {
    return new Map(
      this.#lastRuns.all().map(([streamId, ...row]) => {
        const run = runOf(row);
        return [integer(streamId), { version: run.lastVersion, position: run.positions(run.lastVersion - 1, run.lastVersion)[0] ?? 0 }];
      }),
    );
  }
}

/** Adds to the index; inside a transaction. */
export class StreamRunWriter {
  readonly #insert: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO stream_runs (stream_id, version, position, offsets) VALUES (?, ?, ?, ?)');
  }

  /** The events of a stream from a version on. */
  write(streamId: number, firstVersion: number, positions: readonly number[]): void {
    for (let start = 0; start < positions.length; start += maxRun) {
      const run = positions.length <= maxRun ? positions : positions.slice(start, start + maxRun);
      this.#insert.get(streamId, firstVersion + start, run[0] ?? 0, offsetsOf(run));
    }
  }
}

/** How far behind the first the others stand. */
function offsetsOf(positions: readonly number[]): Uint8Array {
  if (positions.length === 1) return noOffsets;
  const offsets = Buffer.allocUnsafe((positions.length - 1) * offsetBytes);
  const [first = 0] = positions;
  for (let index = 1; index < positions.length; index += 1) offsets.writeUInt32LE((positions[index] ?? 0) - first, (index - 1) * offsetBytes);
  return offsets;
}

function runOf([version, position, offsets]: Row): Run {
  if (!(offsets instanceof Uint8Array)) throw new TypeError('Cannot read run: it has no offsets');
  return new Run(integer(version), integer(position), new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength));
}

class Run {
  readonly lastVersion: number;
  readonly #firstVersion: number;
  readonly #firstPosition: number;
  readonly #offsets: DataView;

  constructor(firstVersion: number, firstPosition: number, offsets: DataView) {
    this.lastVersion = firstVersion + Math.floor(offsets.byteLength / offsetBytes);
    this.#firstVersion = firstVersion;
    this.#firstPosition = firstPosition;
    this.#offsets = offsets;
  }

  /** Of the versions after one, up to another, as far as they are in this run. */
  positions(after: number, end: number): readonly number[] {
    const found: number[] = [];
    const last = Math.min(end, this.lastVersion);
    for (let version = Math.max(after + 1, this.#firstVersion); version <= last; version += 1) {
      const behind = version - this.#firstVersion;
      found.push(this.#firstPosition + (behind === 0 ? 0 : this.#offsets.getUint32((behind - 1) * offsetBytes, true)));
    }
    return found;
  }
}
