import { longestWaitMs } from '../config/executor-config.ts';

/** Time, as sessions use it. Tests bring one of their own. */
export interface Clock {
  /** Milliseconds from any fixed start; never goes back. */
  now(): number;
  /** Calls once after a delay, unless the returned function is called first. Keeps no process alive. */
  schedule(callback: () => void, delayMs: number): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (callback, delayMs) => {
    const timer = setTimeout(callback, Math.min(delayMs, longestWaitMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
