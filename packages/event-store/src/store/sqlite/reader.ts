import type { DatabaseSync } from 'node:sqlite';
import type { Event } from '../../event.ts';
import { genesisHash } from '../chain.ts';
import type { Page } from '../event-log.ts';
import type { EventRecord } from '../event-record.ts';
import { matches } from '../matches.ts';
import { partitionPoint } from '../partition-point.ts';
import type { ResolvedQuery } from '../query.ts';
import { upcast, type Upcasters } from '../upcast.ts';
import { lostVersion } from './failure.ts';
import type { LogIndex } from './log-index.ts';
import { integer, RowReader, selectAll, selectAt, selectByPosition, selectRecords, type Row } from './rows.ts';
import { Segments, type SealedEvent } from './segments.ts';
import { Query } from './statements.ts';

/** How many events are looked at in one go, so that a long read does not hold up the process. */
const pageSize = 512;

interface Stream {
  readonly id: number;
  readonly taskId: string;
}

/** Reads pages of committed events. Every bound of a query becomes a range of positions, or of versions in one stream. */
export class Reader {
  readonly #index: LogIndex;
  readonly #path: string;
  readonly #upcasters: Upcasters | undefined;
  readonly #rows: RowReader;
  readonly #segments: Segments;
  readonly #all: Query;
  readonly #byPosition: Query;
  readonly #at: Query;
  readonly #records: Query;
  readonly #timestamp: Query;
  readonly #hash: Query;

  constructor(database: DatabaseSync, index: LogIndex, path: string, upcasters: Upcasters | undefined) {
    this.#index = index;
    this.#path = path;
    this.#upcasters = upcasters;
    this.#rows = new RowReader(path, (streamId) => index.findTaskId(streamId));
    this.#segments = new Segments(database, path);
    this.#all = new Query(database, selectAll);
    this.#byPosition = new Query(database, selectByPosition);
    this.#at = new Query(database, selectAt);
    this.#records = new Query(database, selectRecords);
    this.#timestamp = new Query(database, 'SELECT timestamp FROM events WHERE position = ?');
    this.#hash = new Query(database, 'SELECT hash FROM events WHERE position = ?');
  }

