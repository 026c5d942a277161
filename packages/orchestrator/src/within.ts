import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for the end of some work, or as long as given. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const ended = work.then(
    () => done.abort(),
    () => done.abort(),
  );
  await Promise.race([ended, sleep(ms, undefined, { signal: done.signal }).catch(() => undefined)]);
}
