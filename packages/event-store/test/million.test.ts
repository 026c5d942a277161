// A million events. How long things take is measured by the benchmarks; here is what makes them take no longer.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectAll, selectAt, selectByPosition } from '../src/store/sqlite/rows.ts';
import { selectLastVersion, selectRunOf, selectRuns } from '../src/store/sqlite/stream-runs.ts';
import { collect, upTo } from './collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-million-'));
const path = join(folder, 'events.db');

beforeAll(async () => {
  await (await openSqliteEventStore({ path, durability: 'process' })).close();
  const database = new DatabaseSync(path);
  // Written by SQL, as a million appends would take long and prove nothing more here.
  database.exec(`
    PRAGMA synchronous = OFF;
    BEGIN;
    WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 1000) INSERT INTO streams SELECT id, 'task-' || id, id FROM ids;
    WITH RECURSIVE places (place) AS (SELECT 0 UNION ALL SELECT place + 1 FROM places WHERE place < 999999)
      INSERT INTO events SELECT place + 1, place % 1000 + 1, place / 1000 + 1, 1770000000000 + place, iif(place % 10 = 0, 'CODE_GENERATED', 'TEST_PASSED'),
        printf('0198a1b2-0000-7000-8000-%012x', place), 1, place / 10000, NULL, NULL, NULL, '{"p1":1}', zeroblob(32), '{"file":"src/main.ts","ok":true}' FROM places;
    COMMIT;
  `);
  database.close();
  const store = await openSqliteEventStore({ path, durability: 'process' });
  await store.seal({ untilSequence: 1 }); // too few to seal, but now they are indexed
  await store.close();
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('EV-50 in a million events one task, the tail, a time and an id are found', async () => {
  const store = await openSqliteEventStore({ path });

  const one = await collect(store.read({ taskId: 'task-500' }));
  expect(one.map((event) => event.streamVersion)).toEqual(upTo(1000));
  expect((await collect(store.read({ afterSequence: 999_990 }))).map((event) => event.sequenceNumber)).toEqual(upTo(1_000_000, 999_991));
  const instant = new Date(1_770_000_000_000 + 654_321).toISOString();
  expect((await collect(store.read({ since: instant, until: instant }))).map((event) => event.sequenceNumber)).toEqual([654_322]);
  expect(await store.findEvent('0198a1b2-0000-7000-8000-0000000003e7')).toMatchObject({ sequenceNumber: 1000 });
  expect(await store.findStream('task-1000')).toEqual({ taskId: 'task-1000', streamVersion: 1000, firstSequence: 1000, lastSequence: 1_000_000 });
  expect(await store.streams()).toHaveLength(1000);
  await store.close();
});

test.each([
  ['all events', selectAll],
  ['events by position', selectByPosition],
  ['events at positions', selectAt],
  ['the positions of a task', selectRuns],
  ['the position of a version', selectRunOf],
  ['the last version of a task', selectLastVersion],
  ['an event by id', "SELECT position FROM event_index WHERE event_id = unhex(?, '-')"],
  ['a task by name', 'SELECT id FROM streams WHERE task_id = ?'],
])('EV-50 %s are found by searching, and never by going through the table or sorting', (_what, sql) => {
  const database = new DatabaseSync(path, { readOnly: true });
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map((row) => String(row['detail']));
  database.close();

  expect(plan.filter((step) => /^SEARCH (?:events|streams|stream_runs|event_index)/u.test(step)).length).toBeGreaterThan(0);
  expect(plan.filter((step) => /^SCAN (?!json_each|value|wanted)|TEMP B-TREE FOR ORDER/u.test(step))).toEqual([]);
});

test('EV-64 a million events stream through a projection in flat memory', () => {
  const script = fileURLToPath(new URL('process/project-million.ts', import.meta.url));
  const child = spawnSync(process.execPath, ['--expose-gc', '--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', script, path], { encoding: 'utf8' });
  const { applied, heap, streamVersion } = JSON.parse(child.stdout || JSON.stringify({ stderr: child.stderr })) as { applied: number; heap: number[]; streamVersion: number };

  expect({ applied, streamVersion }).toEqual({ applied: 1_000_000, streamVersion: 1000 });
  expect(heap).toHaveLength(10);
  expect(Math.max(...heap) - Math.min(...heap)).toBeLessThan(16 * 1024 * 1024);
}, 240_000);