  page(query: ResolvedQuery, after: number, end: number): Page {
    const last = Math.min(end, this.#lastUntil(query.untilMs));
    const start = Math.max(after, this.#lastBefore(query.sinceMs));
    if (start >= last) return { events: [], last: end };
    const page = query.taskId === null ? this.#pageOfAll(query, start, last) : this.#pageOfStream(query, query.taskId, start, last);
    return page.last >= last ? { events: page.events, last: end } : page;
  }

  recordPage(after: number, end: number): readonly EventRecord[] {
    if (after < this.#index.sealed) return this.#segments.recordsOf(after + 1).filter(({ event }) => event.sequenceNumber > after && event.sequenceNumber <= end);
    const records: EventRecord[] = [];
    for (const row of this.#records.allNamed({ after, end: Math.min(end, after + pageSize) })) {
      try {
        records.push(this.#rows.recordOf(row));
      } catch (error) {
        if (records.length === 0) throw error;
        return records; // what comes before a damaged event can still be read
      }
    }
    return records;
  }

  findEvent(eventId: string): Event | undefined {
    const position = this.#index.findById(eventId.toLowerCase());
    return position === undefined ? undefined : this.eventAt(position);
  }

  /** The event at a position, which must be there. */
  eventAt(position: number): Event | undefined {
    return this.#eventsAt([position], everything)[0];
  }

  hashAt(position: number): string {
    if (position === 0) return genesisHash;
    if (position <= this.#index.sealed) return this.#segments.recordsOf(position).find(({ event }) => event.sequenceNumber === position)?.hash ?? '';
    const hash = this.#hash.first(position)?.[0];
    return hash instanceof Uint8Array ? Buffer.from(hash).toString('hex') : '';
  }

  *eventsOf(taskId: string, afterVersion: number): Generator<Event, undefined> {
    const stream = this.#index.findStream(taskId);
    if (!stream) return;
    const end = this.#index.lastVersion(stream.id);
    for (let after = afterVersion; after < end; after += pageSize) {
      yield* this.#eventsOfStream({ id: stream.id, taskId }, after, Math.min(end, after + pageSize), everything);
    }
  }

  #pageOfAll(query: ResolvedQuery, after: number, last: number): Page {
    if (after < this.#index.sealed) {
      const events = this.#segments.eventsOf(after + 1);
      const end = Math.min(last, events.at(-1)?.event.sequenceNumber ?? last);
      return { events: this.#matching(events, query, after, end), last: end };
    }
    const end = Math.min(after + pageSize, last);
    return { events: this.#rowsOfAll(query, after, end).map((row) => this.#present(row)), last: end };
  }

  #rowsOfAll(query: ResolvedQuery, after: number, end: number): readonly Row[] {
    const { afterVersion, untilVersion } = query;
    if (!hasFilter(query) && afterVersion === 0 && untilVersion === Number.POSITIVE_INFINITY) return this.#rows.whole(this.#all.all(after, end), after, end);
    return this.#byPosition.allNamed({ after, end, afterVersion, untilVersion: Math.min(untilVersion, Number.MAX_SAFE_INTEGER), ...filter(query) });
  }

  #pageOfStream(query: ResolvedQuery, taskId: string, after: number, last: number): Page {
    const stream = this.#index.findStream(taskId);
    if (!stream) return { events: [], last };
    const from = Math.max(after < stream.firstPosition ? 0 : this.#index.versionAt(stream.id, after), query.afterVersion);
    const to = Math.min(this.#index.versionAt(stream.id, last), query.untilVersion);
    if (from >= to) return { events: [], last };
    const end = Math.min(from + pageSize, to);
    return { events: this.#eventsOfStream({ id: stream.id, taskId }, from, end, query), last: end === to ? last : this.#index.positionOf(stream.id, end) };
  }

  /** Versions after one, up to another. @throws HOLDFAST_EVENT_STORE_CORRUPT where the index leads to something else, or nowhere */
  #eventsOfStream(stream: Stream, after: number, end: number, query: ResolvedQuery): readonly Event[] {
    const positions = this.#index.positions(stream.id, after, end);
    const events = this.#eventsAt(positions, query);
    if (hasFilter(query)) {
      const isSound = positions.length === end - after && events.every(({ taskId }) => taskId === stream.taskId);
      return isSound ? events : this.#eventsOfStream(stream, after, end, everything).filter((event) => matches(event, query));
    }
    const wrong = events.findIndex((event, index) => event.taskId !== stream.taskId || event.streamVersion !== after + 1 + index);
    if (wrong === -1 && events.length === end - after) return events;
    throw lostVersion(this.#path, stream.taskId, after + 1 + (wrong === -1 ? events.length : wrong));
  }

  #eventsAt(positions: readonly number[], query: ResolvedQuery): readonly Event[] {
    const cold = positions.filter((position) => position <= this.#index.sealed);
    const sealed = cold.flatMap((position) => this.#segments.eventAt(position) ?? []);
    const hot = cold.length === 0 ? positions : positions.slice(cold.length);
    const events = this.#matching(sealed, query, 0, Number.POSITIVE_INFINITY);
    if (hot.length === 0) return events;
    const rows = this.#at.allNamed({ positions: JSON.stringify(hot), ...filter(query) });
    return [...events, ...rows.map((row) => this.#present(row))];
  }

  #matching(events: readonly SealedEvent[], query: ResolvedQuery, after: number, end: number): readonly Event[] {
    return events
      .filter(({ event }) => event.sequenceNumber > after && event.sequenceNumber <= end && matches(event, query))
      .map(({ event, schemaVersion }) => upcast(this.#upcasters, event, schemaVersion));
  }

  #present(row: Row): Event {
    const event = this.#rows.eventOf(row);
    return this.#upcasters === undefined ? event : upcast(this.#upcasters, event, this.#rows.schemaVersionOf(row));
  }

  #lastUntil(untilMs: number): number {
    if (this.#index.timestampMs <= untilMs) return this.#index.position;
    return partitionPoint(1, this.#index.position, (position) => this.#timestampAt(position) > untilMs) - 1;
  }

  #lastBefore(sinceMs: number): number {
    if (sinceMs === Number.NEGATIVE_INFINITY) return 0;
    return partitionPoint(1, this.#index.position, (position) => this.#timestampAt(position) >= sinceMs) - 1;
  }

  #timestampAt(position: number): number {
    if (position > this.#index.sealed) return integer(this.#timestamp.first(position)?.[0]);
    return Date.parse(this.#segments.eventAt(position)?.event.timestamp ?? '');
  }
}

const everything: ResolvedQuery = {
  taskId: null,
  types: null,
  correlationId: null,
  causationId: null,
  afterSequence: 0,
  untilSequence: Number.POSITIVE_INFINITY,
  afterVersion: 0,
  untilVersion: Number.POSITIVE_INFINITY,
  sinceMs: Number.NEGATIVE_INFINITY,
  untilMs: Number.POSITIVE_INFINITY,
  limit: Number.POSITIVE_INFINITY,
};

function hasFilter({ types, correlationId, causationId }: ResolvedQuery): boolean {
  return types !== null || correlationId !== null || causationId !== null;
}

function filter({ types, correlationId, causationId }: ResolvedQuery): { types: string | null; correlationId: string | null; causationId: string | null } {
  return { types: types === null ? null : JSON.stringify(types), correlationId, causationId };
}
