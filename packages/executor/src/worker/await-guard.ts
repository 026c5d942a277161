import { Object, Promise, Reflect, Set, Symbol, TypeError, setImmediate } from './intrinsics.ts';

/**
 * What the top-level awaits of a cell wait behind. A cancellation rejects those that wait at that moment, or the next
 * one where it comes between two; awaits made afterwards, in a `finally` say, go on. A cell that uses up its grace is parked: its awaits never settle again, so
 * it cannot write late.
 *
 * Everything here awaits instead of calling `then`, which user code may have replaced.
 */
export class AwaitGuard {
  readonly #waiting = new Set<(reason: unknown) => void>();
  #parkedUpTo = 0;
  /** The last cell whose cancellation reached it otherwise, in the middle of a question. */
  #toldOrdinal = 0;
  #missed: { readonly reason: unknown; readonly ordinal: number } | undefined;

  /** Waits for a value on behalf of a cell. */
  async wait(value: unknown, ordinal: number): Promise<unknown> {
    this.#throwMissed(ordinal);
    return await new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const settle = (report: () => void): void => {
        this.#waiting.delete(reject);
        if (ordinal > this.#parkedUpTo) report();
      };
      void relay(value, (settled) => settle(() => resolve(settled)), (reason) => settle(() => reject(reason)));
    });
  }

  /** Waits for a turn of the event loop in which the cell has the thread for itself. */
  async turn(ordinal: number): Promise<void> {
    this.#throwMissed(ordinal);
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      setImmediate(() => {
        this.#waiting.delete(reject);
        if (ordinal > this.#parkedUpTo) resolve();
      });
    });
  }

  /** What `for await` runs over, with every step behind the guard. */
  iterate(iterable: unknown, ordinal: number): AsyncIterable<unknown> {
    return { [Symbol.asyncIterator]: () => this.#guarded(openIterator(iterable), ordinal) };
  }

  /** A cancellation may come before the cell waits for anything, or even begins. */
  #throwMissed(ordinal: number): void {
    const missed = this.#missed;
    this.#missed = undefined;
    if (missed?.ordinal === ordinal) throw missed.reason;
  }

  /** Rejects what this cell waits for, now or next. */
  reject(reason: unknown, ordinal: number): void {
    if (this.#waiting.size === 0 && ordinal !== this.#toldOrdinal) this.#missed = { reason, ordinal };
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  /** Takes note that a cell hears of its cancellation by something else that it waited for, and need not hear it again. */
  told(ordinal: number): void {
    this.#toldOrdinal = ordinal;
    if (this.#missed?.ordinal === ordinal) this.#missed = undefined;
  }

  /** Lets nothing of this cell and its elders go on. */
  park(ordinal: number): void {
    this.#parkedUpTo = ordinal;
    this.#waiting.clear();
  }

  #guarded(inner: AsyncIterator<unknown>, ordinal: number): AsyncIterator<unknown> {
    return {
      // The language itself checks that a step is an object.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      next: async () => (await this.wait(inner.next(), ordinal)) as IteratorResult<unknown>,
      return: async (value) => (inner.return ? await inner.return(value) : { done: true, value }),
    };
  }
}

async function relay(value: unknown, resolve: (settled: unknown) => void, reject: (reason: unknown) => void): Promise<void> {
  let settled: unknown;
  try {
    settled = await value;
  } catch (error) {
    reject(error);
    return;
  }
  resolve(settled);
}

/** The iterator that `for await` would open. */
function openIterator(iterable: unknown): AsyncIterator<unknown> {
  const open: unknown = iterable === undefined || iterable === null ? undefined : Reflect.get(Object(iterable), Symbol.asyncIterator);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what user code offers as an iterator is used as one
  if (typeof open === 'function') return Reflect.apply(open, iterable, []) as AsyncIterator<unknown>;
  if (!isIterable(iterable)) throw new TypeError('The value is not async iterable');
  return (async function* each() {
    yield* iterable;
  })();
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return value !== undefined && value !== null && typeof Reflect.get(Object(value), Symbol.iterator) === 'function';
}
