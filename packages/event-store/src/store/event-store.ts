import type { Event, EventSources, NewEvent } from '../event.ts';
import type { Fold, Projection } from '../projection/projection.ts';
import type { Consumers, ConsumerReader } from './consumers.ts';
import type { EventRecord, RecordQuery } from './event-record.ts';
import type { Upcasters } from './upcast.ts';

/** Which events to read. Every field narrows; events come in sequence order always. */
export interface EventQuery {
  readonly taskId?: string;
  /** Only these types. */
  readonly types?: readonly string[];
  /** Only what belongs to this request, execution or whatever the id names. */
  readonly correlationId?: string;
  /** Only what was caused by this event, itself not included. */
  readonly causationId?: string;
  /** Only what has a greater sequence number. A negative number counts as 0. @default 0 */
  readonly afterSequence?: number;
  /** Only what has a sequence number up to this one, itself included. */
  readonly untilSequence?: number;
  /** Only what has a greater version in its own stream. A negative number counts as 0. @default 0 */
  readonly afterVersion?: number;
  /** Only what has a version in its own stream up to this one, itself included. */
  readonly untilVersion?: number;
  /** Only what happened from this instant on, itself included: ISO 8601. A date without a time is the start of that day in UTC. */
  readonly since?: string;
  /** Only what happened up to this instant, itself included: ISO 8601. A date without a time is the end of that day in UTC. */
  readonly until?: string;
  /** At most so many events. */
  readonly limit?: number;
}

export interface SubscribeQuery extends EventQuery {
  /** Ends the subscription, without an error. */
  readonly signal?: AbortSignal;
}

/**
 * The version that a stream must have for an append: a number for exactly that one, 0 for a task without events,
 * `exists` for a task that has any.
 */
export type ExpectedVersion = number | 'exists';

export interface AppendOptions {
  /** Not checked where it is left out. */
  readonly expectedVersion?: ExpectedVersion;
}

/** What one stream gets from an append to several. */
export interface StreamAppend extends AppendOptions {
  readonly taskId: string;
  readonly events: readonly NewEvent[];
}

/** Where a stream stands when a decision is made. */
export interface StreamHead {
  readonly taskId: string;
  /** 0 for a task without events. */
  readonly streamVersion: number;
}

/** What is to happen, given what has happened. It is synchronous, changes nothing, and may be asked more than once. */
export type Decide<State> = (state: State, stream: StreamHead) => readonly NewEvent[];

/** What a store knows of one task. */
export interface StreamInfo extends StreamHead {
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** What every adapter takes. */
export interface EventStoreOptions extends EventSources {
  /** The largest data of one event, as JSON in UTF-8. @default 16 MiB */
  readonly maxEventBytes?: number;
  /** How data of earlier schemas becomes that of the present one, by event type. */
  readonly upcasters?: Upcasters;
  /**
   * Projections that are brought up to date with each append, in the same transaction. Their states are found in
   * `consumers` under the name of the projection; one that is new catches up while the store opens.
   */
  readonly inline?: readonly Projection<unknown>[];
}

/** The half of a store that changes nothing. Any number of them may be open beside the one writer. */
export interface EventReader {
  /**
   * What is in the store at the moment of the call.
   *
   * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT at the call
   */
  read(query?: EventQuery): AsyncIterable<Event>;
  /**
   * What is in the store and then what comes, each event once and in order. A slow reader holds up nobody. Ends with
   * its signal, with the store, after `limit` events, or once the store has gone past `until` or `untilSequence`.
   *
   * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT at the call
   */
  subscribe(query?: SubscribeQuery): AsyncIterable<Event>;
  /** The events as they are kept, with the chain of hashes over them: for exports and checks. */
  records(query?: RecordQuery): AsyncIterable<EventRecord>;
  /** The last sequence number; 0 when the store is empty. */
  head(): Promise<number>;
  /** The event with this id. */
  findEvent(eventId: string): Promise<Event | undefined>;
  findStream(taskId: string): Promise<StreamInfo | undefined>;
  /** Every task that has events, in the order of their first ones. */
  streams(): Promise<readonly StreamInfo[]>;
  /** How far those who read have come. */
  readonly consumers: ConsumerReader;
  /** Ends every subscription and lets go of what is held. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * An append-only log of events with one stream for each task.
 *
 * Whatever is acknowledged is there for every later call. Timestamps never run backwards in sequence order: the store
 * lifts one that would to that of the event before it.
 *
 * Events with an id of the caller's own are stored once. An append whose ids are all in the store already was done
 * before, and gives what was stored then, whatever version it expects now; so it may be repeated after a failure of
 * unknown outcome.
 */
export interface EventStore extends EventReader {
  /**
   * Appends to one task, all or nothing. Appends get their numbers in the order in which they were called, without a
   * gap; one that fails consumes none.
   *
   * @throws HOLDFAST_EVENT_STORE_CONFLICT with `expected` and `actual` in its data
   * @throws HOLDFAST_EVENT_STORE_DUPLICATE_EVENT when an id of it stands for another event
   * @throws HOLDFAST_EVENT_STORE_INVALID_EVENT
   * @throws HOLDFAST_EVENT_STORE_EVENT_TOO_LARGE
   */
  append(taskId: string, events: readonly NewEvent[], options?: AppendOptions): Promise<readonly Event[]>;
  /** Appends to several tasks, all or nothing, in the order given. Versions are judged as if one came after the other. */
  appendMany(appends: readonly StreamAppend[]): Promise<readonly Event[]>;
  /**
   * Decides inside the writer, where nobody can come between, and appends what was decided. So there are no conflicts
   * and nothing to retry, however many decide about one task. States are cached by fold, so hand in the same object.
   *
   * @throws whatever `decide` throws; nothing is kept then
   */
  execute<State>(taskId: string, fold: Fold<State>, decide: Decide<State>): Promise<readonly Event[]>;
  /**
   * Takes over events that were appended elsewhere, with their numbers, times and hashes, all or nothing. They go on
   * where this store ends; those it has already are passed over. Gives the number of those that were new.
   *
   * @throws HOLDFAST_EVENT_STORE_CHAIN_BROKEN when they do not continue the history of this store
   */
  restore(records: readonly EventRecord[]): Promise<number>;
  readonly consumers: Consumers;
  /** Finishes the appends that were called, ends every subscription and lets go of what the store holds. Idempotent. */
  close(): Promise<void>;
}
