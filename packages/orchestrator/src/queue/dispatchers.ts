/**
 * Loops that take a slot, then a task, then start the one in the other, without awaiting it. One that crashes is
 * replaced a little later, and later still when that happens in a row; the others go on meanwhile.
 */
import type { QueueClock } from './clock.ts';
import { Turnstile } from './turnstile.ts';

export interface DispatchersOptions<Task> {
  readonly count: number;
  /** How many tasks may run at the same time. */
  readonly slots: number;
  /** The next task; undefined where none is ready. */
  readonly next: () => Task | undefined;
  /** Starts a task in the slot that was taken for it. It gives the slot back when it throws. */
  readonly start: (task: Task) => void;
  readonly clock: QueueClock;
  readonly onFault: (error: unknown) => void;
}

const restartDelayMs = { first: 10, longest: 1000 } as const;

export class Dispatchers<Task> {
  readonly #options: DispatchersOptions<Task>;
  readonly #forSlot = new Turnstile();
  readonly #forTask = new Turnstile();
  readonly #restartTimers = new Set<() => void>();
  #freeSlots: number;
  #alive = 0;
  #restarts = 0;
  #isStopped = false;

  constructor(options: DispatchersOptions<Task>) {
    this.#options = options;
    this.#freeSlots = options.slots;
    for (let index = 0; index < options.count; index += 1) this.#begin(0);
  }

  get alive(): number {
    return this.#alive;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** There may be a task. */
  wake(): void {
    this.#forTask.wakeOne();
  }

  wakeAll(): void {
    this.#forTask.wakeAll();
  }

  releaseSlot(): void {
    this.#freeSlots += 1;
    this.#forSlot.wakeOne();
  }

  stop(): void {
    this.#isStopped = true;
    for (const stopTimer of this.#restartTimers) stopTimer();
    this.#restartTimers.clear();
    this.#forSlot.wakeAll();
    this.#forTask.wakeAll();
  }

  #begin(crashesInARow: number): void {
    this.#alive += 1;
    void this.#serveUntilCrash(crashesInARow); // it never rejects
  }

  async #serveUntilCrash(crashesInARow: number): Promise<void> {
    const served = { tasks: 0 };
    try {
      await this.#serve(served);
      this.#alive -= 1;
    } catch (error) {
      this.#alive -= 1;
      this.#options.onFault(error);
      if (!this.#isStopped) this.#beginLater(served.tasks > 0 ? 0 : crashesInARow);
    }
  }

  #beginLater(crashesInARow: number): void {
    const delayMs = Math.min(restartDelayMs.first * 2 ** crashesInARow, restartDelayMs.longest);
    const stopTimer = this.#options.clock.setTimer(() => {
      this.#restartTimers.delete(stopTimer);
      this.#restarts += 1;
      this.#begin(crashesInARow + 1);
    }, delayMs);
    this.#restartTimers.add(stopTimer);
  }

  async #serve(served: { tasks: number }): Promise<void> {
    for (;;) {
      while (this.#freeSlots === 0 && !this.#isStopped) await this.#forSlot.wait();
      this.#freeSlots -= 1;
      let task = this.#next();
      while (task === undefined && !this.#isStopped) {
        await this.#forTask.wait();
        task = this.#next();
      }
      if (task === undefined) {
        this.#freeSlots += 1;
        return;
      }
      this.#options.start(task);
      served.tasks += 1;
    }
  }

  #next(): Task | undefined {
    return this.#isStopped ? undefined : this.#options.next();
  }
}
