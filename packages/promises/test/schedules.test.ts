import { openPromises, type MissedPolicy, type Promises } from '@holdfast/promises/durable';
import { createFakeTime, type FakeTime } from '@holdfast/promises/testing';
import { expect, test } from 'vitest';
import { nextAfter, occurrencesDue } from '../src/durable/schedule.ts';
import { freshPath } from './folder.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1, 0, 30);

async function openAt(path: string, time: FakeTime): Promise<{ promises: Promises; began: string[]; put: (missed: MissedPolicy) => Promise<unknown> }> {
  const promises = await openPromises({ mode: 'local', path, durability: 'process', now: time.now, setTimer: time.setTimer });
  const began: string[] = [];
  const report = promises.define('report', async (context) => context.step('report', ({ id }) => began.push(id.replace(/^.*T(\d\d)_3a(\d\d).*$/u, '$1:$2'))));
  return { promises, began, put: async (missed) => promises.schedules.put('hourly', { cron: '0 * * * *', run: report, input: undefined, missed }) };
}

test.each([
  ['all', ['01:00', '02:00', '03:00', '04:00']],
  ['latest', ['04:00']],
  ['skip', []],
] as const)('with missed: "%s" a schedule that nobody was there for begins %o', async (missed, expected) => {
  const [path, time] = [await freshPath(), createFakeTime(start)];
  const first = await openAt(path, time);
  await first.put(missed);
  await first.promises.close();
  time.jump(4 * hour);

  const second = await openAt(path, time);
  await second.put(missed);
  // Minute by minute, as somebody who sits beside it.
  await expect.poll(() => (time.advance(60_000), second.began.at(-1)), { interval: 5, timeout: 20_000 }).toBe('05:00');

  expect(second.began.toSorted()).toEqual([...expected, '05:00']);
  await second.promises.close();
});

test('a schedule goes on in the next process without being put again, once its functions are defined', async () => {
  const [path, time] = [await freshPath(), createFakeTime(start)];
  const first = await openAt(path, time);
  await first.put('latest');
  await first.promises.close();

  const second = await openAt(path, time);
  expect(await second.promises.schedules.list()).toEqual([
    { id: 'hourly', cron: '0 * * * *', timeZone: 'UTC', missed: 'latest', function: { name: 'report', version: 1 }, next: '2026-01-01T01:00:00.000Z' },
  ]);
  await expect.poll(() => (time.advance(60_000), second.began.at(0)), { interval: 5, timeout: 20_000 }).toBe('01:00');

  await second.promises.close();
});

test.each([
  ['every minute', 'UTC'],
  ['0 3 * *', 'UTC'],
  ['0 3 * * *', 'Nowhere/City'],
  ['H H * * *', 'UTC'],
  ['0 3 * * THU,H', 'UTC'],
  ['0 H(0-5)/2 * * *', 'UTC'],
])('schedule "%s" in "%s" is refused', async (cron, timeZone) => {
  await using promises = await openPromises({ mode: 'memory' });
  const run = promises.define('run', async () => 1);

  await expect(promises.schedules.put('a', { cron, timeZone, run, input: undefined })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_INVALID_SCHEDULE' });
  expect(await promises.schedules.list()).toEqual([]);
});

test('the name of a day may have an H in it', () => {
  expect(nextAfter({ cron: '0 3 * * THU', timeZone: 'UTC' }, Date.UTC(2026, 0, 1, 12))).toBe(Date.UTC(2026, 0, 8, 3));
});

test('an hour that the clocks skip or repeat does not begin a run twice or too early', () => {
  const berlin = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
  const [spring, autumn] = [Date.UTC(2026, 2, 28, 12), Date.UTC(2026, 9, 24, 12)];

  const instants = [spring, autumn].map((from) => {
    const first = nextAfter(berlin, from);
    return [first, nextAfter(berlin, first)].map((instant) => new Date(instant).toISOString());
  });

  expect(instants.map(([first, second]) => Date.parse(second ?? '') - Date.parse(first ?? '') >= 22 * hour)).toEqual([true, true]);
});

test('a host in another time zone sees the same instants', () => {
  const previous = process.env['TZ'];
  const instants = ['UTC', 'Pacific/Auckland'].map((zone) => {
    process.env['TZ'] = zone;
    return nextAfter({ cron: '0 3 * * *', timeZone: 'UTC' }, start);
  });
  process.env['TZ'] = previous;

  expect(instants).toEqual([Date.UTC(2026, 0, 1, 3), Date.UTC(2026, 0, 1, 3)]);
});

test('however many were missed, they are begun in parts, and the last one is found at once', () => {
  const everySecond = { cron: '* * * * * *', timeZone: 'UTC' };

  const all = occurrencesDue(everySecond, 'all', start, start + hour);
  const latest = occurrencesDue(everySecond, 'latest', start, start + 1e11);

  expect(all.begin).toHaveLength(100);
  expect(all.next).toBe(start + 100_000);
  expect(latest).toEqual({ begin: [start + 1e11], next: start + 1e11 + 1000 });
});
