import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Event, NewEvent } from '../../event.ts';
import { assertOpen, followLog, readLog, type EventLog, type Page } from '../event-log.ts';
import type { AppendOptions, EventQuery, EventStore, EventStoreOptions, StreamInfo, SubscribeQuery } from '../event-store.ts';
import { Growth } from '../growth.ts';
import { prepareAppend, type PreparedAppend } from '../prepare.ts';
import type { ResolvedQuery } from '../query.ts';
import { fromSqlite } from './failure.ts';
import { Heads } from './heads.ts';
import { Reader } from './reader.ts';
import { Writer, type Outcome } from './writer.ts';
import type { WriterLock } from './writer-lock.ts';

/** Connects the port with writer and reader. Owns the database and the lock from its construction to its closing. */
export class SqliteEventStore implements EventStore {
  readonly #database: DatabaseSync;
  readonly #lock: WriterLock;
  readonly #path: string;
  readonly #options: EventStoreOptions;
  readonly #writer: Writer;
  readonly #growth = new Growth();
  readonly #log: EventLog;
  #heads: Heads;
  #reader: Reader;
  #waiting: WaitingAppend[] = [];
  /** Whether what the database holds may differ from what the heads say. */
  #inDoubt = false;
  #closed = false;

  constructor(database: DatabaseSync, lock: WriterLock, path: string, options: EventStoreOptions) {
    this.#database = database;
    this.#lock = lock;
    this.#path = path;
    this.#options = options;
    this.#writer = new Writer(database);
    this.#heads = new Heads(database);
    this.#reader = new Reader(database, this.#heads, path);
    this.#log = this.#asLog();
  }

  async append(taskId: string, events: readonly NewEvent[], options: AppendOptions = {}): Promise<readonly Event[]> {
    assertOpen(this.#log);
    const append = prepareAppend(taskId, events, options, this.#options);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Event[]>();
    this.#waiting.push({ append, resolve, reject });
    if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    return promise;
  }

  read(query?: EventQuery): AsyncIterable<Event> {
    return readLog(this.#log, query);
  }

  subscribe(query?: SubscribeQuery): AsyncIterable<Event> {
    return followLog(this.#log, query);
  }

  async head(): Promise<number> {
    assertOpen(this.#log);
    return this.#heads.position;
  }

  async streams(): Promise<readonly StreamInfo[]> {
    assertOpen(this.#log);
    return Array.from(this.#heads.streams.values(), ({ taskId, streamVersion, firstSequence, lastSequence }) => ({
      taskId,
      streamVersion,
      firstSequence,
      lastSequence,
    }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#flush();
    this.#growth.wake();
    this.#database.close();
    this.#lock.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    try {
      this.#reloadIfInDoubt();
      const outcomes = this.#writer.commit(
        batch.map(({ append }) => append),
        this.#heads,
      );
      for (const [index, outcome] of outcomes.entries()) settle(batch[index], outcome);
    } catch (cause) {
      this.#inDoubt = true;
      for (const waiting of batch) waiting.reject(fromSqlite(cause, this.#path));
    }
    this.#growth.wake();
  }

  #reloadIfInDoubt(): void {
    if (!this.#inDoubt) return;
    this.#heads = new Heads(this.#database);
    this.#reader = new Reader(this.#database, this.#heads, this.#path);
    this.#inDoubt = false;
  }

  #page(query: ResolvedQuery, after: number, end: number): Page {
    try {
      return this.#reader.page(query, after, end);
    } catch (cause) {
      throw fromSqlite(cause, this.#path);
    }
  }

  #asLog(): EventLog {
    const heads = (): Heads => this.#heads;
    const isClosed = (): boolean => this.#closed;
    return {
      growth: this.#growth,
      get head() {
        return heads().position;
      },
      get lastTimestampMs() {
        return heads().timestampMs;
      },
      get closed() {
        return isClosed();
      },
      page: (query, after, end) => this.#page(query, after, end),
      rest: async () => nextTurn(),
    };
  }
}

interface WaitingAppend {
  readonly append: PreparedAppend;
  readonly resolve: (events: readonly Event[]) => void;
  readonly reject: (reason: unknown) => void;
}

function settle(waiting: WaitingAppend | undefined, outcome: Outcome): void {
  if ('conflict' in outcome) waiting?.reject(outcome.conflict);
  else waiting?.resolve(outcome.events);
}
