import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Event } from '../../event.ts';
import type { Page } from '../event-log.ts';
import { partitionPoint } from '../partition-point.ts';
import type { ResolvedQuery } from '../query.ts';
import type { Heads } from './heads.ts';
import { fromRow, integer, selectByPosition, selectByVersion, selectPositionOf, selectTimestampOf } from './rows.ts';

/** How many events are looked at in one go, so that a long read does not hold up the process. */
const pageSize = 512;

/** Reads pages of committed events. Every bound of a query becomes a range of positions, or of versions in one stream. */
export class Reader {
  readonly #path: string;
  readonly #heads: Heads;
  readonly #byPosition: StatementSync;
  readonly #byVersion: StatementSync;
  readonly #positionOf: StatementSync;
  readonly #timestampOf: StatementSync;

  constructor(database: DatabaseSync, heads: Heads, path: string) {
    this.#path = path;
    this.#heads = heads;
    this.#byPosition = database.prepare(selectByPosition);
    this.#byVersion = database.prepare(selectByVersion);
    this.#positionOf = database.prepare(selectPositionOf);
    this.#timestampOf = database.prepare(selectTimestampOf);
  }

  page(query: ResolvedQuery, after: number, end: number): Page {
    const last = Math.min(end, this.#lastPositionUntil(query.untilMs));
    const page = query.taskId === null ? this.#pageOfAll(query, after, last) : this.#pageOfStream(query, query.taskId, after, last);
    return page.last >= last ? { events: page.events, last: end } : page;
  }

  #pageOfAll(query: ResolvedQuery, after: number, last: number): Page {
    const end = Math.min(after + pageSize, last);
    return { events: this.#select(this.#byPosition, query, { after, end, afterVersion: query.afterVersion }), last: end };
  }

  #pageOfStream(query: ResolvedQuery, taskId: string, after: number, last: number): Page {
    const stream = this.#heads.streams.get(taskId);
    if (!stream) return { events: [], last };
    const versionsTo = (position: number): number =>
      partitionPoint(1, stream.streamVersion, (version) => this.#point(this.#positionOf, 'position', stream.id, version) > position) - 1;
    const from = Math.max(versionsTo(after), query.afterVersion);
    const to = versionsTo(last);
    const end = Math.min(from + pageSize, to);
    const events = this.#select(this.#byVersion, query, { stream: stream.id, after: from, end });
    return { events, last: end >= to ? last : this.#point(this.#positionOf, 'position', stream.id, end) };
  }

  #lastPositionUntil(untilMs: number): number {
    if (this.#heads.timestampMs <= untilMs) return this.#heads.position;
    return partitionPoint(1, this.#heads.position, (position) => this.#point(this.#timestampOf, 'timestamp', position) > untilMs) - 1;
  }

  #select(statement: StatementSync, query: ResolvedQuery, range: Readonly<Record<string, number>>): readonly Event[] {
    const rows = statement.all({ ...range, types: query.types === null ? null : JSON.stringify(query.types) });
    return rows.map((row) => fromRow(row, this.#heads.taskIdOf(integer(row, 'stream_id')), this.#path));
  }

  #point(statement: StatementSync, column: string, ...key: readonly number[]): number {
    return integer(statement.get(...key) ?? {}, column);
  }
}
