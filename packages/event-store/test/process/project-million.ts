// Streams a whole store through a projection and prints what that took, as one line of JSON.
import { startProjection, taskProjection } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';

const [path = ''] = process.argv.slice(2);
const store = await openSqliteEventStore({ path, durability: 'process' });
const heap: number[] = [];
const start = performance.now();
const run = startProjection(store, taskProjection, {
  pageEvents: 20_000,
  onProgress: ({ done }) => {
    if (done % 100_000 !== 0) return;
    globalThis.gc?.();
    heap.push(process.memoryUsage().heapUsed);
  },
});
await run.caughtUp();
const { applied } = await run.stats();
const elapsedMs = Math.round(performance.now() - start);
const state = await run.find('task-7');
await run.stop();
await store.close();
console.log(JSON.stringify({ applied, heap, elapsedMs, streamVersion: state?.streamVersion }));
