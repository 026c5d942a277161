// What durability costs, beside the SDK's own local mode and a bare SQLite transaction in the same run.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createMemoryPromiseStore, type PromiseStore } from '@holdfast/promises';
import { openPromises, servePromises, type Promises } from '@holdfast/promises/durable';
import { Resonate } from '@resonatehq/sdk/async';
import { findPostgres, installPostgres, startPostgres } from '../test/postgres-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
let files = 0;
const freshPath = (): string => join(folder, `${(files += 1)}.db`);
let failed = false;

function report(what: string, value: number, unit: string, bar?: { readonly atMost?: number; readonly atLeast?: number }): void {
  const isMet = value <= (bar?.atMost ?? Number.POSITIVE_INFINITY) && value >= (bar?.atLeast ?? Number.NEGATIVE_INFINITY);
  failed ||= !isMet;
  const limit = bar?.atMost === undefined ? (bar?.atLeast === undefined ? '' : `at least ${bar.atLeast}`) : `at most ${bar.atMost}`;
  console.log(`${what.padEnd(56)} ${value.toFixed(value < 10 ? 3 : 0).padStart(9)} ${unit.padEnd(8)} ${limit && `${isMet ? 'ok    ' : 'MISSED'} ${limit}`}`);
}

/** The median and the 99th percentile of the durations, in milliseconds. */
async function measure(count: number, work: (index: number) => Promise<unknown>): Promise<{ p50: number; p99: number }> {
  for (let index = 0; index < count / 10; index += 1) await work(-index - 1);
  const durations: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await work(index);
    durations.push(performance.now() - start);
  }
  durations.sort((left, right) => left - right);
  return { p50: durations[Math.floor(count / 2)] ?? 0, p99: durations[Math.floor(count * 0.99)] ?? 0 };
}

async function roundTrip(store: PromiseStore, count: number): Promise<{ p50: number; p99: number }> {
  return measure(count, async (index) => {
    const id = `round-${index}`;
    await store.create({ id, kind: 'bench', data: null });
    const answer = store.wait(id);
    await store.resolve(id, index);
    await answer;
  });
}

/** The time of one step, from within a run of many. */
async function steps(promises: Promises, count: number): Promise<{ p50: number; p99: number }> {
  const measured = promises.define('steps', async (context) => {
    const durations: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const start = performance.now();
      await context.step('step', () => index);
      durations.push(performance.now() - start);
    }
    durations.sort((left, right) => left - right);
    return { p50: durations[Math.floor(count / 2)] ?? 0, p99: durations[Math.floor(count * 0.99)] ?? 0 };
  });
  await (await promises.start(measured, 'warm-up', undefined)).result();
  return (await promises.start(measured, 'steps', undefined)).result();
}

async function runs(promises: Promises, count: number): Promise<{ p50: number; p99: number }> {
  const one = promises.define('one', async (context, input: number) => context.step('step', () => input));
  return measure(count, async (index) => (await promises.start(one, `run-${index}`, index)).result());
}

/** Steps a second, the best of three after one to warm up. */
async function manyAtOnce(promises: Promises, name: string): Promise<number> {
  const many = promises.define('many', async (context) => {
    for (let index = 0; index < 20; index += 1) await context.step('step', () => index);
  });
  const rates: number[] = [];
  for (let batch = 0; batch < 4; batch += 1) {
    const start = performance.now();
    await Promise.all(Array.from({ length: 200 }, async (_, index) => (await promises.start(many, `${name}-${batch}-${index}`, undefined)).result()));
    rates.push((200 * 20) / ((performance.now() - start) / 1000));
  }
  return Math.max(...rates.slice(1));
}

