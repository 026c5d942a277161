import type { Event, EventSources, NewEvent } from '../event.ts';

/** Which events to read. Every field narrows; events come in sequence order always. */
export interface EventQuery {
  readonly taskId?: string;
  /** Only these types. */
  readonly types?: readonly string[];
  /** Only what has a greater sequence number. A negative number counts as 0. @default 0 */
  readonly afterSequence?: number;
  /** Only what has a greater version in its own stream. A negative number counts as 0. @default 0 */
  readonly afterVersion?: number;
  /** Only what happened up to this instant, itself included: ISO 8601. A date without a time is the end of that day in UTC. */
  readonly until?: string;
  /** At most so many events. */
  readonly limit?: number;
}

export interface SubscribeQuery extends EventQuery {
  /** Ends the subscription, without an error. */
  readonly signal?: AbortSignal;
}

export interface AppendOptions {
  /** The version the stream must have now; 0 for a task without events. Not checked where it is left out. */
  readonly expectedVersion?: number;
}

/** What a store knows of one task. */
export interface StreamInfo {
  readonly taskId: string;
  readonly streamVersion: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** What every adapter takes. */
export interface EventStoreOptions extends EventSources {
  /** The largest data of one event, as JSON in UTF-8. @default 16 MiB */
  readonly maxEventBytes?: number;
}

/**
 * An append-only log of events with one stream for each task.
 *
 * Whatever is acknowledged is there for every later call. Timestamps never run backwards in sequence order: the store
 * lifts one that would to that of the event before it.
 */
export interface EventStore {
  /**
   * Appends to one task, all or nothing. Appends get their numbers in the order in which they were called, without a
   * gap; one that fails consumes none.
   *
   * @throws HOLDFAST_EVENT_STORE_CONFLICT with `expected` and `actual` in its data
   * @throws HOLDFAST_EVENT_STORE_INVALID_EVENT
   * @throws HOLDFAST_EVENT_STORE_EVENT_TOO_LARGE
   */
  append(taskId: string, events: readonly NewEvent[], options?: AppendOptions): Promise<readonly Event[]>;
  /**
   * What is in the store at the moment of the call.
   *
   * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT at the call
   */
  read(query?: EventQuery): AsyncIterable<Event>;
  /**
   * What is in the store and then what comes, each event once and in order. A slow reader holds up nobody. Ends with
   * its signal, with the store, after `limit` events, or once the store has gone past `until`.
   *
   * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT at the call
   */
  subscribe(query?: SubscribeQuery): AsyncIterable<Event>;
  /** The last sequence number; 0 when the store is empty. */
  head(): Promise<number>;
  /** Every task that has events, in the order of their first ones. */
  streams(): Promise<readonly StreamInfo[]>;
  /** Finishes the appends that were called, ends every subscription and lets go of what the store holds. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
