/** Who waits for something that comes one at a time, woken in the order in which they came. */
export class Turnstile {
  #waiting: (() => void)[] = [];

  /** Resolves when it is this one's turn to look again. */
  async wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Wakes the first. */
  wakeOne(): void {
    this.#waiting.shift()?.();
  }

  wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
