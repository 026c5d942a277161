import type { Event } from '../../event.ts';
import { upcast } from '../upcast.ts';
import type { EventRecord } from '../event-record.ts';
import type { EventStoreOptions, StreamInfo } from '../event-store.ts';
import type { Page } from '../event-log.ts';
import type { ConsumerState } from '../consumers.ts';
import type { ResolvedQuery } from '../query.ts';
import type { Connection } from './connect.ts';
import { integer, toConsumerState, toHead, toRecord, toStreamInfo, type Head, type Row } from './rows.ts';
import { selectAllStates, selectAllStreams, selectByIds, selectConsumers, selectEvents, selectHead, selectStates, selectStream } from './statements.ts';

const pageSize = 512;

/** Reads what is committed. Every bound of a query is a condition for the server, and every page begins at an index. */
export class Reader {
  readonly #connection: Connection;
  readonly #options: EventStoreOptions;

  constructor(connection: Connection, options: EventStoreOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async head(): Promise<Head> {
    const [row = {}] = await this.#connection.query(selectHead);
    return toHead(row);
  }

  async page(query: ResolvedQuery, after: number, end: number): Promise<Page> {
    const { conditions, values } = conditionsOf(query, after, end);
    const rows = await this.#connection.query(`${selectEvents} WHERE ${conditions.join(' AND ')} ORDER BY position LIMIT ${pageSize}`, values);
    return { events: rows.map((row) => this.#present(row)), last: rows.length === pageSize ? lastPosition(rows) : end };
  }

  async recordPage(after: number, end: number): Promise<readonly EventRecord[]> {
    const statement = `${selectEvents} WHERE position > $1 AND position <= $2 ORDER BY position LIMIT ${pageSize}`;
    return (await this.#connection.query(statement, [after, end])).map(toRecord);
  }

  async findEvent(eventId: string): Promise<Event | undefined> {
    return (await this.#connection.query(selectByIds, [[uuidOrNull(eventId)]])).map((row) => this.#present(row))[0];
  }

  async streams(): Promise<readonly StreamInfo[]> {
    return (await this.#connection.query(selectAllStreams)).map(toStreamInfo);
  }

  async findStream(taskId: string): Promise<StreamInfo | undefined> {
    return (await this.#connection.query(selectStream, [taskId])).map(toStreamInfo)[0];
  }

  async consumerPosition(consumer: string): Promise<number> {
    const [row] = await this.#connection.query(selectConsumers, [[consumer]]);
    return row ? integer(row, 'position') : 0;
  }

  async findState(consumer: string, key: string): Promise<ConsumerState | undefined> {
    return (await this.#connection.query(selectStates, [[consumer], [key]])).map(toConsumerState)[0];
  }

  async *states(consumer: string): AsyncGenerator<ConsumerState, undefined> {
    const states = (await this.#connection.query(selectAllStates, [consumer])).map(toConsumerState);
    // The server orders by code points, the port by UTF-16 code units.
    yield* states.toSorted((left, right) => (left.key < right.key ? -1 : 1));
  }

  #present(row: Row): Event {
    const { event, schemaVersion } = toRecord(row);
    return upcast(this.#options.upcasters, event, schemaVersion);
  }
}

function conditionsOf(query: ResolvedQuery, after: number, end: number): { conditions: readonly string[]; values: readonly unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [`position > ${bind(after)}`, `position <= ${bind(end)}`];
  const { taskId, types, correlationId, causationId, afterVersion, untilVersion, sinceMs, untilMs } = query;
  if (taskId !== null) {
    const task = bind(taskId);
    conditions.push(`task_id = ${task}`);
    if (after > 0) conditions.push(`version > version_at(${task}, $1)`);
  }
  if (types !== null) conditions.push(`type = ANY(${bind(types)}::text[])`);
  if (correlationId !== null) conditions.push(`correlation_id = ${bind(correlationId)}`);
  if (causationId !== null) conditions.push(`causation_id = ${bind(uuidOrNull(causationId))}::uuid`);
  if (afterVersion > 0) conditions.push(`version > ${bind(afterVersion)}`);
  if (Number.isFinite(untilVersion)) conditions.push(`version <= ${bind(untilVersion)}`);
  if (Number.isFinite(sinceMs)) conditions.push(`position > position_at(${bind(sinceMs - 1)})`);
  if (Number.isFinite(untilMs)) conditions.push(`position <= position_at(${bind(untilMs)})`);
  return { conditions, values };
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;

/** Null, which equals nothing, for what the server would refuse as no id. */
function uuidOrNull(text: string): string | null {
  return uuid.test(text) ? text : null;
}

function lastPosition(rows: readonly Row[]): number {
  const last = rows.at(-1);
  return last ? integer(last, 'position') : 0;
}
