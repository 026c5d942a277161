import type { HoldfastError, JsonValue } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';
import { fromFailure, type PromiseFailure } from '../failure.ts';

interface CreatedPromise {
  readonly id: string;
  /** What kind of answer is asked for, so that whoever answers can pick theirs: `'approval'`. */
  readonly kind: string;
  /** What whoever answers needs to know. */
  readonly data: JsonValue;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** ISO 8601 UTC; null waits for ever. */
  readonly deadline: string | null;
}

export interface PendingPromise extends CreatedPromise {
  readonly state: 'pending';
}

/** How a promise ended. */
export type Settlement =
  | { readonly state: 'resolved'; readonly value: JsonValue; readonly settledAt: string }
  | { readonly state: 'rejected' | 'cancelled' | 'timedout'; readonly error: PromiseFailure; readonly settledAt: string };

export type SettledPromise = CreatedPromise & Settlement;

/** What a store knows of one promise. Frozen; a settled one never changes again. */
export type PromiseRecord = PendingPromise | SettledPromise;

export type PromiseState = PromiseRecord['state'];

/** The error of every promise whose deadline passed. */
export const timeoutFailure: PromiseFailure = Object.freeze({
  name: 'TimeoutError',
  message: 'No answer came before the deadline',
  code: 'HOLDFAST_PROMISES_TIMEOUT',
});

/** The error of a promise that was cancelled. */
export function cancelFailure(reason: string): PromiseFailure {
  return Object.freeze({ name: 'CancelledError', message: reason, code: 'HOLDFAST_PROMISES_CANCELLED' });
}

/** What waiting for a settled promise gives: its value, or an error of ours with the foreign one as its cause. */
export function outcomeOf(record: SettledPromise): JsonValue | HoldfastError {
  if (record.state === 'resolved') return record.value;
  const { id, kind, state, error } = record;
  const { code, ended } = endings[state];
  return promisesError(code, `Cannot get the value of promise "${id}": it ${ended}: "${error.message}"`, {
    cause: fromFailure(error),
    data: { id, kind, error },
  });
}

const endings = {
  rejected: { code: 'HOLDFAST_PROMISES_REJECTED', ended: 'was rejected' },
  cancelled: { code: 'HOLDFAST_PROMISES_CANCELLED', ended: 'was cancelled' },
  timedout: { code: 'HOLDFAST_PROMISES_TIMEOUT', ended: 'timed out' },
} as const;
