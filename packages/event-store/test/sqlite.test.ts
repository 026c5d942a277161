import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isVersionConflict, type Event, type EventStore } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { expect, test } from 'vitest';
import { assertSupportedSqlite } from '../src/store/sqlite/version.ts';
import { freshFolder, freshPath } from './fresh-path.ts';

const note = (index: number) => ({ type: 'NOTE_TAKEN', data: { index } });
const refused = (code: string, path: string) => ({ code: `HOLDFAST_EVENT_STORE_${code}`, message: expect.stringContaining(path) as string });

async function all(store: EventStore): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const event of store.read()) events.push(event);
  return events;
}

test('EV-37 opening again gives identical events and goes on with the next number', async () => {
  const path = freshPath();
  const first = await openSqliteEventStore({ path });
  await Promise.all(['a', 'b', 'a', 'c'].map(async (taskId, index) => first.append(taskId, [note(index), note(index)])));
  const before = { events: await all(first), streams: await first.streams(), head: await first.head() };
  await first.close();

  const second = await openSqliteEventStore({ path });

  expect({ events: await all(second), streams: await second.streams(), head: await second.head() }).toEqual(before);
  const [next] = await second.append('b', [note(9)], { expectedVersion: 2 });
  expect(next).toMatchObject({ sequenceNumber: 9, streamVersion: 3 });
  await second.close();
});

test('timestamps do not run backwards across openings', async () => {
  const path = freshPath();
  const first = await openSqliteEventStore({ path, now: () => 2000 });
  await first.append('a', [note(0)]);
  await first.close();

  const second = await openSqliteEventStore({ path, now: () => 1000 });
  const [event] = await second.append('a', [note(1)]);

  expect(event?.timestamp).toBe(new Date(2000).toISOString());
  await second.close();
});

/** How many transactions a write-ahead log holds: frames that say how large the database is after them. */
function commitsIn(path: string): number {
  const wal = readFileSync(`${path}-wal`);
  const frameBytes = 24 + wal.readUInt32BE(8);
  let commits = 0;
  for (let offset = 32; offset + frameBytes <= wal.length; offset += frameBytes) if (wal.readUInt32BE(offset + 4) > 0) commits += 1;
  return commits;
}

test('appends of one turn share one transaction, conflicts among them included', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  const before = commitsIn(path);

  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, async (_, index) => store.append(`task-${index % 5}`, [note(index)], index < 10 ? { expectedVersion: 0 } : {})),
  );

  expect(commitsIn(path) - before).toBe(1);
  expect(outcomes.filter((outcome) => outcome.status === 'rejected' && isVersionConflict(outcome.reason))).toHaveLength(5);
  expect(await store.head()).toBe(45);
  await store.close();
});

test('an append settles after its commit, when others can read it, and not before', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  const reader = new DatabaseSync(path, { readOnly: true });
  const count = () => reader.prepare('SELECT count(*) AS count FROM events').get()?.['count'];

  const appending = store.append('a', [note(0)]);
  expect(count()).toBe(0);
  await appending;

  expect(count()).toBe(1);
  reader.close();
  await store.close();
});

test('the file says whose it is and is a whole database', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  await store.close();

  const database = new DatabaseSync(path);
  expect(database.prepare('PRAGMA application_id').get()).toEqual({ application_id: 0x48464553 });
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 });
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  database.close();
});

test('what was appended cannot be changed, not even with SQL', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  await store.append('a', [note(0)]);
  await store.close();

  const database = new DatabaseSync(path);
  expect(() => database.exec("UPDATE events SET type = 'OTHER'")).toThrow('events are immutable');
  database.close();
});

test('EV-52 a second writer is refused while the first lives, by whatever name it calls the file', async () => {
  const path = freshPath();
  const first = await openSqliteEventStore({ path });
  await first.append('a', [note(0)]);
  symlinkSync(path, `${path}.link`);

  await expect(openSqliteEventStore({ path })).rejects.toMatchObject({ ...refused('LOCKED', path), retriable: true });
  await expect(openSqliteEventStore({ path: `${path}.link` })).rejects.toMatchObject(refused('LOCKED', path));
  expect(openInChild(path)).toEqual(refused('LOCKED', path));

  await first.append('a', [note(1)]);
  await first.close();
  expect(openInChild(path)).toEqual({ sequenceNumber: 3 });
});

