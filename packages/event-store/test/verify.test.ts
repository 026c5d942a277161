import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { createMemoryEventStore, verifyEvents, type EventReader, type EventStore } from '@holdfast/event-store';
import { openSqliteEventReader, openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { expect, test } from 'vitest';
import { collect, note, upTo } from './collect.ts';
import { freshPath } from './fresh-path.ts';

const secret = 'a-word-that-stands-nowhere-else';

async function fill(store: EventStore): Promise<void> {
  for (const index of upTo(20)) await store.append(index % 2 === 0 ? 'a' : 'b', [{ ...note(index), data: { index, text: index === 13 ? secret : 'ordinary' } }]);
}

async function damaged(sql: string): Promise<EventReader> {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  await fill(store);
  await store.close();
  const intruder = new DatabaseSync(path);
  intruder.exec(`DROP TRIGGER events_stay_as_they_are; ${sql}`);
  intruder.close();
  return openSqliteEventReader({ path });
}

test('a history that nobody touched is intact, and ends in the same hash in every store', async () => {
  const memory = createMemoryEventStore({ now: () => 0, newId: idFactory() });
  const sqlite = await openSqliteEventStore({ path: freshPath(), now: () => 0, newId: idFactory() });
  await fill(memory);
  await fill(sqlite);
  const progress: unknown[] = [];

  const found = await verifyEvents(sqlite, { onProgress: (each) => progress.push(each) });

  expect(found).toMatchObject({ isIntact: true, events: 20, last: { sequenceNumber: 20 } });
  expect(await verifyEvents(memory)).toEqual(found);
  expect(await verifyEvents(sqlite, { afterSequence: 7, untilSequence: 15 })).toMatchObject({ isIntact: true, events: 8, last: { sequenceNumber: 15 } });
  expect(await verifyEvents(createMemoryEventStore())).toMatchObject({ isIntact: true, events: 0 });
  expect(progress).toEqual([{ done: 20, total: 20 }]);
  await sqlite.close();
});

test.each([
  ['data', `UPDATE events SET data = replace(data, 'ordinary', 'Ordinary') WHERE position = 13; UPDATE events SET data = replace(data, '${secret}', 'x') WHERE position = 13`, 13],
  ['a type', "UPDATE events SET type = 'OTHER' WHERE position = 4", 4],
  ['a task', 'UPDATE events SET stream_id = 1 WHERE position = 4', 4],
  ['a version', 'UPDATE events SET version = 99 WHERE position = 4', 4],
  ['an id', "UPDATE events SET event_id = '0198a1b2-0000-7000-8000-000000000000' WHERE position = 20", 20],
  ['a time', 'UPDATE events SET timestamp = timestamp + 1 WHERE position = 9', 9],
  ['a clock', `UPDATE events SET vector_clock = '{"p1":1}' WHERE position = 9`, 9],
  ['a code version', 'UPDATE events SET code_version = 1 WHERE position = 9', 9],
  ['a code hash', "UPDATE events SET code_hash = 'ab' WHERE position = 9", 9],
  ['a cause', "UPDATE events SET causation_id = '0198a1b2-0000-7000-8000-000000000000' WHERE position = 9", 9],
  ['a correlation', "UPDATE events SET correlation_id = 'x' WHERE position = 9", 9],
  ['a schema version', 'UPDATE events SET schema_version = 2 WHERE position = 9', 9],
  ['a hash', 'UPDATE events SET hash = zeroblob(32) WHERE position = 9', 9],
  ['an event that is gone', 'DELETE FROM events WHERE position = 9', 9],
  ['the first event', 'DELETE FROM events WHERE position = 1', 1],
  ['JSON that is none', "UPDATE events SET data = '{' WHERE position = 9", 9],
])('%s that was changed is found at its event', async (_what, sql, sequenceNumber) => {
  const reader = await damaged(sql);

  expect(await verifyEvents(reader)).toMatchObject({ isIntact: false, events: sequenceNumber - 1, problem: { sequenceNumber } });
  await reader.close();
});

test('EV-38 one flipped bit in the data of the file is found, though the database calls itself whole', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  await fill(store);
  await store.close();
  const bytes = readFileSync(path);
  const place = bytes.indexOf(secret);
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  writeFileSync(path, bytes);

  const database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
  const reader = await openSqliteEventReader({ path });
  expect(await verifyEvents(reader)).toMatchObject({ isIntact: false, problem: { sequenceNumber: 13, message: expect.stringContaining('hash') as string } });
  await reader.close();
});

