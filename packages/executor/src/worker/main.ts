/**
 * The entry of a worker process, for both of its threads. The control thread takes longer to start than the main thread
 * to get ready, so it is started before anything else is loaded.
 *
 * @module
 */
import { flushCompileCache } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const { launchControlThread } = await import('./launch-control-thread.ts');
  const shared = launchControlThread(import.meta.url);
  const { startMainThread } = await import('./main-thread.ts');
  startMainThread(shared);
  flushCompileCache(); // Node would do it at an exit, and workers are ended by signals
} else {
  const { startControlThread } = await import('./control-thread.ts');
  await startControlThread();
}
