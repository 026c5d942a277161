/** What is measured, and what it has to reach. Everything is flushed to the disk before it counts. */
import { join } from 'node:path';
import type { EventStore, Projection } from '@holdfast/event-store';
import { startProjection } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { bestInTurns, measureAppenders, median } from './appenders.ts';
import { withEmmett } from './emmett.ts';
import { data, type } from './payload.ts';
import { measurePostgres } from './postgres.ts';
import { rawLog } from './raw-log.ts';
import { withRedis } from './redis.ts';
import { Missing, type Report } from './report.ts';
import { withFolder } from './scratch.ts';

const perSecond = 'events/s';
const json = JSON.stringify(data);
const note = { type, data };

type Skip = (reason: string) => void;

export const cases: Readonly<Record<string, (report: Report, skip: Skip, scale: number) => Promise<void>>> = {
  /** 100 appenders, each to a task of its own. */
  append: async (report, skip, scale) => {
    const name = 'append, 100 appenders';
    const total = 60_000 * scale;
    const store = async () => withStore(async (each) => measureAppenders(100, total, async (appender) => each.append(`task-${appender}`, [note])));
    const [raw, ours] = await bestInTurns(
      async () => ({ perSecond: await rawLog(total, 100), p50Ms: 0 }),
      store,
    );
    report({ name, value: ours.perSecond, unit: perSecond, beside: { name: 'raw node:sqlite log, 100 a transaction', value: raw.perSecond }, goal: { ratio: 0.35 } });
    report({ name: `${name}, p50`, value: ours.p50Ms, unit: 'ms' });
    await orMissing(skip, async () => {
      const [redis, again] = await bestInTurns(
        async () => withRedis(async (append) => measureAppenders(100, total, async (appender) => append(`task-${appender}`, -1, type, json))),
        store,
      );
      report({ name, value: again.perSecond, unit: perSecond, beside: { name: 'Redis Lua, appendfsync always', value: redis.perSecond }, goal: { ratio: 1 } });
    });
    await orMissing(skip, async () => {
      const inTurn = await withEmmett(async ({ store: emmett }) => measureAppenders(1, 1500 * scale, async () => emmett.appendToStream('task-0', [note])));
      report({ name, value: ours.perSecond, unit: perSecond, beside: { name: 'Emmett SQLite, one after the other', value: inTurn.perSecond }, goal: { ratio: 50 } });
      // Not of equal durability: calls that come at once join the transaction of the first and are acknowledged before its commit.
      const atOnce = await withEmmett(async ({ store: emmett }) => measureAppenders(100, 4000 * scale, async (appender) => emmett.appendToStream(`task-${appender}`, [note])));
      report({ name, value: ours.perSecond, unit: perSecond, beside: { name: 'Emmett SQLite, 100 at once, acknowledged before the commit', value: atOnce.perSecond } });
    });
    const alone = await withStore(async (each) => measureAppenders(1, 4000 * scale, async () => each.append('task', [note])));
    report({ name: 'append, 1 appender', value: alone.perSecond, unit: perSecond, beside: { name: 'raw node:sqlite log, 1 a transaction', value: await rawLog(4000 * scale, 1) } });
  },

  /** 100 writers that each decide on the state of one and the same task. */
  hot: async (report, skip, scale) => {
    const counting = { initial: () => 0, apply: (count: number) => count + 1 };
    const ours = await withStore(async (store) => measureAppenders(100, 40_000 * scale, async () => store.execute('hot', counting, () => [note])));
    const retried = await withStore(async (store) =>
      measureAppenders(100, 2000 * scale, async () => {
        for (let expectedVersion = 0; ; ) {
          const found = await store.append('hot', [note], { expectedVersion }).then(() => undefined, (error: { data: { actual: number } }) => error.data.actual);
          if (found === undefined) return;
          expectedVersion = found;
        }
      }),
    );
    report({ name: 'one hot stream, 100 writers decide', value: ours.perSecond, unit: perSecond, beside: { name: 'the same with expected versions and retries', value: retried.perSecond } });
    await orMissing(skip, async () => {
      const redis = await withRedis(async (append) =>
        measureAppenders(100, 2000 * scale, async () => {
          for (let version = 0; ; ) {
            const answer = await append('hot', version, type, json);
            if (answer > 0) return;
            version = -answer - 1;
          }
        }),
      );
      report({ name: 'one hot stream, 100 writers decide', value: ours.perSecond, unit: perSecond, beside: { name: 'Redis Lua with retries', value: redis.perSecond }, goal: { ratio: 10 } });
    });
  },

  /** A read model with a row for each of 100 tasks, from nothing, each page saved with its place. */
  rebuild: async (report, skip, scale) => {
    const total = 100_000 * scale;
    const ours = await withStore(async (store) => {
      await fill(store, total);
      return timed(total, async () => {
        const run = startProjection(store, tally);
        await run.caughtUp();
        await run.stop();
      });
    });
    await orMissing(skip, async () => {
      const few = 5000 * scale;
      const emmett = await withEmmett(async ({ store, command, sqlProjection }) => {
        for (let done = 0; done < few; done += 500) await store.appendToStream(`task-${(done / 500) % 100}`, Array.from({ length: 500 }, () => note));
        await command('CREATE TABLE tally (task TEXT PRIMARY KEY, count INTEGER NOT NULL, bytes INTEGER NOT NULL)');
        const projection = sqlProjection({
          canHandle: [type],
          evolve: (event: { metadata: { streamName: string }; data: { result: { bytes: number } } }) =>
            `INSERT INTO tally VALUES ('${event.metadata.streamName}', 1, ${event.data.result.bytes}) ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes`,
        });
        return timed(few, async () => {
          const consumer = store.consumer({ pulling: { batchSize: 1000, pullingFrequencyInMs: 1 } });
          consumer.processor({ processorId: 'tally', projection, startFrom: 'BEGINNING', stopAfter: (event: { metadata: { globalPosition: bigint } }) => Number(event.metadata.globalPosition) >= few });
          await consumer.start();
          await consumer.close();
        });
      });
      report({ name: 'projection rebuild', value: ours, unit: perSecond, beside: { name: 'Emmett SQLite, 1000 a page', value: emmett }, goal: { ratio: 40 } });
    });
  },

  /** A million events: reading all of them, one task among them, and a projection over them. */
  million: async (report, _skip, scale) => {
    const total = 1_000_000 * scale;
    await withStore(async (store) => {
      await fill(store, total, 10_000);
      await store.append('the-one', Array.from({ length: 20 }, () => note));
      const scan = async (): Promise<void> => {
        let count = 0;
        for await (const event of store.read()) if (event.sequenceNumber > 0) count += 1;
        if (count !== total + 20) throw new Error(`Cannot trust the scan: it gave ${count} events`);
      };
      await scan();
      const seconds = Math.min(await secondsOf(scan), await secondsOf(scan));
      const before = process.cpuUsage();
      await scan();
      const { user, system } = process.cpuUsage(before);
      report({ name: 'the same, time of the processor', value: (user + system) / 1_000_000, unit: 's' });
      report({ name: `scan of ${total.toLocaleString('en')} events, decoded, hot`, value: seconds, unit: 's', goal: { atMost: 2.5 } });
      const reads: number[] = [];
      for (let count = 0; count < 50; count += 1) reads.push(1000 * (await secondsOf(async () => drain(store.read({ taskId: 'the-one' })))));
      report({ name: `one task among ${total.toLocaleString('en')} events, p50`, value: median(reads), unit: 'ms', goal: { atMost: 5 } });

      const heaps: number[] = [];
      const run = startProjection(store, tally, { onProgress: ({ done }) => {
        if (done % 100_000 === 0) heaps.push(usedMegabytes());
      } });
      const rebuild = await timed(total, async () => run.caughtUp());
      await run.stop();
      report({ name: `projection over ${total.toLocaleString('en')} events`, value: rebuild, unit: perSecond });
      report({ name: 'heap after the last against the first 100,000 of them', value: (heaps.at(-1) ?? Number.NaN) - (heaps[0] ?? 0), unit: 'MB', goal: { atMost: 16 } });
    }, 'process');
  },

  /** From the call of an append to the event in the hands of a subscriber. */
  latency: async (report, _skip, scale) => {
    await withStore(async (store) => {
      const started: number[] = [];
      const tookMs: number[] = [];
      const total = 2000 * scale;
      const following = (async () => {
        for await (const event of store.subscribe({ limit: total })) tookMs.push(performance.now() - (started[event.sequenceNumber - 1] ?? Number.NaN));
      })();
      for (let index = 0; index < total; index += 1) {
        started.push(performance.now());
        await store.append('task', [note]);
      }
      await following;
      report({ name: 'append to handler in the same process, p50', value: median(tookMs), unit: 'ms', goal: { atMost: 1 } });
    });
  },

  postgres: async (report, skip, scale) => {
    await orMissing(skip, async () => measurePostgres(report, scale));
  },
};

const tally: Projection<{ readonly count: number; readonly bytes: number }> = {
  name: 'tally',
  types: [type],
  initial: () => ({ count: 0, bytes: 0 }),
  apply: (state, event) => ({ count: state.count + 1, bytes: state.bytes + Number(event.data['attempt']) }),
};

async function withStore<Result>(run: (store: EventStore) => Promise<Result>, durability: 'power' | 'process' = 'power'): Promise<Result> {
  return withFolder(async (folder) => {
    await using store = await openSqliteEventStore({ path: join(folder, 'events.db'), durability });
    return await run(store);
  });
}

async function fill(store: EventStore, total: number, tasks = 100): Promise<void> {
  const together = 1000;
  for (let done = 0; done < total; done += together) {
    await store.appendMany(Array.from({ length: together }, (_, index) => ({ taskId: `task-${(done + index) % tasks}`, events: [note] })));
  }
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function timed(amount: number, work: () => Promise<unknown>): Promise<number> {
  return amount / (await secondsOf(work));
}

function usedMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

async function orMissing(skip: Skip, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    skip(error.message);
  }
}
