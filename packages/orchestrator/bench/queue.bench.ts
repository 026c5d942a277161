/**
 * What the queue costs beside p-queue in the same run: 100,000 tasks that do nothing, five at a time, and from the
 * submission of one task to its start. Each number is the best of several rounds that take turns.
 *
 *     npm run bench -w packages/orchestrator
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TaskPriority } from '@holdfast/protocol';
import { TaskQueue, type QueueTask } from '@holdfast/orchestrator';

interface Peer {
  add<Result>(work: () => Promise<Result>, options?: { priority: number }): Promise<Result>;
}

const peers = createRequire(join(import.meta.dirname, 'peers/package.json'));
const { default: PQueue } = (await import(pathToFileURL(peers.resolve('p-queue')).href)) as { default: new (options: { concurrency: number }) => Peer };

const tasks = 100_000;
const rounds = 5;
const levels = Object.values(TaskPriority);
const work = async (): Promise<void> => undefined;

console.log(`${tasks.toLocaleString('en')} tasks that do nothing, five at a time, best of ${rounds} rounds`);
await compare('one priority', 'ms', async () => throughput(() => undefined), async () => peerThroughput(() => undefined));
await compare('five priorities', 'ms', async () => throughput(mixed), async () => peerThroughput(mixed));
await compare('one priority, no bound', 'ms', async () => throughput(() => undefined, Number.POSITIVE_INFINITY), async () => peerThroughput(() => undefined));
await compare('submission to start, one at a time', 'µs', async () => submitToStart(), async () => peerSubmitToStart());
await reportStatistics();

function mixed(index: number): number | undefined {
  return levels[index % levels.length];
}

async function throughput(priority: (index: number) => number | undefined, capacity = 100): Promise<number> {
  const queue = new TaskQueue({ capacity });
  const took = await timed(async () => {
    const results: Promise<unknown>[] = [];
    for (let index = 0; index < tasks; index += 1) {
      const level = priority(index);
      const task = { id: String(index), run: work, ...(level !== undefined && { priority: level }) };
      results.push(queue.run(task as QueueTask<void>));
    }
    await Promise.all(results);
  });
  await queue.shutdown();
  return took;
}

async function peerThroughput(priority: (index: number) => number | undefined): Promise<number> {
  const queue = new PQueue({ concurrency: 5 });
  return timed(async () => {
    const results: Promise<unknown>[] = [];
    for (let index = 0; index < tasks; index += 1) {
      const level = priority(index);
      results.push(queue.add(work, level === undefined ? undefined : { priority: -level }));
    }
    await Promise.all(results);
  });
}

async function submitToStart(): Promise<number> {
  const queue = new TaskQueue();
  const samples: number[] = [];
  for (let index = 0; index < 20_000; index += 1) {
    const began = performance.now();
    await queue.run({ id: 'one', run: () => void samples.push(performance.now() - began) });
  }
  await queue.shutdown();
  return median(samples) * 1000;
}

async function peerSubmitToStart(): Promise<number> {
  const queue = new PQueue({ concurrency: 5 });
  const samples: number[] = [];
  for (let index = 0; index < 20_000; index += 1) {
    const began = performance.now();
    await queue.add(async () => void samples.push(performance.now() - began));
  }
  return median(samples) * 1000;
}

/** The statistics of a nearly empty queue and of a huge one. */
async function reportStatistics(): Promise<void> {
  await statisticsCost(10);
  const [few, many] = [await statisticsCost(10), await statisticsCost(100_000)];
  console.log(`statistics: ${few.toFixed(0)} ns with 10 tasks, ${many.toFixed(0)} ns with 100,000, ratio ${(many / few).toFixed(2)}`);
}

async function statisticsCost(queued: number): Promise<number> {
  const queue = new TaskQueue({ capacity: Number.POSITIVE_INFINITY });
  queue.pause();
  await Promise.all(Array.from({ length: queued }, async (_, index) => queue.submit({ id: String(index), run: work })));
  const reads = 100_000;
  const took = await timed(async () => {
    for (let index = 0; index < reads; index += 1) queue.stats();
  });
  await queue.shutdown();
  return (took / reads) * 1e6;
}

async function compare(name: string, unit: string, ours: () => Promise<number>, theirs: () => Promise<number>): Promise<void> {
  const [our, their]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    our.push(await ours());
    their.push(await theirs());
  }
  const [best, peer] = [Math.min(...our), Math.min(...their)];
  console.log(`${name}: ${best.toFixed(1)} ${unit}, p-queue ${peer.toFixed(1)} ${unit}, ${(peer / best).toFixed(2)} times as fast`);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

function median(samples: readonly number[]): number {
  return samples.toSorted((left, right) => left - right)[Math.floor(samples.length / 2)] ?? 0;
}