test('EV-34 EV-51 a writer behind our back fences an append, keeps its own event and loses none of ours', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  await store.append('a', [note(0)]);
  const intruder = new DatabaseSync(path);
  intruder.exec(`INSERT INTO events SELECT position + 1, stream_id, version + 1, timestamp, type, event_id, schema_version, code_version, code_hash,
    causation_id, correlation_id, vector_clock, hash, data FROM events`);
  intruder.close();

  await expect(store.append('a', [note(1)])).rejects.toMatchObject(refused('FENCED', path));

  expect(await store.append('a', [note(2)])).toMatchObject([{ sequenceNumber: 3, streamVersion: 3 }]);
  expect((await all(store)).map((event) => event.data['index'])).toEqual([0, 0, 2]);
  await store.close();
});

test('an append waits for a lock that somebody else holds for a moment, without holding up the process', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  const intruder = new DatabaseSync(path);
  intruder.exec('BEGIN IMMEDIATE');

  const appending = Promise.all([store.append('a', [note(0)]), store.append('a', [note(1)], { expectedVersion: 1 })]);
  for (let turn = 0; turn < 10; turn += 1) await nextTurn();
  const later = store.append('a', [note(2)]);
  intruder.exec('ROLLBACK');
  intruder.close();

  await appending;
  expect(await later).toMatchObject([{ sequenceNumber: 3 }]);
  expect((await all(store)).map((event) => event.data['index'])).toEqual([0, 1, 2]);
  await store.close();
});

test('a lock that somebody else does not let go of refuses the append in the end, and the next one succeeds', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path, busyMs: 0 });
  const intruder = new DatabaseSync(path);
  intruder.exec('BEGIN IMMEDIATE');

  await expect(store.append('a', [note(0)])).rejects.toMatchObject(refused('LOCKED', path));
  intruder.exec('ROLLBACK');
  intruder.close();

  expect(await store.append('a', [note(1)])).toMatchObject([{ sequenceNumber: 1 }]);
  await store.close();
});

test('an append that cannot look up what it needs is refused with an error of ours, and its neighbours go on', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  await store.append('a', [note(0)]);
  const intruder = new DatabaseSync(path);
  intruder.exec('DROP TABLE event_index');
  intruder.close();

  const named = { ...note(1), eventId: '0198a1b2-0000-7000-8000-000000000001' };
  const outcomes = await Promise.allSettled([store.append('a', [named]), store.append('a', [note(2)])]);

  expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: refused('IO_FAILED', path) });
  expect(outcomes[1]).toMatchObject({ status: 'fulfilled', value: [{ sequenceNumber: 2 }] });
  await store.close();
});

test('closing while an append waits for a lock refuses the append and does not hang', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  const intruder = new DatabaseSync(path);
  intruder.exec('BEGIN IMMEDIATE');
  const appending = store.append('a', [note(0)]).catch((error: unknown) => error);
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();

  await store.close();

  expect(await appending).toMatchObject(refused('LOCKED', path));
  intruder.exec('ROLLBACK');
  intruder.close();
});

test('EV-40 a full disk refuses the append, harms nothing, and what fits succeeds afterwards', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path, maxBytes: 256 * 1024 });
  await store.append('a', [note(0)]);
  const large = { type: 'NOTE_TAKEN', data: { text: 'x'.repeat(300 * 1024) } };

  await expect(store.append('a', [note(1), large])).rejects.toMatchObject({ ...refused('DISK_FULL', path), retriable: true });

  expect(await store.head()).toBe(1);
  expect(await store.append('a', [note(2)])).toMatchObject([{ sequenceNumber: 2, streamVersion: 2 }]);
  expect((await all(store)).map((event) => event.data['index'])).toEqual([0, 2]);
  await store.close();
});

test('EV-39 EV-40 appends of one turn fail together when their commit fails, and subscribers see none of them', async () => {
  const store = await openSqliteEventStore({ path: freshPath(), maxBytes: 256 * 1024 });
  const receiving = (async () => {
    for await (const event of store.subscribe({ limit: 1 })) return event.data['index'];
    return undefined;
  })();
  const large = { type: 'NOTE_TAKEN', data: { text: 'x'.repeat(300 * 1024) } };

  const outcomes = await Promise.allSettled([store.append('a', [note(1)]), store.append('b', [large]), store.append('c', [note(3)])]);
  await store.append('a', [note(4)], { expectedVersion: 0 });

  expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await receiving).toBe(4);
  await store.close();
});

test('EV-41 a path whose folder is missing, or that is a folder, cannot be opened', async () => {
  const folder = freshFolder();

  await expect(openSqliteEventStore({ path: join(folder, 'none', 'events.db') })).rejects.toMatchObject(refused('CANNOT_OPEN', folder));
  await expect(openSqliteEventStore({ path: folder })).rejects.toMatchObject(refused('CANNOT_OPEN', folder));
  expect(existsSync(join(folder, 'none'))).toBe(false);
});

