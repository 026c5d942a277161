import type { PromiseStoreTime } from '../store/promise-store.ts';

/** A clock that stands still until it is told to go on. */
export interface FakeTime extends Required<PromiseStoreTime> {
  /** Lets time pass, and calls every timer at its instant, in order. */
  advance(ms: number): void;
  /** Sets the clock without calling a timer, as when the machine slept. */
  jump(ms: number): void;
  /** The delays of the timers that are set. */
  timers(): readonly number[];
}

/** Begins at the given instant. */
export function createFakeTime(start: number = Date.UTC(2026, 0, 1)): FakeTime {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    now: () => now,
    setTimer: (callback, delayMs) => {
      const timer = { at: now + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).toSorted((left, right) => left.at - right.at);
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
    jump: (ms) => {
      now += ms;
    },
    timers: () => [...timers].map(({ at }) => at - now),
  };
}