function rawTransaction(synchronous: string): number {
  const database = new DatabaseSync(freshPath());
  database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT)`);
  const insert = database.prepare('INSERT INTO t VALUES (?, ?)');
  const durations: number[] = [];
  for (let index = 0; index < 2000; index += 1) {
    const start = performance.now();
    database.exec('BEGIN');
    insert.run(String(index), 'value');
    database.exec('COMMIT');
    durations.push(performance.now() - start);
  }
  database.close();
  return durations.toSorted((left, right) => left - right)[1000] ?? 0;
}

console.log('One promise, created, resolved and awaited');
report('memory store, p50', (await roundTrip(createMemoryPromiseStore(), 5000)).p50, 'ms', { atMost: 0.1 });
{
  await using promises = await openPromises({ mode: 'memory' });
  report('durable functions in memory, p50', (await roundTrip(promises.external, 2000)).p50, 'ms', { atMost: 1 });
}

for (const [durability, synchronous, stepBar, runBar] of [
  ['process', 'NORMAL', 0.1, 0.4],
  ['power', 'FULL', 1, 2],
] as const) {
  console.log(`\nDurability "${durability}"`);
  const raw = rawTransaction(synchronous);
  report('bare SQLite transaction of one row, p50', raw, 'ms');
  await using promises = await openPromises({ mode: 'local', path: freshPath(), durability });
  const step = await steps(promises, 2000);
  report('step, p50', step.p50, 'ms', { atMost: stepBar });
  report('step, p99', step.p99, 'ms');
  report('step, in bare transactions', step.p50 / raw, 'times');
  const run = await runs(promises, 2000);
  report('run of one step, from start to result, p50', run.p50, 'ms', { atMost: runBar });
  report('run of one step, p99', run.p99, 'ms');
  report('promise created, resolved and awaited, p50', (await roundTrip(promises.external, 500)).p50, 'ms', durability === 'process' ? { atMost: 1 } : {});
}

console.log("\nThe SDK's own local mode, which keeps nothing");
{
  const resonate = new Resonate({ logLevel: 'error' });
  const one = resonate.register('one', async (context, input: number) => context.run(async () => input));
  report('run of one step, p50', (await measure(300, async (index) => (await one.run(`peer-${index}`, index)).result())).p50, 'ms');
  await resonate.stop();
}

console.log('\nAt a server on this machine');
{
  await using server = await servePromises({ path: freshPath(), durability: 'process' });
  await using promises = await openPromises({ mode: 'remote', url: server.url });
  report('promise created, resolved and awaited, p50', (await roundTrip(promises.external, 300)).p50, 'ms', { atMost: 10 });
  report('step, p50', (await steps(promises, 200)).p50, 'ms');
  report('run of one step, p50', (await runs(promises, 200)).p50, 'ms', { atMost: 10 });
}

console.log('\nIn PostgreSQL on this machine, which flushes each commit');
if (findPostgres() === undefined) console.log(`Left out; install it with: ${installPostgres}`);
else {
  const database = await startPostgres({ isFlushed: true });
  {
    await using promises = await openPromises({ mode: 'remote', url: database.url, concurrency: 200 });
    report('promise created, resolved and awaited, p50', (await roundTrip(promises.external, 200)).p50, 'ms', { atMost: 10 });
    report('step, p50', (await steps(promises, 200)).p50, 'ms');
    report('run of one step, p50', (await runs(promises, 100)).p50, 'ms');
    report('200 runs of 20 steps at once', await manyAtOnce(promises, 'postgres'), 'steps/s');
  }
  await database.stop();
}

console.log('\nMany at once');
{
  await using promises = await openPromises({ mode: 'local', path: freshPath(), durability: 'process' });
  report('200 runs of 20 steps at once', await manyAtOnce(promises, 'file'), 'steps/s', { atLeast: 8000 });
}
{
  await using promises = await openPromises({ mode: 'local', path: freshPath(), durability: 'process', keepFinishedMs: 0 });
  const one = promises.define('one', async (context, input: number) => context.step('step', () => input));
  const go = async (name: string, count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) await (await promises.start(one, `${name}-${index}`, index)).result();
  };
  await go('warm-up', 2000);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await go('measured', 10_000);
  globalThis.gc?.();
  report('heap that 10 000 finished runs leave', (process.memoryUsage().heapUsed - before) / 1_048_576, 'MB', { atMost: 2 });
}
{
  const path = freshPath();
  const promises = await openPromises({ mode: 'local', path, durability: 'process' });
  for (let index = 0; index < 100; index += 1) {
    await Promise.all(Array.from({ length: 1000 }, (_, each) => promises.external.create({ id: `open-${index}-${each}`, kind: 'bench', data: each })));
  }
  await promises.close();
  const start = performance.now();
  const again = await openPromises({ mode: 'local', path, durability: 'process' });
  report('opening a file with 100 000 open promises', performance.now() - start, 'ms', { atMost: 50 });
  await again.close();
}
process.exitCode = failed ? 1 : 0;
