import { systemClock, type QueueClock } from './queue/clock.ts';

/** Waits for the end of some work, or as long as given. */
export async function within(ms: number, work: Promise<unknown>, clock: QueueClock = systemClock): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const stopTimer = clock.setTimer(resolve, ms);
  const end = (): void => resolve();
  work.then(end, end);
  await over;
  stopTimer();
}
