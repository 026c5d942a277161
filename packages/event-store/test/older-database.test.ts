import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { verifyEvents } from '@holdfast/event-store';
import { openSqliteEventReader, openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { expect, test } from 'vitest';
import { collect, note, upTo } from './collect.ts';
import { freshPath } from './fresh-path.ts';

const busy = 5000;

/** A database as schema 2 had it: a row in the index for each event, of two tasks of which one has nearly all. Some events are sealed. */
async function olderDatabase(path: string): Promise<void> {
  const store = await openSqliteEventStore({ path, durability: 'process' });
  await store.appendMany(upTo(busy).map((index) => ({ taskId: index % 1000 === 0 ? 'quiet' : 'busy', events: [note(index)] })));
  await store.seal({ untilSequence: 2000 });
  await store.append('busy', [note(0)]);
  await store.close();
  const later = new DatabaseSync(path);
  later.exec(`
    CREATE TABLE stream_index (stream_id INTEGER NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (stream_id, version)) STRICT, WITHOUT ROWID;
    WITH RECURSIVE places (place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < ${busy})
      INSERT INTO stream_index SELECT stream_id, row_number() OVER (PARTITION BY stream_id ORDER BY place), place
        FROM (SELECT place, iif(place % 1000 = 0, (SELECT id FROM streams WHERE task_id = 'quiet'), (SELECT id FROM streams WHERE task_id = 'busy')) AS stream_id FROM places);
    DROP TABLE stream_runs;
    PRAGMA user_version = 2;
  `);
  later.close();
}

test('a database of the version before is brought up to date by whoever writes it, with all that is in it', async () => {
  const path = freshPath();
  await olderDatabase(path);

  const store = await openSqliteEventStore({ path });

  expect((await collect(store.read({ taskId: 'quiet' }))).map((event) => event.sequenceNumber)).toEqual([1000, 2000, 3000, 4000, 5000]);
  expect((await collect(store.read({ taskId: 'busy' }))).map((event) => event.streamVersion)).toEqual(upTo(busy - 5 + 1));
  expect(await store.append('quiet', [note(1)])).toMatchObject([{ sequenceNumber: busy + 2, streamVersion: 6 }]);
  expect(await verifyEvents(store)).toMatchObject({ isIntact: true, events: busy + 2 });
  await store.close();
  const reader = await openSqliteEventReader({ path });
  expect(await reader.findStream('busy')).toMatchObject({ streamVersion: busy - 5 + 1 });
  await reader.close();
});

test('whoever only reads a database of the version before is told, and it is left as it is', async () => {
  const path = freshPath();
  await olderDatabase(path);
  const before = readFileSync(path);

  await expect(openSqliteEventReader({ path })).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_OLDER_DATABASE', message: expect.stringContaining(path) as string });

  expect(readFileSync(path)).toEqual(before);
});

test('a database of the version before whose index is gone is not changed', async () => {
  const path = freshPath();
  await olderDatabase(path);
  const intruder = new DatabaseSync(path);
  intruder.exec('DROP TABLE stream_index');
  intruder.close();

  await expect(openSqliteEventStore({ path })).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_IO_FAILED' });

  const after = new DatabaseSync(path);
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
  expect(after.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE name = 'stream_runs'").get()).toEqual({ tables: 0 });
  after.close();
});
