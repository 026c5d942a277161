import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Event, NewEvent } from '../../event.ts';
import type { Fold } from '../../projection/projection.ts';
import { parseTaskId } from '../../task-id.ts';
import { checkedConsumer, checkedKey } from '../check-consumer.ts';
import type { ConsumerState, Consumers } from '../consumers.ts';
import { assertOpen, followLog, readLog, readRecords, type EventLog } from '../event-log.ts';
import type { EventRecord, RecordQuery } from '../event-record.ts';
import type {
  AppendOptions,
  Decide,
  EventQuery,
  EventStore,
  EventStoreOptions,
  StreamAppend,
  StreamInfo,
  SubscribeQuery,
} from '../event-store.ts';
import { Growth } from '../growth.ts';
import { prepareAppend } from '../prepare.ts';
import type { Staging } from '../staging.ts';
import type { WriterMode } from './claim.ts';
import type { Server } from './connect.ts';
import { fromPostgres } from './failure.ts';
import { Listener } from './listener.ts';
import { Reader } from './reader.ts';
import type { Head } from './rows.ts';
import { untilReached } from './until-reached.ts';
import type { Outcome, Work, Writer } from './writer.ts';

export type ResolvedOptions = EventStoreOptions & { readonly mode: WriterMode; readonly reconnectMs: number };

/** At most so much work, and about so much JSON, goes into one commit. */
const maxBatch = { works: 1000, bytes: 4 * 1024 * 1024 };

interface Waiting {
  readonly work: Work;
  readonly bytes: number;
  readonly settle: (outcome: Outcome) => void;
}

