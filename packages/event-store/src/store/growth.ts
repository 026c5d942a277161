/** Tells those who wait that something was committed. Carries no events: whoever wakes reads the log. */
export class Growth {
  readonly #waiting = new Set<() => void>();
  readonly #onWaiting: (isAnybodyWaiting: boolean) => void;

  /** @param onWaiting - told when the first begins to wait and when the last has ended */
  constructor(onWaiting: (isAnybodyWaiting: boolean) => void = () => undefined) {
    this.#onWaiting = onWaiting;
  }

  wake(): void {
    for (const resolve of this.#waiting) resolve();
  }

  /** Settles at the next {@link wake} or when the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const settle = (): void => resolve();
    this.#waiting.add(settle);
    if (this.#waiting.size === 1) this.#onWaiting(true);
    signal.addEventListener('abort', settle);
    await promise;
    this.#waiting.delete(settle);
    if (this.#waiting.size === 0) this.#onWaiting(false);
    signal.removeEventListener('abort', settle);
  }
}
