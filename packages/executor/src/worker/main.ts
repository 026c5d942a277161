/**
 * The entry of a worker process, for both of its threads.
 *
 * @module
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const { startMainThread } = await import('./main-thread.ts');
  startMainThread(import.meta.url);
} else {
  const { startControlThread } = await import('./control-thread.ts');
  await startControlThread();
}
