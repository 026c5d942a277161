/** When a task may work: it has a slot of the queue, and waits for nobody. Whoever works for it asks here before each step. */
import type { RunContext } from '../queue/queue-task.ts';
import { untilAborted } from '../until-aborted.ts';

export class TaskTurn {
  readonly #begun = Promise.withResolvers<RunContext>();
  readonly #working = new Set<Promise<unknown>>();
  #parked: Promise<unknown> = Promise.resolve();

  /** The task has its slot. */
  begin(context: RunContext): void {
    this.#begun.resolve(context);
  }

  /** Gives the slot to another task until the answer is there. What the answer is, or whether one comes, is heard elsewhere. */
  async waitFor(answer: PromiseLike<unknown>): Promise<void> {
    const { park } = await this.#begun.promise;
    const parked = park(answer).catch(() => undefined);
    this.#parked = Promise.all([this.#parked, parked]);
    await this.#parked;
  }

  /** Does some work once it is the task's turn. @throws the reason of the signal where that aborts first */
  async work<Value>(signal: AbortSignal, work: () => Value | PromiseLike<Value>): Promise<Value> {
    await untilAborted(this.#begun.promise, signal);
    await untilAborted(this.#parked, signal);
    const working = Promise.resolve(work());
    this.#working.add(working);
    try {
      return await working;
    } finally {
      this.#working.delete(working);
    }
  }

  /** When nothing works any more that was told to end. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#working);
  }
}
