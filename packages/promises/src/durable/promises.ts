/// <reference lib="esnext.disposable" preserve="true" />
import type { PromiseStore, WaitOptions } from '../store/promise-store.ts';
import type { CallOptions } from './context.ts';
import type { DurableBody, DurableFunction, DurableFunctionOptions } from './durable-function.ts';
import type { Schedules } from './schedules.ts';

/** Durable functions and the promises they wait on. */
export interface Promises extends AsyncDisposable {
  /**
   * Makes a function durable. Define all functions before the first `start`: what is unfinished from earlier is picked up as
   * soon as its function is defined.
   *
   * @throws HOLDFAST_PROMISES_FUNCTION_TAKEN when another one of this name and version is defined
   */
  define<Input, Output>(
    name: string,
    body: DurableBody<Input, Output>,
    options?: DurableFunctionOptions<Input, Output>,
  ): DurableFunction<Input, Output>;
  /**
   * Runs a durable function under an id of the caller's. The same id again gives the same run and starts nothing.
   *
   * @throws HOLDFAST_PROMISES_DUPLICATE when the id belongs to another function or another input
   */
  start<Input, Output>(callee: DurableFunction<Input, Output>, id: string, input: Input, options?: CallOptions): Promise<Run<Output>>;
  /** A run that was started before, also by a process that is gone. @throws HOLDFAST_PROMISES_NOT_FOUND */
  attach<Output = unknown>(id: string): Promise<Run<Output>>;
  /** The result of a run. Throws as {@link Run.result} does. */
  result<Output = unknown>(id: string, options?: WaitOptions): Promise<Output>;
  /** Ends a run: its running steps get their signal aborted, its open questions are cancelled. False when it is settled or unknown. */
  cancel(id: string, reason: string): Promise<boolean>;
  /** Every promise that somebody else settles: those of `context.external` and those made here. */
  readonly external: PromiseStore;
  /** Durable functions that begin at instants of a calendar. */
  readonly schedules: Schedules;
  /** Idempotent. Aborts running steps, waits for them, and leaves unfinished runs for the next process. */
  close(): Promise<void>;
}

/** One run of a durable function. */
export interface Run<Output> {
  readonly id: string;
  /**
   * Waits for the result, any number of times.
   *
   * @throws what the function threw
   * @throws HOLDFAST_PROMISES_CANCELLED, HOLDFAST_PROMISES_TIMEOUT, HOLDFAST_PROMISES_POISONED, HOLDFAST_PROMISES_CLOSED
   */
  readonly result: (options?: WaitOptions) => Promise<Output>;
  state(): Promise<RunState>;
  cancel(reason: string): Promise<boolean>;
}

export type RunState = 'pending' | 'resolved' | 'rejected' | 'cancelled' | 'timedout';
