import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { EventQuery, EventReader } from '@holdfast/event-store';
import { verifyEvents } from '@holdfast/event-store';
import { openSqliteEventReader, openSqliteEventStore, type SqliteEventStore } from '@holdfast/event-store/sqlite';
import { expect, test } from 'vitest';
import { collect, events, note, records, upTo } from './collect.ts';
import { freshPath } from './fresh-path.ts';

const start = Date.parse('2026-03-01T00:00:00.000Z');

/** Some eight thousand events of eleven tasks, one each second; the indexes cover the first 4096. */
async function filled(path: string): Promise<SqliteEventStore> {
  let now = start - 1000;
  const store = await openSqliteEventStore({ path, durability: 'process', now: () => (now += 1000) });
  for (let batch = 0; batch < 8; batch += 1) {
    await Promise.all(
      upTo(1000).map(async (index) => store.append(`task-${index % 11}`, [{ ...note(index), correlationId: `request ${index % 50}`, vectorClock: { p1: index } }])),
    );
  }
  return store;
}

const queries: readonly EventQuery[] = [
  {},
  { taskId: 'task-3' },
  { taskId: 'task-3', afterVersion: 100, untilVersion: 400 },
  { taskId: 'task-10', afterSequence: 2000, untilSequence: 3100 },
  { afterSequence: 1020, limit: 10 },
  { afterSequence: 2047, untilSequence: 2049 },
  { correlationId: 'request 7' },
  { types: ['OTHER'] },
  { since: '2026-03-01T00:20:00.000Z', until: '2026-03-01T00:21:00.000Z' },
  { taskId: 'task-0', until: '2026-03-01T00:16:40.000Z' },
  { taskId: 'nobody' },
];

async function answers(reader: EventReader): Promise<unknown> {
  return {
    reads: await Promise.all(queries.map(async (query) => collect(reader.read(query)))),
    records: await records(reader),
    streams: await reader.streams(),
    head: await reader.head(),
  };
}

test('EV-37 sealed events are read as before, by whatever query, also by readers and after opening again', async () => {
  const path = freshPath();
  const store = await filled(path);
  const reader = await openSqliteEventReader({ path });
  const before = await answers(store);

  expect(await store.seal()).toBe(7168);

  expect(await answers(store)).toEqual(before);
  expect(await answers(reader)).toEqual(before);
  await store.close();
  const again = await openSqliteEventStore({ path });
  expect(await answers(again)).toEqual(before);
  expect(await verifyEvents(again)).toMatchObject({ isIntact: true, events: 8000 });
  const sum = { initial: () => 0, apply: (count: number) => count + 1 };
  expect(await again.execute('task-3', sum, (count) => [note(count)])).toMatchObject([{ sequenceNumber: 8001, data: { index: 728 } }]);
  const [first] = await collect(again.read({ limit: 1 }));
  expect(await again.append('task-1', [{ type: 'NOTE_TAKEN', data: { index: 1 }, eventId: first?.eventId ?? '' }])).toEqual([first]);
  await again.close();
  await reader.close();
});

test('sealing stops where it is told, goes on another time, tells how far it is, and leaves the last event', async () => {
  const store = await filled(freshPath());
  const progress: unknown[] = [];

  expect(await store.seal({ untilSequence: 2500, segmentEvents: 1000, onProgress: (each) => progress.push(each) })).toBe(2000);
  expect(await store.seal({ untilSequence: 2500, segmentEvents: 1000 })).toBe(0);
  expect(await store.seal({ signal: AbortSignal.abort() })).toBe(0);
  expect(await store.seal({ segmentEvents: 100 })).toBeGreaterThan(5000);

  expect(progress).toEqual([
    { done: 1000, total: 2500 },
    { done: 2000, total: 2500 },
  ]);
  expect((await events(store)).map((event) => event.sequenceNumber)).toEqual(upTo(8000));
  await store.close();
});

test('an event that is not what was appended is not sealed, and stays where it is', async () => {
  const path = freshPath();
  await (await filled(path)).close();
  const intruder = new DatabaseSync(path);
  intruder.exec(`DROP TRIGGER events_stay_as_they_are; UPDATE events SET data = '{"index":"x"}' WHERE position = 1500`);
  intruder.close();
  const store = await openSqliteEventStore({ path });

  await expect(store.seal()).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_CHAIN_BROKEN', data: { sequenceNumber: 1500 } });

  expect((await events(store))[1499]?.data).toEqual({ index: 'x' });
  expect(await store.append('a', [note(0)])).toMatchObject([{ sequenceNumber: 8001 }]);
  await store.close();
});

test('a flipped bit in a segment is found by reading and by verifying', async () => {
  const path = freshPath();
  const store = await filled(path);
  await store.seal();
  await store.close();
  const intruder = new DatabaseSync(path);
  intruder.exec('DROP TRIGGER segments_stay_as_they_are');
  const row = intruder.prepare('SELECT body FROM segments WHERE last = 2048').get();
  const body = Buffer.from(row?.['body'] as Uint8Array);
  body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 4;
  intruder.prepare('UPDATE segments SET body = ? WHERE last = 2048').run(body);
  intruder.close();

  const damaged = await openSqliteEventStore({ path });
  await expect(events(damaged)).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_CORRUPT', message: expect.stringContaining('1025') as string });
  expect(await verifyEvents(damaged)).toMatchObject({ isIntact: false, events: 1024, problem: { sequenceNumber: 1025 } });
  expect(await collect(damaged.read({ afterSequence: 2048 }))).toHaveLength(8000 - 2048);
  await damaged.close();
});

test('sealed events take a fraction of the room', async () => {
  const path = freshPath();
  const store = await filled(path);
  const before = pagesInUse(path);

  await store.seal();

  expect(pagesInUse(path)).toBeLessThan(before * 0.6);
  await store.close();
  expect(statSync(path).size).toBeGreaterThan(0);
});

function pagesInUse(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const pragma = (name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  const pages = pragma('page_count') - pragma('freelist_count');
  database.close();
  return pages;
}
