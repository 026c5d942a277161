import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { openSqliteEventReader, openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { expect, test } from 'vitest';
import { collect, events, note, records, upTo } from './collect.ts';
import { freshFolder, freshPath } from './fresh-path.ts';

const script = fileURLToPath(new URL('process/follow.ts', import.meta.url));

const refused = (code: string, path: string) => ({ code: `HOLDFAST_EVENT_STORE_${code}`, message: expect.stringContaining(path) as string });

test('a reader beside the writer sees what was acknowledged, at once', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  const reader = await openSqliteEventReader({ path });

  for (const index of upTo(300)) {
    await store.append(`task-${index % 7}`, [note(index), note(index)]);
    expect(await reader.head()).toBe(index * 2);
  }
  await store.consumers.save('mailer', { sequenceNumber: 5, states: [{ key: 'a', sequenceNumber: 5, state: 1 }] });

  expect(await events(reader)).toEqual(await events(store));
  expect(await records(reader)).toEqual(await records(store));
  expect(await reader.streams()).toEqual(await store.streams());
  expect(await reader.findStream('task-3')).toEqual(await store.findStream('task-3'));
  expect(await reader.findStream('nobody')).toBeUndefined();
  expect(await reader.consumers.position('mailer')).toBe(5);
  expect(await collect(reader.consumers.states('mailer'))).toEqual([{ key: 'a', sequenceNumber: 5, state: 1 }]);
  await reader.close();
  await store.close();
});

test('EV-53 a reader follows the writer while the indexes move and events are sealed, without a gap or a duplicate', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path, durability: 'process' });
  await store.append('task-0', [note(0)]);
  const reader = await openSqliteEventReader({ path });
  const following = collect(reader.subscribe({ limit: 12_001 }));
  const own = collect(reader.subscribe({ taskId: 'task-3', limit: 2400 }));

  for (let batch = 0; batch < 12; batch += 1) {
    await Promise.all(upTo(1000).map(async (index) => store.append(`task-${index % 5}`, [note(index)])));
    if (batch % 3 === 2) await store.seal({ segmentEvents: 500 });
  }

  expect((await following).map((event) => event.sequenceNumber)).toEqual(upTo(12_001));
  expect((await own).map((event) => event.streamVersion)).toEqual(upTo(2400));
  expect((await collect(reader.read({ taskId: 'task-2' }))).map((event) => event.streamVersion)).toEqual(upTo(2400));
  await reader.close();
  await store.close();
});

test('EV-53 followers in other processes and threads get every event of a writer in this one', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path, durability: 'process' });
  const flags = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, script, path, '200'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const thread = new Worker(new URL('process/follow.ts', import.meta.url), { argv: [path, '200'], execArgv: flags, stdout: true });
  const outputs = [child.stdout, thread.stdout].map((stream) => createInterface({ input: stream })[Symbol.asyncIterator]());
  for (const output of outputs) expect((await output.next()).value).toBe('ready');

  const threadEnd = once(thread, 'exit');
  for (const index of upTo(200)) await store.append('a', [note(index)]);

  for (const output of outputs) {
    const seen: unknown[] = [];
    for (const _ of upTo(200)) seen.push(Number((await output.next()).value));
    expect(seen).toEqual(upTo(200));
  }
  await threadEnd;
  await store.close();
});

test('a reader neither keeps a writer out nor is kept out by one, and writes nothing', async () => {
  const path = freshPath();
  const first = await openSqliteEventStore({ path });
  await first.append('a', [note(0)]);
  await first.close();
  const bytes = readFileSync(path);

  const reader = await openSqliteEventReader({ path });
  expect(await events(reader)).toHaveLength(1);
  const writer = await openSqliteEventStore({ path });
  await writer.append('a', [note(1)]);
  expect(await events(reader)).toHaveLength(2);
  await writer.close();

  expect(await events(reader)).toHaveLength(2);
  await reader.close();
  expect(readFileSync(path).length).toBeGreaterThanOrEqual(bytes.length);
});

