import type { JsonValue } from '@holdfast/protocol';
import type { AnswerSchema } from '../external.ts';
import type { Dependency } from './dependency.ts';
import type { DurableFunction } from './durable-function.ts';

/** The result of a durable operation. Its id is known before it settles, so that it can be told to others first. */
export type Durable<Value> = Promise<Value> & { readonly id: string };

/**
 * What a durable function may do. Each call is recorded under its place in the function, and a later run of the same
 * function, after a crash or a wait, gets the recorded outcome instead of doing it again.
 *
 * A durable function awaits nothing but what these methods return: timers, network calls and everything else that takes
 * time belong into a step. It makes the same calls in the same order every time it runs; a call under another name than
 * the recorded one fails with `HOLDFAST_PROMISES_CODE_CHANGED`.
 */
export interface DurableContext {
  /** Of this run. */
  readonly id: string;
  /**
   * Does some work once and records its outcome. It is repeated when the process dies before the outcome is recorded.
   *
   * @throws what the work throws
   */
  step<Value>(name: string, work: StepWork<Value>, options?: StepOptions): Durable<Value>;
  /**
   * Does some work at most once: when the process dies before the outcome is recorded, the work is not repeated.
   *
   * @throws HOLDFAST_PROMISES_INTERRUPTED when nobody knows how far the work had come
   */
  once<Value>(name: string, work: StepWork<Value>, options?: OnceOptions): Durable<Value>;
  /** Runs another durable function and waits for its result; it is cancelled together with this one. */
  call<Input, Output>(callee: DurableFunction<Input, Output>, input: Input, options?: CallOptions): Durable<Output>;
  /** Starts another durable function that goes on by itself, and gives the id of its run. */
  spawn<Input, Output>(callee: DurableFunction<Input, Output>, input: Input, options?: CallOptions): Durable<string>;
  /**
   * Waits, in milliseconds or until an instant. The process may end meanwhile.
   *
   * @throws RangeError for what is no time
   */
  sleep(until: number | Date): Durable<void>;
  /** Epoch milliseconds, the same in every run. */
  now(): Durable<number>;
  /** A fresh random id, the same in every run. */
  newId(): Durable<string>;
  /**
   * Asks somebody outside: a person, a webhook, another process. They answer by the id of the returned promise.
   *
   * @throws HOLDFAST_PROMISES_TIMEOUT at the deadline
   * @throws HOLDFAST_PROMISES_REJECTED, HOLDFAST_PROMISES_CANCELLED, HOLDFAST_PROMISES_UNEXPECTED_VALUE
   * @throws RangeError for a deadline that is no time
   */
  external<Answer>(question: ExternalQuestion & { readonly schema: AnswerSchema<Answer> }): Durable<Answer>;
  external(question: ExternalQuestion): Durable<JsonValue>;
  /**
   * Several steps one after the other, beside others. Give each line of work that goes on at the same time a branch of its
   * own: places are counted per branch, so it does not matter which line is faster.
   */
  branch<Value>(name: string, body: (context: DurableContext) => Promise<Value>): Durable<Value>;
  /** The first to settle, by its name; its failure is thrown. The others are cancelled. The winner is recorded, so every run takes the same way. */
  race<Operations extends Readonly<Record<string, Durable<unknown>>>>(operations: Operations): Promise<RaceWinner<Operations>>;
  /**
   * The result of an operation, if it comes in time. Otherwise the operation is cancelled.
   *
   * @throws HOLDFAST_PROMISES_TIMEOUT
   */
  timeout<Value>(operation: Durable<Value>, ms: number): Promise<Value>;
  /** All results in their order, or the first failure. */
  all<Operations extends readonly Promise<unknown>[]>(operations: readonly [...Operations]): Promise<Results<Operations>>;
  /** Ends this run and begins the function anew with another input; its result becomes the result of this run. */
  continueAs(input: unknown): Promise<never>;
}

/** The work of a step: any code. */
export type StepWork<Value> = (step: StepContext) => Value | PromiseLike<Value>;

/** What the work of a step is given. */
export interface StepContext {
  /** The same at every attempt: a key under which another system can recognise a repetition. */
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the run is cancelled or the store is closed. */
  readonly signal: AbortSignal;
  /** The instance for this run, made at first use. */
  readonly use: <Value>(dependency: Dependency<Value>) => Promise<Value>;
}

export interface OnceOptions {
  /** @default none */
  readonly timeoutMs?: number;
}

export interface StepOptions extends OnceOptions {
  /** What to do when the work throws. @default the failure is the outcome */
  readonly retry?: RetryOptions;
}

/** Waits between attempts grow by `factor` up to `maxDelayMs`. */
export interface RetryOptions {
  /** In all, the first included. */
  readonly maxAttempts: number;
  /** @default 100 */
  readonly delayMs?: number;
  /** @default 2 */
  readonly factor?: number;
  /** @default 30_000 */
  readonly maxDelayMs?: number;
}

export interface CallOptions {
  /** @default that of the function, and not beyond that of the caller for a call */
  readonly timeoutMs?: number;
}

export interface ExternalQuestion {
  /** What is asked for: `approval`, `input`. */
  readonly kind: string;
  /** What is shown to whoever answers. @default null */
  readonly data?: JsonValue;
  /** Milliseconds from now, or an instant. @default 24 hours */
  readonly deadline?: number | Date;
}

/** Which operation settled first, and with what. */
export type RaceWinner<Operations extends Readonly<Record<string, Durable<unknown>>>> = {
  readonly [Name in keyof Operations]: { readonly winner: Name; readonly value: Awaited<Operations[Name]> };
}[keyof Operations];

export type Results<Operations extends readonly Promise<unknown>[]> = { -readonly [Index in keyof Operations]: Awaited<Operations[Index]> };
