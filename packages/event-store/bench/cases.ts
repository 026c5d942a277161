/** What is measured, and what it has to reach. Everything is flushed to the disk before it counts. */
import { startProjection } from '@holdfast/event-store';
import { bestInTurns, measureAppenders, median, type Speed } from './appenders.ts';
import { withEmmett } from './emmett.ts';
import { measureMillion } from './million.ts';
import { data, note, type } from './payload.ts';
import { measurePostgres } from './postgres.ts';
import { rawLog } from './raw-log.ts';
import { withRedis } from './redis.ts';
import { Missing, type Report } from './report.ts';
import { fill, tally, timed, withStore } from './store.ts';

const perSecond = 'events/s';
const append = 'append, 100 appenders';
const json = JSON.stringify(data);

type Skip = (reason: string) => void;

export const cases: Readonly<Record<string, (report: Report, skip: Skip, scale: number) => Promise<void>>> = {
  /** 100 appenders, each to a task of its own, beside the ceiling. */
  append: async (report, _skip, scale) => {
    const total = 60_000 * scale;
    const [raw, ours] = await bestInTurns(async () => rawLog(total, 100), async () => appends(total));
    report({ name: append, value: ours.perSecond, unit: perSecond, beside: { name: 'raw node:sqlite log, 100 a transaction', value: raw.perSecond }, goal: { ratio: 0.35 } });
    report({ name: `${append}, p50`, value: ours.p50Ms, unit: 'ms' });
    report({ name: `${append}, time of the processor for each`, value: ours.processorUs, unit: 'µs', beside: { name: 'that of the raw log', value: raw.processorUs } });
    const alone = await withStore(async (each) => measureAppenders(1, 4000 * scale, async () => each.append('task', [note])));
    report({ name: 'append, 1 appender', value: alone.perSecond, unit: perSecond, beside: { name: 'raw node:sqlite log, 1 a transaction', value: (await rawLog(4000 * scale, 1)).perSecond } });
  },

  /** The same beside Redis. */
  redis: async (report, skip, scale) => {
    const total = 60_000 * scale;
    await orMissing(skip, async () => {
      const [redis, ours] = await bestInTurns(
        async () => withRedis(async (appendTo) => measureAppenders(100, total, async (appender) => appendTo(`task-${appender}`, -1, type, json))),
        async () => appends(total),
      );
      report({ name: append, value: ours.perSecond, unit: perSecond, beside: { name: 'Redis Lua, appendfsync always', value: redis.perSecond }, goal: { ratio: 1 } });
    });
  },

  /** The same beside Emmett. */
  emmett: async (report, skip, scale) => {
    await orMissing(skip, async () => {
      const [inTurn, ours] = await bestInTurns(
        async () => withEmmett(async ({ store }) => measureAppenders(1, 1500 * scale, async () => store.appendToStream('task-0', [note]))),
        async () => appends(60_000 * scale),
      );
      report({ name: append, value: ours.perSecond, unit: perSecond, beside: { name: 'Emmett SQLite, one after the other', value: inTurn.perSecond }, goal: { ratio: 50 } });
      // Not of equal durability: calls that come at once join the transaction of the first and are acknowledged before its commit.
      const atOnce = await withEmmett(async ({ store }) => measureAppenders(100, 4000 * scale, async (appender) => store.appendToStream(`task-${appender}`, [note])));
      report({ name: append, value: ours.perSecond, unit: perSecond, beside: { name: 'Emmett SQLite, 100 at once, acknowledged before the commit', value: atOnce.perSecond } });
    });
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
      const redis = await withRedis(async (appendTo) =>
        measureAppenders(100, 2000 * scale, async () => {
          for (let version = 0; ; ) {
            const answer = await appendTo('hot', version, type, json);
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

  million: async (report, _skip, scale) => measureMillion(report, scale),

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

/** 100 appenders to a new store. */
async function appends(total: number): Promise<Speed> {
  return withStore(async (store) => measureAppenders(100, total, async (appender) => store.append(`task-${appender}`, [note])));
}

async function orMissing(skip: Skip, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    skip(error.message);
  }
}
