/**
 * Where everything stands: the end of the log, the streams, the ids. Nothing is loaded ahead but the tail, so opening a
 * store takes as long with a million streams as with one.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { StreamInfo } from '../event-store.ts';
import { genesisHash } from '../chain.ts';
import { partitionPoint } from '../partition-point.ts';
import { lostVersion } from './failure.ts';
import { integer, text } from './rows.ts';
import { RecentNames } from './recent-names.ts';
import { Query } from './statements.ts';
import { StreamRuns } from './stream-runs.ts';
import { Tail } from './tail.ts';

/** How many events the indexes may be behind. */
export const maxTail = 4096;
const maxStreams = 10_000;

export interface StreamKey {
  readonly id: number;
  readonly firstPosition: number;
}

export class LogIndex {
  position = 0;
  timestampMs = 0;
  hash = genesisHash;
  /** Up to here the indexes in the database go. */
  indexed = 0;
  /** Up to here events stand in segments. */
  sealed = 0;
  /** Streams are never removed, so the next id is the one after it. */
  lastStreamId = 0;
  readonly tail = new Tail();
  readonly #streams = new Map<string, StreamKey>();
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #ends: Query;
  readonly #tailAfter: Query;
  readonly #taskIds = new RecentNames();
  readonly #stream: Query;
  readonly #taskId: Query;
  readonly #runs: StreamRuns;
  readonly #byId: Query;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#ends = new Query(
      database,
      `SELECT (SELECT indexed FROM progress), (SELECT coalesce(max(last), 0) FROM segments), (SELECT coalesce(max(id), 0) FROM streams),
        position, timestamp, hash FROM (SELECT 1) LEFT JOIN (SELECT position, timestamp, hash FROM events ORDER BY position DESC LIMIT 1)`,
    );
    this.#tailAfter = new Query(database, 'SELECT position, stream_id, version, event_id FROM events WHERE position > ? AND position <= ? ORDER BY position');
    this.#stream = new Query(database, 'SELECT id, first_position FROM streams WHERE task_id = ?');
    this.#taskId = new Query(database, 'SELECT task_id FROM streams WHERE id = ?');
    this.#runs = new StreamRuns(database);
    this.#byId = new Query(database, "SELECT position FROM event_index WHERE event_id = unhex(?, '-')");
  }

  /** Takes note of what others have written since. To be called where nobody can write between two statements. */
  refresh(): void {
    const [indexed, sealed, lastStreamId, position, timestamp, hash] = this.#ends.first() ?? [];
    this.sealed = integer(sealed);
    this.lastStreamId = integer(lastStreamId);
    const known = integer(indexed) === this.indexed ? this.position : integer(indexed);
    if (integer(indexed) !== this.indexed) this.tail.clear();
    this.indexed = integer(indexed);
    if (typeof position !== 'number') return;
    for (const [at, streamId, version, eventId] of this.#tailAfter.all(known, position)) {
      this.tail.add(integer(at), integer(streamId), integer(version), text(eventId));
    }
    this.position = position;
    this.timestampMs = integer(timestamp);
    this.hash = hash instanceof Uint8Array ? Buffer.from(hash).toString('hex') : genesisHash;
  }

  /** Takes note that the indexes go up to a position now, which is the end of the log. */
  covered(position: number): void {
    this.tail.clear();
    this.indexed = position;
  }

  findStream(taskId: string): StreamKey | undefined {
    const known = this.#streams.get(taskId);
    if (known) return known;
    const row = this.#stream.first(taskId);
    if (!row) return undefined;
    const key = { id: integer(row[0]), firstPosition: integer(row[1]) };
    this.keep(taskId, key);
    return key;
  }

  findTaskId(streamId: number): string | undefined {
    const known = this.#taskIds.find(streamId);
    if (known !== undefined) return known;
    const row = this.#taskId.first(streamId);
    return row && this.#taskIds.keep(streamId, text(row[0]));
  }

  keep(taskId: string, key: StreamKey): void {
    if (this.#streams.size >= maxStreams) this.#streams.clear();
    this.#streams.set(taskId, key);
  }

  lastVersion(streamId: number): number {
    return this.tail.lastVersion(streamId) ?? this.#runs.lastVersion(streamId);
  }

  /** @throws HOLDFAST_EVENT_STORE_CORRUPT for a version that is not there */
  positionOf(streamId: number, version: number): number {
    const position = this.tail.positionOf(streamId, version) ?? this.#runs.positionOf(streamId, version);
    if (position === undefined) throw lostVersion(this.#path, this.findTaskId(streamId), version);
    return position;
  }

  /** The last version of a stream that stands at a position or before it. */
  versionAt(streamId: number, position: number): number {
    const last = this.lastVersion(streamId);
    if (position >= this.position) return last;
    return partitionPoint(1, last, (version) => this.positionOf(streamId, version) > position) - 1;
  }

  /** Where the versions after one, up to another, stand. */
  positions(streamId: number, after: number, end: number): readonly number[] {
    const inTail = this.tail.positions(streamId, after, end);
    const lastIndexed = Math.min(end, this.tail.firstVersion(streamId) - 1);
    if (after >= lastIndexed) return inTail;
    return [...this.#runs.positions(streamId, after, lastIndexed), ...inTail];
  }

  findById(eventId: string): number | undefined {
    const inTail = this.tail.findById(eventId);
    if (inTail !== undefined) return inTail;
    const row = this.#byId.first(eventId);
    return row && integer(row[0]);
  }

  infoOf(taskId: string): StreamInfo | undefined {
    const stream = this.findStream(taskId);
    if (!stream) return undefined;
    const streamVersion = this.lastVersion(stream.id);
    return { taskId, streamVersion, firstSequence: stream.firstPosition, lastSequence: this.positionOf(stream.id, streamVersion) };
  }

  streams(): readonly StreamInfo[] {
    const ends = this.#runs.ends();
    const rows = new Query(this.#database, 'SELECT id, task_id, first_position FROM streams ORDER BY first_position').all();
    return rows.map(([id, taskId, first]) => {
      const streamId = integer(id);
      const inTail = this.tail.lastVersion(streamId);
      const streamVersion = inTail ?? ends.get(streamId)?.version ?? 0;
      const lastSequence = inTail === undefined ? ends.get(streamId)?.position : this.tail.positionOf(streamId, inTail);
      return { taskId: text(taskId), streamVersion, firstSequence: integer(first), lastSequence: lastSequence ?? 0 };
    });
  }
}
