/// <reference lib="esnext.disposable" preserve="true" />
import type { JsonValue } from '@holdfast/protocol';
import type { FailureInput } from '../failure.ts';
import type { PendingPromise, PromiseRecord } from './promise-record.ts';

export interface CreatePromiseInput {
  /** 1 to 256 characters, chosen by the caller: asking twice under one id asks once. */
  readonly id: string;
  readonly kind: string;
  readonly data: JsonValue;
  /** How long an answer is waited for; the deadline is kept with the promise and outlives the process. @default none */
  readonly timeoutMs?: number;
}

export interface WaitOptions {
  /** Ends this one wait with the signal's reason. The promise itself stays as it is. */
  readonly signal?: AbortSignal;
}

/**
 * Promises that somebody else settles: a person, a webhook, another part of the program.
 *
 * The first settlement wins, and nothing changes a settled promise. A promise whose deadline passed is timed out for
 * every caller from that instant on, whether or not a timer has fired. After `close` every call fails with
 * `HOLDFAST_PROMISES_CLOSED`.
 */
export interface PromiseStore extends AsyncDisposable {
  /**
   * Makes a promise. When one of this id exists with the same kind and data, pending or settled, it is returned as it is.
   *
   * @throws HOLDFAST_PROMISES_DUPLICATE when it exists with another kind or other data
   * @throws HOLDFAST_PROMISES_NOT_JSON, HOLDFAST_PROTOCOL_INVALID_ID, HOLDFAST_PROMISES_INVALID_ID, RangeError for `timeoutMs`
   */
  create(input: CreatePromiseInput): Promise<PromiseRecord>;
  /** Gives the promise its value. False when it is unknown or settled; the answer is then counted as ignored. */
  resolve(id: string, value: JsonValue): Promise<boolean>;
  /** Gives the promise an error. False as with `resolve`. */
  reject(id: string, error: FailureInput): Promise<boolean>;
  /** Ends a promise whose answer nobody needs any more. False as with `resolve`. */
  cancel(id: string, reason: string): Promise<boolean>;
  /** @throws HOLDFAST_PROMISES_NOT_FOUND */
  get(id: string): Promise<PromiseRecord>;
  find(id: string): Promise<PromiseRecord | undefined>;
  /** What still waits for an answer, oldest first. */
  pending(filter?: { readonly kind?: string }): Promise<readonly PendingPromise[]>;
  /**
   * Settles as the promise does, also when it already has; any number of times.
   *
   * @throws HOLDFAST_PROMISES_REJECTED with the given error as `cause`
   * @throws HOLDFAST_PROMISES_CANCELLED, HOLDFAST_PROMISES_TIMEOUT, HOLDFAST_PROMISES_NOT_FOUND, HOLDFAST_PROMISES_CLOSED
   */
  wait(id: string, options?: WaitOptions): Promise<JsonValue>;
  /** The most promises that were pending at one time since the store was opened. */
  pendingHighWaterMark(): number;
  /** How many answers came too late, twice, or for nobody since the store was opened. */
  ignoredSettlements(): number;
  /** Idempotent. Whoever waits gets `HOLDFAST_PROMISES_CLOSED`; what is kept on disk stays pending there. */
  close(): Promise<void>;
}

/** Where a store takes its time from. */
export interface PromiseStoreTime {
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Calls back once after the delay, and returns what prevents it. @default setTimeout that keeps no process alive */
  readonly setTimer?: (callback: () => void, delayMs: number) => () => void;
}
