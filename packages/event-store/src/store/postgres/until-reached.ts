import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionLost } from './failure.ts';

const firstPauseMs = 20;
const longestPauseMs = 500;

/** Does the work again, after growing pauses, while it fails because the connection is lost; for so long at most, or until all is over. */
export async function untilReached<Result>(forMs: number, isOver: () => boolean, work: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + forMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLost(error) || isOver() || performance.now() > deadline) throw error;
      await delay(pauseMs);
    }
  }
}
