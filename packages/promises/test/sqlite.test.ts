import { writeFile, readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { openSqlitePromiseStore } from '@holdfast/promises/sqlite';
import { createFakeTime } from '@holdfast/promises/testing';
import { expect, test } from 'vitest';
import { freshPath } from './folder.ts';

const question = { kind: 'approval', data: { text: 'Deploy?' } };

test.each(['power', 'process'] as const)('PR-39 with durability "%s" every state survives a close, and what is pending can be settled after', async (durability) => {
  const path = await freshPath();
  const first = await openSqlitePromiseStore({ path, durability });
  await Promise.all(['pending', 'resolved', 'rejected', 'cancelled'].map(async (id) => first.create({ ...question, id, timeoutMs: 60_000 })));
  await first.resolve('resolved', { answer: 42 });
  await first.reject('rejected', Object.assign(new TypeError('no'), { code: 'E', retriable: true, hint: 'try', notes: ['n'], data: [1] }));
  await first.cancel('cancelled', 'stopped');
  const before = await Promise.all(['pending', 'resolved', 'rejected', 'cancelled'].map(async (id) => first.get(id)));
  await first.close();

  await using second = await openSqlitePromiseStore({ path, durability });

  expect(await Promise.all(before.map(async ({ id }) => second.get(id)))).toEqual(before);
  expect(second.pendingHighWaterMark()).toBe(1);
  const waiting = second.wait('pending');
  expect(await second.resolve('pending', 'yes')).toBe(true);
  expect(await waiting).toBe('yes');
});

test('PR-27 a deadline that passed while nobody had the file open is timed out on open, one that did not is kept', async () => {
  const path = await freshPath();
  const time = createFakeTime();
  const first = await openSqlitePromiseStore({ ...time, path });
  await first.create({ ...question, id: 'short', timeoutMs: 1000 });
  await first.create({ ...question, id: 'long', timeoutMs: 5000 });
  await first.close();
  time.jump(2000);

  await using second = await openSqlitePromiseStore({ ...time, path });

  expect(await second.get('short')).toMatchObject({ state: 'timedout', settledAt: '2026-01-01T00:00:02.000Z' });
  expect(second.pendingHighWaterMark()).toBe(1);
  const waiting = second.wait('long');
  expect(time.timers()).toEqual([3000]);
  time.advance(3000);
  await expect(waiting).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_TIMEOUT' });
});

test('a second store of the same process is refused, and gets the file once the first is closed', async () => {
  const path = await freshPath();
  const first = await openSqlitePromiseStore({ path });

  await expect(openSqlitePromiseStore({ path })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_LOCKED', retriable: true });

  await first.close();
  await using second = await openSqlitePromiseStore({ path });
  expect(await second.pending()).toEqual([]);
});

test('files of somebody else are refused and stay as they are', async () => {
  const [text, foreign] = [await freshPath('notes.txt'), await freshPath('other.db')];
  await writeFile(text, 'not a database, but long enough to be looked at as if it were one\n'.repeat(20));
  const other = new DatabaseSync(foreign);
  other.exec('CREATE TABLE note (text TEXT)');
  other.close();
  const before = await Promise.all([readFile(text), readFile(foreign)]);

  await expect(openSqlitePromiseStore({ path: text })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_FOREIGN' });
  await expect(openSqlitePromiseStore({ path: foreign })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_FOREIGN' });

  expect(await Promise.all([readFile(text), readFile(foreign)])).toEqual(before);
});

test('a file of a newer version is refused', async () => {
  const path = await freshPath();
  await (await openSqlitePromiseStore({ path })).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();

  await expect(openSqlitePromiseStore({ path })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_NEWER' });
});

test('a folder that does not exist is a typed error', async () => {
  const path = await freshPath('missing/promises.db');

  await expect(openSqlitePromiseStore({ path })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_FAILED' });
});
