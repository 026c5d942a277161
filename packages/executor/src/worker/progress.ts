/**
 * How far the main thread is, in shared memory, so that the control thread knows without asking: a thread that blocks
 * gives no answers, and a termination may hit an answer.
 */
import { Atomics, Int32Array, SharedArrayBuffer } from './intrinsics.ts';

const [ready, begun, turns] = [0, 1, 2];

export function createProgress(): SharedArrayBuffer {
  return new SharedArrayBuffer(12);
}

export class Progress {
  readonly #integers: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#integers = new Int32Array(memory);
  }

  /** The number of the last cell whose body began. */
  get begun(): number {
    return Atomics.load(this.#integers, begun);
  }

  begin(ordinal: number): void {
    Atomics.store(this.#integers, begun, ordinal);
  }

  /** Says that the event loop turned. */
  turn(): void {
    Atomics.add(this.#integers, turns, 1);
    Atomics.notify(this.#integers, turns);
  }

  /** Settles when it turns next. */
  async nextTurn(): Promise<void> {
    await Atomics.waitAsync(this.#integers, turns, Atomics.load(this.#integers, turns)).value;
  }

  /** Says that the tools are there. */
  setReady(): void {
    Atomics.store(this.#integers, ready, 1);
    Atomics.notify(this.#integers, ready);
  }

  /** Blocks until they are. */
  waitUntilReady(): void {
    Atomics.wait(this.#integers, ready, 0);
  }
}
