import type { Clock } from '../session/clock.ts';

interface Scheduled {
  readonly callback: () => void;
  readonly at: number;
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  readonly #scheduled = new Set<Scheduled>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const scheduled = { callback, at: this.#now + delayMs };
    this.#scheduled.add(scheduled);
    return () => void this.#scheduled.delete(scheduled);
  }

  /** Goes on, and calls what falls due on the way, in order of time. */
  advance(durationMs: number): void {
    const end = this.#now + durationMs;
    for (let due = this.#nextUntil(end); due; due = this.#nextUntil(end)) {
      this.#scheduled.delete(due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = end;
  }

  #nextUntil(end: number): Scheduled | undefined {
    const [next] = [...this.#scheduled].filter(({ at }) => at <= end).toSorted((left, right) => left.at - right.at);
    return next;
  }
}
