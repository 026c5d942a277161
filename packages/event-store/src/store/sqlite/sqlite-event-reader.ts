import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { isHoldfastError } from '@holdfast/protocol';
import type { Event } from '../../event.ts';
import { parseTaskId } from '../../task-id.ts';
import type { ConsumerReader } from '../consumers.ts';
import { assertOpen, followLog, readLog, readRecords, type EventLog } from '../event-log.ts';
import type { EventRecord, RecordQuery } from '../event-record.ts';
import type { EventQuery, EventReader, StreamInfo, SubscribeQuery } from '../event-store.ts';
import { Growth } from '../growth.ts';
import { backUp, type BackupOptions } from './backup.ts';
import { snapshot, type Connection } from './connection.ts';
import { readConsumers } from './consumer-reader.ts';
import { fromSqlite } from './failure.ts';
import { Query } from './statements.ts';

/** How often a lock that stands in the way is asked for again, and how long to wait between. */
const [maxTries, busyPauseMs] = [200, 5];

/**
 * Reads beside a writer in another thread or process. Each page is read from one state of the database, so it does not
 * matter what the writer does meanwhile. While somebody waits for news, the database is asked every few milliseconds
 * whether it has changed, which costs microseconds.
 */
export class SqliteReader implements EventReader {
  readonly consumers: ConsumerReader;
  readonly #connection: Connection;
  readonly #path: string;
  readonly #pollMs: number;
  readonly #dataVersion: Query;
  readonly #log: EventLog;
  readonly #growth: Growth;
  #timer: NodeJS.Timeout | undefined;
  #seen: unknown;
  #closed = false;

  constructor(connection: Connection, path: string, pollMs: number) {
    this.#connection = connection;
    this.#path = path;
    this.#pollMs = pollMs;
    this.#dataVersion = new Query(connection.database, 'PRAGMA data_version');
    this.#growth = new Growth((isAnybodyWaiting) => this.#poll(isAnybodyWaiting));
    this.#log = this.#asLog();
    this.consumers = readConsumers(() => {
      assertOpen(this.#log);
      return connection.consumers;
    });
  }

  read(query?: EventQuery): AsyncIterable<Event> {
    this.#current(() => undefined);
    return readLog(this.#log, query);
  }

  subscribe(query?: SubscribeQuery): AsyncIterable<Event> {
    return followLog(this.#log, query);
  }

  records(query?: RecordQuery): AsyncIterable<EventRecord> {
    this.#current(() => undefined);
    return readRecords(this.#log, query);
  }

  async head(): Promise<number> {
    return this.#patiently((connection) => connection.index.position);
  }

  async findEvent(eventId: string): Promise<Event | undefined> {
    return this.#patiently(({ reader }) => reader.findEvent(eventId));
  }

  async findStream(taskId: string): Promise<StreamInfo | undefined> {
    const id = parseTaskId(taskId);
    return this.#patiently((connection) => connection.index.infoOf(id));
  }

  async streams(): Promise<readonly StreamInfo[]> {
    return this.#patiently((connection) => connection.index.streams());
  }

  async backup(path: string, options?: BackupOptions): Promise<void> {
    assertOpen(this.#log);
    await backUp(this.#connection.database, this.#path, path, options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#growth.wake();
    clearInterval(this.#timer);
    this.#connection.database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Reads from the newest state. */
  #current<Result>(read: (connection: Connection) => Result): Result {
    assertOpen(this.#log);
    try {
      return snapshot(this.#connection.database, () => {
        const version = this.#dataVersion.first()?.[0];
        if (version !== this.#seen) this.#connection.index.refresh();
        this.#seen = version;
        return read(this.#connection);
      });
    } catch (cause) {
      throw fromSqlite(cause, this.#path);
    }
  }

  /** The same, and waits where a lock stands in the way: a writer that recovers or closes holds one for a moment. */
  async #patiently<Result>(read: (connection: Connection) => Result): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return this.#current(read);
      } catch (error) {
        if (tries === maxTries || !isHoldfastError(error, 'HOLDFAST_EVENT_STORE_LOCKED')) throw error;
        await pause(busyPauseMs);
      }
    }
  }

  #poll(isAnybodyWaiting: boolean): void {
    clearInterval(this.#timer);
    this.#timer = isAnybodyWaiting && !this.#closed ? setInterval(() => this.#look(), this.#pollMs) : undefined;
  }

  #look(): void {
    const before = this.#log.head;
    try {
      this.#current(() => undefined);
    } catch {
      return; // whoever reads next is told; until then it may pass
    }
    if (this.#log.head > before) this.#growth.wake();
  }

  #asLog(): EventLog {
    const { index } = this.#connection;
    const isClosed = (): boolean => this.#closed;
    return {
      growth: this.#growth,
      get head() {
        return index.position;
      },
      get lastTimestampMs() {
        return index.timestampMs;
      },
      get closed() {
        return isClosed();
      },
      page: async (query, after, end) => this.#patiently(({ reader }) => reader.page(query, after, end)),
      recordPage: async (after, end) => this.#patiently(({ reader }) => reader.recordPage(after, end)),
      rest: async () => nextTurn(),
    };
  }
}
