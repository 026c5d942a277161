import type { PendingPromise, PromiseRecord, SettledPromise, Settlement } from './promise-record.ts';

/**
 * Where the records of one store lie. Synchronous on purpose: looking and writing happen in one turn, so that "the first
 * settlement wins" needs no lock.
 */
export interface PromiseRecords {
  find(id: string): PromiseRecord | undefined;
  /** The id is not taken. */
  insert(record: PendingPromise): void;
  /** Undefined when the id is unknown or its promise settled. */
  settle(id: string, settlement: Settlement): SettledPromise | undefined;
  /** Times out every pending promise whose deadline is at or before `now`, all or none. */
  expire(now: number): readonly SettledPromise[];
  /** Oldest first. */
  pending(kind: string | undefined): readonly PendingPromise[];
  countPending(): number;
  /** The nearest deadline of a pending promise in epoch milliseconds. */
  nextDeadline(): number | undefined;
  close(): void;
}