test('closing a reader ends its subscriptions and refuses everything after it', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  await store.append('a', [note(0)]);
  const reader = await openSqliteEventReader({ path });
  const following = collect(reader.subscribe());

  await reader.close();
  await reader.close();

  expect((await following).length).toBeLessThanOrEqual(1);
  const closed = expect.objectContaining({ code: 'HOLDFAST_EVENT_STORE_CLOSED' }) as unknown;
  expect(() => reader.read()).toThrow(closed);
  expect(() => reader.subscribe()).toThrow(closed);
  await expect(reader.head()).rejects.toEqual(closed);
  await expect(reader.consumers.position('mailer')).rejects.toEqual(closed);
  await store.close();
});

test('EV-41 a store that is not there is not made, an empty file and one of another kind are refused', async () => {
  const folder = freshFolder();

  await expect(openSqliteEventReader({ path: join(folder, 'none.db') })).rejects.toMatchObject(refused('CANNOT_OPEN', 'none.db'));
  expect(existsSync(join(folder, 'none.db'))).toBe(false);
  writeFileSync(join(folder, 'empty.db'), '');
  await expect(openSqliteEventReader({ path: join(folder, 'empty.db') })).rejects.toMatchObject(refused('CANNOT_OPEN', 'empty.db'));
  writeFileSync(join(folder, 'text.db'), 'no database '.repeat(1000));
  await expect(openSqliteEventReader({ path: join(folder, 'text.db') })).rejects.toMatchObject(refused('CORRUPT', 'text.db'));
  const foreign = new DatabaseSync(join(folder, 'foreign.db'));
  foreign.exec('CREATE TABLE theirs (id INTEGER PRIMARY KEY)');
  foreign.close();
  await expect(openSqliteEventReader({ path: join(folder, 'foreign.db') })).rejects.toMatchObject(refused('FOREIGN_DATABASE', 'foreign.db'));
});

test('EV-41 a store in a folder that cannot be written is read by somebody without rights', async () => {
  const folder = freshFolder();
  const archive = join(folder, 'archive');
  mkdirSync(archive);
  const path = join(archive, 'events.db');
  const store = await openSqliteEventStore({ path });
  for (const index of upTo(3)) await store.append('a', [note(index)]);
  await store.close();
  chmodSync(folder, 0o755);
  chmodSync(path, 0o444);
  chmodSync(archive, 0o555);

  const child = spawn(process.execPath, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', script, path, '3'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...(process.getuid?.() === 0 && { uid: 65_534, gid: 65_534 }),
  });
  const lines = await collect(createInterface({ input: child.stdout }));

  expect(lines).toEqual(['ready', '1', '2', '3']);
});

test('a backup that is made while the store is written is a whole store with what was there', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path, durability: 'process' });
  await Promise.all(upTo(2000).map(async (index) => store.append(`task-${index % 3}`, [note(index)])));
  const reader = await openSqliteEventReader({ path });
  const progress: { done: number; total: number }[] = [];

  const copying = store.backup(`${path}.backup`, { onProgress: (each) => progress.push(each) });
  await store.append('a', [note(0)]);
  await copying;
  await reader.backup(`${path}.other`);

  for (const name of ['backup', 'other']) {
    const copy = await openSqliteEventStore({ path: `${path}.${name}` });
    const copied = await events(copy);
    expect(copied.length).toBeGreaterThanOrEqual(2000);
    expect(copied).toEqual((await events(store)).slice(0, copied.length));
    await copy.append('a', [note(1)]);
    await copy.close();
  }
  await expect(store.backup(`${path}.backup`)).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_CANNOT_OPEN' });
  await expect(store.backup(join(path, 'none', 'x'))).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_CANNOT_OPEN' });
  await reader.close();
  await store.close();
});
