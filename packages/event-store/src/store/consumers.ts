import type { JsonValue } from '@holdfast/protocol';

/** What a consumer remembers under one key: a snapshot of a stream, a row of a read model. */
export interface ConsumerState {
  /** 1 to 256 characters. */
  readonly key: string;
  /** The last event that went into the state. */
  readonly sequenceNumber: number;
  readonly state: JsonValue;
}

/** How far a consumer has come and what it made of it. Kept together, so that neither is ever ahead of the other. */
export interface Progress {
  /** The last event that the consumer is done with. Left out, it stays as it is. */
  readonly sequenceNumber?: number;
  /** States to keep; those of other keys stay as they are. */
  readonly states?: readonly ConsumerState[];
  /** Where the consumer must still stand; how one of two that run under the same name finds out. Not checked where it is left out. */
  readonly afterSequence?: number;
}

export interface ConsumerReader {
  /** The last event that a consumer is done with; 0 for one that nobody has heard of. */
  position(consumer: string): Promise<number>;
  findState(consumer: string, key: string): Promise<ConsumerState | undefined>;
  /** All states of a consumer, each once, in no order to rely on. */
  states(consumer: string): AsyncIterable<ConsumerState>;
}

/** Checkpoints and snapshots of those who read, kept beside the events and as durable as they are. */
export interface Consumers extends ConsumerReader {
  /**
   * All or nothing.
   *
   * @throws HOLDFAST_EVENT_STORE_CONSUMER_CONFLICT when the consumer does not stand at `afterSequence`
   * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT for a place that the store has not reached
   */
  save(consumer: string, progress: Progress): Promise<void>;
  /** Gives one consumer all that another has, in one step; the other is gone then. */
  replace(consumer: string, by: string): Promise<void>;
  /** Forgets a consumer. */
  remove(consumer: string): Promise<void>;
}
