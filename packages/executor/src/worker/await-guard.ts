/**
 * What the top-level awaits of a cell wait behind. A cancellation rejects those that wait at that moment; awaits made
 * afterwards, in a `finally` say, go on. A cell that uses up its grace is parked: its awaits never settle again, so
 * it cannot write late.
 */
export class AwaitGuard {
  readonly #waiting = new Set<(reason: unknown) => void>();
  #parkedUpTo = 0;

  /** Waits for a value on behalf of a cell. */
  async wait(value: unknown, ordinal: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const settle = (report: () => void): void => {
        this.#waiting.delete(reject);
        if (ordinal > this.#parkedUpTo) report();
      };
      Promise.resolve(value).then(
        (settled) => settle(() => resolve(settled)),
        (reason: unknown) => settle(() => reject(reason)),
      );
    });
  }

  /** Rejects what waits now. */
  reject(reason: unknown): void {
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  /** Lets nothing of this cell and its elders go on. */
  park(ordinal: number): void {
    this.#parkedUpTo = ordinal;
    this.#waiting.clear();
  }
}
