import { TaskPriority } from '@holdfast/protocol';
import type { LineMember } from './line.ts';
import { parsePriority } from './priority.ts';
import type { QueueTask, QueueTaskStatus, RunContext, TaskHandle } from './queue-task.ts';

export type EndStatus = Extract<QueueTaskStatus, 'completed' | 'failed' | 'cancelled' | 'timed_out'>;

/** One task of the queue, from its submission to its end. The queue alone moves it on. */
export class Entry<Result = unknown> implements TaskHandle<Result>, LineMember<Entry> {
  readonly task: QueueTask<Result>;
  readonly id: string;
  readonly priority: TaskPriority;
  readonly order: number;
  since: number;
  previous: Entry | undefined;
  next: Entry | undefined;
  isInLine = false;

  status: QueueTaskStatus = 'admitting';
  /** The run that holds a slot now. */
  run: Run | undefined;
  /** Waits for a slot to go on; undefined where it has one, or has not begun. */
  resume: { resolve(): void; reject(error: unknown): void } | undefined;
  attempt = 0;
  preemptions = 0;
  /** How many dispatchers crashed over it. */
  crashes = 0;
  readonly #cancel: (entry: Entry, by: string) => boolean;
  #result: Promise<Result> | undefined;
  #resolve: Settle<Result>['settle'] | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #admission: PromiseWithResolvers<void> | undefined;
  #outcome: { readonly value: Result } | { readonly error: unknown } | undefined;

  constructor(task: QueueTask<Result>, order: number, nowMs: number, cancel: (entry: Entry, by: string) => boolean) {
    this.task = task;
    this.id = task.id;
    this.priority = task.priority === undefined ? TaskPriority.MEDIUM : parsePriority(task.priority);
    this.order = order;
    this.since = nowMs;
    this.#cancel = cancel;
  }

  /** Made when it is first asked for: most of a long queue is never looked at. */
  get result(): Promise<Result> {
    if (this.#result) return this.#result;
    this.#result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#passOn();
    return this.#result;
  }

  /** Resolves when the task has its place in the queue. Asked only of a task that has none yet. */
  async admitted(): Promise<void> {
    this.#admission ??= Promise.withResolvers();
    return this.#admission.promise;
  }

  admit(): void {
    this.#admission?.resolve();
    this.#admission = undefined;
  }

  get hasEnded(): boolean {
    return this.#outcome !== undefined;
  }

  cancel(by = 'user'): boolean {
    return this.#cancel(this, by);
  }

  complete(value: Result): void {
    this.status = 'completed';
    this.#outcome = { value };
    this.#passOn();
  }

  end(status: Exclude<EndStatus, 'completed'>, error: unknown): void {
    this.status = status;
    this.#outcome = { error };
    this.#admission?.reject(error);
    this.resume?.reject(error);
    this.resume = undefined;
    this.#passOn();
  }

  #passOn(): void {
    if (!this.#outcome || !this.#result) return;
    if ('value' in this.#outcome) {
      this.#resolve?.(this.#outcome.value);
      return;
    }
    this.#result.catch(() => undefined); // whoever does not await it has no unhandled rejection
    this.#reject?.(this.#outcome.error);
  }
}

/** A method, so that an entry of any result is an entry. */
interface Settle<Result> {
  settle(value: Result | PromiseLike<Result>): void;
}

/** Lets another task have the slot while one waits. */
export type Park = (entry: Entry, run: Run, wait: PromiseLike<unknown>) => Promise<void>;

/** One turn of a task: it holds a slot until the work has settled, or its grace has passed. */
export class Run implements RunContext {
  readonly id: string;
  readonly attempt: number;
  isMakingWay = false;
  hasSlot = true;
  clearTimers: (() => void)[] | undefined;
  readonly #entry: Entry;
  readonly #parkEntry: Park;
  #controller: AbortController | undefined;
  #reason: { readonly error: unknown } | undefined;

  constructor(entry: Entry, park: Park) {
    this.id = entry.id;
    this.attempt = entry.attempt;
    this.#entry = entry;
    this.#parkEntry = park;
  }

  /** Made when it is asked for, as few tasks park; it stands without its run as well. */
  get park(): RunContext['park'] {
    return async (wait) => {
      await this.#parkEntry(this.#entry, this, wait);
      return wait;
    };
  }

  /** Made when it is first asked for, because it costs more than the rest of a task. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason.error);
    return this.#controller.signal;
  }

  abort(error: unknown): void {
    this.#reason ??= { error };
    this.#controller?.abort(error);
  }
}