test('EV-41 a folder or a file without the right to write is refused with its path', async () => {
  const folder = freshFolder();
  chmodSync(folder, 0o755);
  const [locked, readOnly] = [join(folder, 'locked'), join(folder, 'read-only')];
  for (const each of [locked, readOnly]) mkdirSync(each);
  const store = await openSqliteEventStore({ path: join(readOnly, 'events.db') });
  await store.append('a', [note(0)]);
  await store.close();
  chmodSync(join(readOnly, 'events.db'), 0o444);
  chmodSync(join(readOnly, 'events.db-lock'), 0o666);
  chmodSync(readOnly, 0o777);
  chmodSync(locked, 0o555);

  expect(openInChild(join(locked, 'events.db'), 'nobody')).toEqual(refused('CANNOT_OPEN', locked));
  expect(openInChild(join(readOnly, 'events.db'), 'nobody')).toEqual(refused('READ_ONLY', readOnly));
});

test('a file that is no database, or whose pages are damaged, is corrupt', async () => {
  const text = freshPath();
  writeFileSync(text, 'not a database '.repeat(1000));
  await expect(openSqliteEventStore({ path: text })).rejects.toMatchObject(refused('CORRUPT', text));
  expect(readFileSync(text, 'utf8')).toBe('not a database '.repeat(1000));

  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  for (let index = 0; index < 20; index += 1) void store.append('a', [{ type: 'NOTE_TAKEN', data: { text: 'x'.repeat(10_000) } }]);
  await store.close();
  const damaged = `${path}.damaged`;
  copyFileSync(path, damaged);
  const bytes = readFileSync(damaged);
  bytes.fill(0xff, 8192 * 2, 8192 * 12);
  writeFileSync(damaged, bytes);

  const failure = await openSqliteEventStore({ path: damaged }).then(all, (error: unknown) => Promise.reject(error)).catch((error: unknown) => error);
  expect(failure).toMatchObject(refused('CORRUPT', damaged));
});

test('an event whose JSON is damaged is reported with its number', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path });
  await store.append('a', [note(0), note(1)]);
  const intruder = new DatabaseSync(path);
  intruder.exec("DROP TRIGGER events_stay_as_they_are; UPDATE events SET data = '{' WHERE position = 2");
  intruder.close();

  await expect(all(store)).rejects.toMatchObject({ ...refused('CORRUPT', path), message: expect.stringContaining('event 2') as string });
  await store.close();
});

test('a database of another kind, or of a newer version, is left as it is', async () => {
  const foreign = freshPath();
  const theirs = new DatabaseSync(foreign);
  theirs.exec('CREATE TABLE theirs (id INTEGER PRIMARY KEY)');
  theirs.close();
  const newer = freshPath();
  await (await openSqliteEventStore({ path: newer })).close();
  const later = new DatabaseSync(newer);
  later.exec('PRAGMA user_version = 99');
  later.close();
  const before = [readFileSync(foreign), readFileSync(newer)];

  await expect(openSqliteEventStore({ path: foreign })).rejects.toMatchObject(refused('FOREIGN_DATABASE', foreign));
  await expect(openSqliteEventStore({ path: newer })).rejects.toMatchObject(refused('NEWER_DATABASE', newer));
  expect([readFileSync(foreign), readFileSync(newer)]).toEqual(before);
});

test('a failed opening lets go of the lock', async () => {
  const path = freshPath();
  writeFileSync(path, 'not a database '.repeat(1000));
  await expect(openSqliteEventStore({ path })).rejects.toMatchObject(refused('CORRUPT', path));
  writeFileSync(path, '');

  const store = await openSqliteEventStore({ path });

  expect(await store.head()).toBe(0);
  await store.close();
});

test.each(['3.51.2', '3.50.9', '3.46.1', '2.99.99'])('SQLite %s is refused', (version) => {
  expect(() => assertSupportedSqlite(version)).toThrow(expect.objectContaining({ code: 'HOLDFAST_EVENT_STORE_SQLITE_TOO_OLD' }));
});

test.each(['3.51.3', '3.51.10', '3.53.4', '4.0.0'])('SQLite %s is accepted', (version) => {
  expect(assertSupportedSqlite(version)).toBeUndefined();
});

/** Opens the path in another process; as somebody without rights, where we are somebody with all of them. */
function openInChild(path: string, as: 'us' | 'nobody' = 'us'): unknown {
  const script = fileURLToPath(new URL('process/open-and-append.ts', import.meta.url));
  const child = spawnSync(process.execPath, ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', script, path], {
    encoding: 'utf8',
    cwd: '/',
    ...(as === 'nobody' && process.getuid?.() === 0 && { uid: 65534, gid: 65534 }),
  });
  return JSON.parse(child.stdout || JSON.stringify({ stderr: child.stderr }));
}
