/**
 * Opens and closes many sessions, runs many cells in one, and prints what is left behind: processes, descriptors,
 * memory. Bounded to five minutes, so it is the built package that runs. V8 keeps a little of every cell, and more of
 * those that declare a name, so what it keeps by itself of the same cells is measured beside.
 *
 *     npm run soak -w packages/executor [-- --sessions 1000 --cells 100000]
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSession } from '@holdfast/executor';
import { soakCell } from './soak-cell.ts';

const { values } = parseArgs({ options: { sessions: { type: 'string', default: '1000' }, cells: { type: 'string', default: '100000' } } });
const deadline = performance.now() + 5 * 60_000;
const megabyte = 1 << 20;

console.log('before     ', standing());
let opened = 0;
while (opened < Number(values.sessions) && performance.now() < deadline - 90_000) {
  const batch = await Promise.all(Array.from({ length: 2 }, async () => createSession({ language: 'javascript' })));
  await Promise.all(batch.map(async (session) => session.execute('const kept = 1')));
  await Promise.all(batch.map(async (session) => session.close()));
  opened += batch.length;
  if (opened % 100 === 0) console.log(`${String(opened).padStart(6)} sessions`, standing());
}

await using session = await createSession({ language: 'javascript' });
const workerBefore = workerMemory(session.pid);
let ran = 0;
const began = performance.now();
while (ran < Number(values.cells) && performance.now() < deadline - 10_000) {
  await session.execute(soakCell(ran));
  ran += 1;
  if (ran % 20_000 === 0) console.log(`${String(ran).padStart(6)} cells`, standing(), `worker ${workerMemory(session.pid).toFixed(0)} MB`);
}
const perCellMs = (performance.now() - began) / Math.max(1, ran);
console.log(`\n${opened} sessions, ${ran} cells at ${perCellMs.toFixed(3)} ms`);
console.log('worker     ', growth({ before: workerBefore, after: workerMemory(session.pid) }));
console.log('bare V8    ', growth(bareMemory()));
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

interface Memory {
  readonly before: number;
  readonly after: number;
}

function growth({ before, after }: Memory): string {
  return `${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after: ${((1024 * (after - before)) / Math.max(1, ran)).toFixed(2)} KB a cell`;
}

/** The same cells by V8's inspector alone. */
function bareMemory(): Memory {
  const script = fileURLToPath(new URL('bare-v8.ts', import.meta.url));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the script is this package's own
  return JSON.parse(execFileSync(process.execPath, [script, String(ran)], { encoding: 'utf8' })) as Memory;
}