test.each(['UPDATE stream_runs SET position = position + 1 WHERE version = 257', 'DELETE FROM stream_runs WHERE version > 2000'])(
  'EV-45 a task that a damaged index no longer gives as it was is found, by whoever reads it too: %s',
  async (damage) => {
    const path = freshPath();
    const store = await openSqliteEventStore({ path });
    await store.appendMany(Array.from({ length: 4200 }, (_, index) => ({ taskId: index % 2 === 0 ? 'a' : 'b', events: [note(index)] })));
    await store.seal({ untilSequence: 1 }); // too few to seal, but now they are indexed
    await store.close();
    const intruder = new DatabaseSync(path);
    intruder.exec(damage);
    intruder.close();

    const reader = await openSqliteEventReader({ path });
    expect(await verifyEvents(reader)).toMatchObject({ isIntact: false, events: 4200, problem: { message: expect.stringContaining('task "a"') as string } });
    await reader.close();
  },
);

const corrupt = (data: object) => expect.objectContaining({ code: 'HOLDFAST_EVENT_STORE_CORRUPT', data: expect.objectContaining(data) }) as Error;

test('a damaged index and an event that is gone are noticed where they are read, and hide nothing', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  await store.appendMany(Array.from({ length: 4200 }, (_, index) => ({ taskId: index % 2 === 0 ? 'a' : 'b', events: [note(index)] })));
  await store.seal({ untilSequence: 1 });
  await store.close();
  const intruder = new DatabaseSync(path);
  intruder.exec('UPDATE stream_runs SET position = position + 1 WHERE stream_id = 1 AND version = 257; DELETE FROM events WHERE position = 1000');
  intruder.close();

  const reader = await openSqliteEventReader({ path });
  await expect(collect(reader.read({ taskId: 'a' }))).rejects.toThrow(corrupt({ taskId: 'a', version: 257 }));
  await expect(collect(reader.read({ taskId: 'b', afterVersion: 300 }))).rejects.toThrow(corrupt({ taskId: 'b', version: 500 }));
  await expect(collect(reader.read())).rejects.toThrow(corrupt({ position: '1000' }));
  await reader.close();
});

test('a history that was cut off at its end is found with a hash that was noted before', async () => {
  const whole = createMemoryEventStore({ now: () => 0, newId: idFactory() });
  await fill(whole);
  const { last: anchor } = await verifyEvents(whole);
  const cut = createMemoryEventStore({ now: () => 0, newId: idFactory() });
  for (const record of await collect(whole.records({ untilSequence: 18 }))) await cut.restore([record]);
  const other = createMemoryEventStore();
  await fill(other);

  expect(await verifyEvents(whole, { anchor })).toMatchObject({ isIntact: true });
  expect(await verifyEvents(cut)).toMatchObject({ isIntact: true });
  expect(await verifyEvents(cut, { anchor })).toMatchObject({ isIntact: false, events: 18, problem: { sequenceNumber: 19 } });
  expect(await verifyEvents(other, { anchor })).toMatchObject({ isIntact: false, events: 19, problem: { sequenceNumber: 20 } });
});

test('verifying ends when it is told to', async () => {
  const store = createMemoryEventStore();
  await fill(store);

  await expect(verifyEvents(store, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

function idFactory(): () => string {
  let count = 0;
  return () => `0198a1b2-0000-7000-8000-${String((count += 1)).padStart(12, '0')}`;
}
