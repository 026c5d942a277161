/**
 * Opens and closes many sessions, runs many cells in one, and prints what is left behind: processes, descriptors,
 * memory. Bounded to five minutes.
 *
 *     npm run soak -w packages/executor [-- --sessions 1000 --cells 100000]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createSession } from '@holdfast/executor';

const { values } = parseArgs({ options: { sessions: { type: 'string', default: '1000' }, cells: { type: 'string', default: '100000' } } });
const deadline = performance.now() + 5 * 60_000;
const megabyte = 1 << 20;

console.log('before     ', standing());
let opened = 0;
while (opened < Number(values.sessions) && performance.now() < deadline - 120_000) {
  const batch = await Promise.all([createSession(), createSession()]);
  await Promise.all(batch.map(async (session) => session.execute('const kept = 1')));
  await Promise.all(batch.map(async (session) => session.close()));
  opened += batch.length;
  if (opened % 100 === 0) console.log(`${String(opened).padStart(6)} sessions`, standing());
}

await using session = await createSession();
const workerBefore = workerMemory(session.pid);
let ran = 0;
const began = performance.now();
while (ran < Number(values.cells) && performance.now() < deadline) {
  await session.execute(`const name${ran % 100} = { index: ${ran} }; name${ran % 100}.index`);
  ran += 1;
  if (ran % 20_000 === 0) console.log(`${String(ran).padStart(6)} cells`, standing(), `worker ${workerMemory(session.pid).toFixed(0)} MB`);
}
const perCellMs = (performance.now() - began) / Math.max(1, ran);
console.log(`\n${opened} sessions, ${ran} cells at ${perCellMs.toFixed(3)} ms; worker ${workerBefore.toFixed(0)} MB before, ${workerMemory(session.pid).toFixed(0)} MB after`);
console.log('after      ', standing());

/** What this process holds: descriptors, children, memory after a collection where there is one. */
function standing(): string {
  globalThis.gc?.();
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).length;
  return `${readdirSync('/proc/self/fd').length} descriptors, ${children} children, ${(process.memoryUsage().heapUsed / megabyte).toFixed(1)} MB heap, ${(process.memoryUsage.rss() / megabyte).toFixed(0)} MB resident`;
}

function workerMemory(pid: number | undefined): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4096) / megabyte;
}
