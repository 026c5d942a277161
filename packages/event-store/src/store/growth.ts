/** Tells those who wait that something was committed. Carries no events: whoever wakes reads the log. */
export class Growth {
  readonly #waiting = new Set<() => void>();

  wake(): void {
    for (const resolve of this.#waiting) resolve();
  }

  /** Settles at the next {@link wake} or when the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const settle = (): void => resolve();
    this.#waiting.add(settle);
    signal.addEventListener('abort', settle);
    await promise;
    this.#waiting.delete(settle);
    signal.removeEventListener('abort', settle);
  }
}