/** Connects the port with writer, reader and listener. Owns the connections from its construction to its closing. */
export class PostgresEventStore implements EventStore {
  readonly consumers: Consumers;
  readonly #server: Server;
  readonly #writer: Writer;
  readonly #options: ResolvedOptions;
  readonly #reader: Reader;
  readonly #listener: Listener;
  readonly #growth = new Growth();
  readonly #log: EventLog;
  #position: number;
  #timestampMs: number;
  #waiting: Waiting[] = [];
  /** Questions that reads asked at their call, and that are not answered yet. */
  readonly #looks = new Set<Promise<unknown>>();
  #working: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(server: Server, writer: Writer, head: Head, options: ResolvedOptions) {
    this.#server = server;
    this.#writer = writer;
    this.#options = options;
    this.#position = head.position;
    this.#timestampMs = head.timestampMs;
    this.#reader = new Reader({ query: async (statement, values) => this.#readAgainIfLost(statement, values) }, options);
    this.#listener = new Listener(
      server,
      (position, timestampMs) => this.#grownTo(position, timestampMs),
      async () => {
        await this.#look();
      },
    );
    this.#log = this.#asLog();
    this.consumers = this.#asConsumers();
  }

  async append(taskId: string, events: readonly NewEvent[], options?: AppendOptions): Promise<readonly Event[]> {
    return this.appendMany([{ ...options, taskId, events }]);
  }

  async appendMany(appends: readonly StreamAppend[]): Promise<readonly Event[]> {
    assertOpen(this.#log);
    const prepared = appends.map((each) => prepareAppend(each, this.#options));
    const bytes = prepared.flatMap(({ drafts }) => drafts).reduce((sum, { json }) => sum + json.length, 0);
    return this.#write((staging) => staging.append(prepared), bytes);
  }

  async execute<State>(taskId: string, fold: Fold<State>, decide: Decide<State>): Promise<readonly Event[]> {
    assertOpen(this.#log);
    const id = parseTaskId(taskId);
    return this.#write((staging) => staging.execute(id, fold, decide));
  }

  async restore(records: readonly EventRecord[]): Promise<number> {
    assertOpen(this.#log);
    return this.#write((staging) => staging.restore(records), maxBatch.bytes);
  }

  read(query?: EventQuery): AsyncIterable<Event> {
    return this.#fromCall((log) => readLog(log, query));
  }

  records(query?: RecordQuery): AsyncIterable<EventRecord> {
    return this.#fromCall((log) => readRecords(log, query));
  }

  subscribe(query?: SubscribeQuery): AsyncIterable<Event> {
    const events = followLog(this.#log, query);
    this.#listener.start();
    return events;
  }

  async head(): Promise<number> {
    assertOpen(this.#log);
    return this.#options.mode === 'multi-writer' ? this.#look() : this.#position;
  }

  async findEvent(eventId: string): Promise<Event | undefined> {
    return this.#asked(async () => this.#reader.findEvent(eventId));
  }

  async findStream(taskId: string): Promise<StreamInfo | undefined> {
    const id = parseTaskId(taskId);
    return this.#asked(async () => this.#reader.findStream(id));
  }

  async streams(): Promise<readonly StreamInfo[]> {
    return this.#asked(async () => this.#reader.streams());
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#growth.wake();
    await this.#working;
    await Promise.all([this.#writer.close(), this.#listener.close()]);
    await this.#server.close();
  }

  async #write<Result>(work: (staging: Staging) => Result, bytes = 0): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const settle = (outcome: Outcome): void => {
      if ('error' in outcome) reject(outcome.error);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the outcome of this very work
      else resolve(outcome.result as Result);
    };
    this.#waiting.push({ work, bytes, settle });
    this.#working ??= this.#workOff();
    return promise;
  }

  /** Commits what waits, batch after batch. What is asked for in the same turn is in the same batch. */
  async #workOff(): Promise<void> {
    for (await nextTurn(); this.#waiting.length > 0; await nextTurn()) {
      await Promise.all(this.#looks);
      const batch = this.#nextBatch();
      try {
        const { outcomes, head } = await this.#writer.commit(batch.map(({ work }) => work));
        this.#grownTo(head.position, head.timestampMs);
        for (const [index, outcome] of outcomes.entries()) batch[index]?.settle(outcome);
      } catch (error) {
        for (const { settle } of batch) settle({ error: fromPostgres(error, this.#server.name) });
      }
    }
    this.#working = undefined;
  }

  #nextBatch(): readonly Waiting[] {
    let bytes = 0;
    const beyond = this.#waiting.findIndex((waiting, index) => {
      bytes += waiting.bytes;
      return index > 0 && (index >= maxBatch.works || bytes > maxBatch.bytes);
    });
    return this.#waiting.splice(0, beyond === -1 ? this.#waiting.length : beyond);
  }

  #grownTo(position: number, timestampMs: number): void {
    if (position <= this.#position) return;
    this.#position = position;
    this.#timestampMs = timestampMs;
    this.#growth.wake();
  }

  /** Asks the server where the log ends. */
  async #look(): Promise<number> {
    const { position, timestampMs } = await this.#reader.head();
    this.#grownTo(position, timestampMs);
    return position;
  }

  /** Reads up to where the log is at the call. Where others write too, the server has to say where that is, and our own next commit waits for it. */
  #fromCall<Item>(read: (log: EventLog) => AsyncIterable<Item>): AsyncIterable<Item> {
    const items = read(this.#log);
    if (this.#options.mode === 'single-writer') return items;
    const looked = this.#look();
    // Whoever reads hears of a failure.
    const settled = looked.catch(() => undefined);
    this.#looks.add(settled);
    void settled.then(() => this.#looks.delete(settled));
    const log = this.#log;
    return {
      [Symbol.asyncIterator]: async function* iterate() {
        const end = await looked;
        yield* read(Object.create(log, { head: { value: end } }));
      },
    };
  }

  async #asked<Result>(ask: () => Promise<Result>): Promise<Result> {
    assertOpen(this.#log);
    return ask();
  }

  /** A query changes nothing, so it may be sent again over another connection. */
  async #readAgainIfLost(statement: string, values?: readonly unknown[]): ReturnType<Server['readers']['query']> {
    try {
      return await untilReached(this.#options.reconnectMs, () => this.#closing !== undefined, async () => this.#server.readers.query(statement, values));
    } catch (cause) {
      throw fromPostgres(cause, this.#server.name);
    }
  }

  #asConsumers(): Consumers {
    const reader = this.#reader;
    return {
      position: async (consumer) => this.#asked(async () => reader.consumerPosition(checkedConsumer(consumer))),
      findState: async (consumer, key) => this.#asked(async () => reader.findState(checkedConsumer(consumer), checkedKey(key))),
      states: (consumer): AsyncIterable<ConsumerState> => {
        const name = checkedConsumer(consumer);
        assertOpen(this.#log);
        return { [Symbol.asyncIterator]: () => reader.states(name) };
      },
      save: async (consumer, progress) => this.#change((staging) => staging.save(consumer, progress)),
      replace: async (consumer, by) => this.#change((staging) => staging.replace(consumer, by)),
      remove: async (consumer) => this.#change((staging) => staging.remove(consumer)),
    };
  }

  async #change(work: (staging: Staging) => void): Promise<void> {
    assertOpen(this.#log);
    await this.#write(work);
  }

  #asLog(): EventLog {
    const position = (): number => this.#position;
    const timestampMs = (): number => this.#timestampMs;
    const isClosed = (): boolean => this.#closing !== undefined;
    return {
      growth: this.#growth,
      get head() {
        return position();
      },
      get lastTimestampMs() {
        return timestampMs();
      },
      get closed() {
        return isClosed();
      },
      page: async (query, after, end) => this.#reader.page(query, after, end),
      recordPage: async (after, end) => this.#reader.recordPage(after, end),
    };
  }
}
