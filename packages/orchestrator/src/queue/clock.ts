import { startTimer } from '../start-timer.ts';

/** Where the queue gets its time from. */
export interface QueueClock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Calls back once after the delay, and returns what prevents it. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
}

export const systemClock: QueueClock = {
  now: Date.now,
  setTimer: startTimer,
};
