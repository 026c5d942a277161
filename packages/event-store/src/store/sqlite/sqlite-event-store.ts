import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Event, NewEvent } from '../../event.ts';
import type { Fold } from '../../projection/projection.ts';
import { parseTaskId } from '../../task-id.ts';
import type { Consumers } from '../consumers.ts';
import { assertOpen, followLog, readLog, readRecords, type EventLog } from '../event-log.ts';
import type { EventRecord, RecordQuery } from '../event-record.ts';
import type { AppendOptions, Decide, EventQuery, EventStore, StreamAppend, StreamInfo, SubscribeQuery } from '../event-store.ts';
import { Growth } from '../growth.ts';
import { prepareAppend } from '../prepare.ts';
import { count } from '../query.ts';
import type { Staging } from '../staging.ts';
import { backUp, type BackupOptions } from './backup.ts';
import type { WritingConnection } from './connection.ts';
import { readConsumers } from './consumer-reader.ts';
import { fromSqlite } from './failure.ts';
import { sealableUntil, sealNext, type SealOptions } from './seal.ts';
import { WriteQueue, type WriterOptions } from './write-queue.ts';
import type { WriterLock } from './writer-lock.ts';

/** The event store of one machine, with what only a file needs. */
export interface SqliteEventStore extends EventStore {
  /**
   * Compresses old events where they are. They are read as before, a little slower where a single task is asked for,
   * and take a fraction of the room; new events then fill what became free. Gives the number of events.
   *
   * @throws HOLDFAST_EVENT_STORE_CHAIN_BROKEN when an event is not what was appended; it is left as it is
   */
  seal(options?: SealOptions): Promise<number>;
  /**
   * Copies the database into a new file, also while it is written.
   *
   * @throws HOLDFAST_EVENT_STORE_CANNOT_OPEN when there is a file of that name, or it cannot be made
   */
  backup(path: string, options?: BackupOptions): Promise<void>;
}

/** Connects the port with queue and reader. Owns the connection and the lock from its construction to its closing. */
export class DurableEventStore implements SqliteEventStore {
  readonly consumers: Consumers;
  readonly #lock: WriterLock;
  readonly #path: string;
  readonly #options: WriterOptions;
  readonly #growth = new Growth();
  readonly #log: EventLog;
  readonly #queue: WriteQueue;
  #closed = false;

  constructor(connection: WritingConnection, lock: WriterLock, path: string, options: WriterOptions) {
    this.#lock = lock;
    this.#path = path;
    this.#options = options;
    this.#queue = new WriteQueue(connection, path, options, () => this.#growth.wake());
    this.#log = this.#asLog();
    this.consumers = {
      ...readConsumers(() => this.#reading().consumers),
      save: async (consumer, progress) => this.#commit((staging) => staging.save(consumer, progress)),
      replace: async (consumer, by) => this.#commit((staging) => staging.replace(consumer, by)),
      remove: async (consumer) => this.#commit((staging) => staging.remove(consumer)),
    };
  }

  async append(taskId: string, events: readonly NewEvent[], options: AppendOptions = {}): Promise<readonly Event[]> {
    assertOpen(this.#log);
    const prepared = [prepareAppend({ ...options, taskId, events }, this.#options)];
    return await this.#queue.add((staging) => staging.append(prepared)).outcome;
  }

  async appendMany(appends: readonly StreamAppend[]): Promise<readonly Event[]> {
    assertOpen(this.#log);
    const prepared = appends.map((append) => prepareAppend(append, this.#options));
    return await this.#queue.add((staging) => staging.append(prepared)).outcome;
  }

  async execute<State>(taskId: string, fold: Fold<State>, decide: Decide<State>): Promise<readonly Event[]> {
    const id = parseTaskId(taskId);
    return this.#commit((staging) => staging.execute(id, fold, decide));
  }

  async restore(records: readonly EventRecord[]): Promise<number> {
    return this.#commit((staging) => staging.restore(records));
  }

  read(query?: EventQuery): AsyncIterable<Event> {
    return readLog(this.#log, query);
  }

  records(query?: RecordQuery): AsyncIterable<EventRecord> {
    return readRecords(this.#log, query);
  }

  subscribe(query?: SubscribeQuery): AsyncIterable<Event> {
    return followLog(this.#log, query);
  }

  async head(): Promise<number> {
    return this.#reading().index.position;
  }

  async findEvent(eventId: string): Promise<Event | undefined> {
    return this.#guarded(() => this.#reading().reader.findEvent(eventId));
  }

  async findStream(taskId: string): Promise<StreamInfo | undefined> {
    const id = parseTaskId(taskId);
    return this.#guarded(() => this.#reading().index.infoOf(id));
  }

  async streams(): Promise<readonly StreamInfo[]> {
    return this.#guarded(() => this.#reading().index.streams());
  }

  async seal({ untilSequence = Number.MAX_SAFE_INTEGER, segmentEvents = 1024, signal, onProgress }: SealOptions = {}): Promise<number> {
    count('untilSequence', untilSequence);
    if (count('segmentEvents', segmentEvents) === 0) throw new RangeError('Cannot seal segments of 0 events');
    const { index } = this.#reading();
    const total = Math.max(0, sealableUntil({ index }, untilSequence) - index.sealed);
    let done = 0;
    for (;;) {
      assertOpen(this.#log);
      const sealed = signal?.aborted === true ? 0 : this.#queue.write((connection) => sealNext(connection, untilSequence, segmentEvents));
      if (sealed === 0) return done;
      done += sealed;
      onProgress?.({ done, total });
      await nextTurn();
    }
  }

  async backup(path: string, options?: BackupOptions): Promise<void> {
    await backUp(this.#reading().database, this.#path, path, options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.close();
    this.#growth.wake();
    this.#lock.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #commit<Result>(run: (staging: Staging) => Result): Promise<Result> {
    assertOpen(this.#log);
    return await this.#queue.add(run).outcome;
  }

  #reading(): WritingConnection {
    assertOpen(this.#log);
    return this.#queue.connection;
  }

  #guarded<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (cause) {
      throw fromSqlite(cause, this.#path);
    }
  }

  #asLog(): EventLog {
    const index = (): WritingConnection['index'] => this.#queue.connection.index;
    const isClosed = (): boolean => this.#closed;
    return {
      growth: this.#growth,
      get head() {
        return index().position;
      },
      get lastTimestampMs() {
        return index().timestampMs;
      },
      get closed() {
        return isClosed();
      },
      page: (query, after, end) => this.#guarded(() => this.#queue.connection.reader.page(query, after, end)),
      recordPage: (after, end) => this.#guarded(() => this.#queue.connection.reader.recordPage(after, end)),
      rest: async () => nextTurn(),
    };
  }
}
