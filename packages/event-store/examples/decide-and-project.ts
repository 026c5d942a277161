import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonValue } from '@holdfast/protocol';
import { createMemoryEventStore, followUp, startProjection, stateOf, verifyEvents, type Fold, type Projection } from '@holdfast/event-store';
import { exportToFile, importFromFile } from '@holdfast/event-store/file';
import { openSqliteEventReader, openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { given } from '@holdfast/event-store/testing';

const folder = await mkdtemp(join(tmpdir(), 'holdfast-example-'));
const path = join(folder, 'events.db');
const store = await openSqliteEventStore({ path });

//#region decide
const seats: Fold<number> = {
  initial: () => 2,
  apply: (free, event) => (event.type === 'SEAT_TAKEN' ? free - 1 : free),
};

async function takeSeat(guest: string): Promise<boolean> {
  const taken = await store.execute('cinema', seats, (free) => (free > 0 ? [{ type: 'SEAT_TAKEN', data: { guest } }] : []));
  return taken.length > 0;
}
//#endregion

const outcomes = await Promise.all(['ada', 'bob', 'cyn'].map(takeSeat));

//#region repeat
const paid = { type: 'PAID', data: { guest: 'ada' }, eventId: '0198a1b2-7c1f-7000-8000-5d8a3b1c9e42' };
const [first] = await store.append('till', [paid]);
const [again] = await store.append('till', [paid]); // after an answer that never came, say
//#endregion

//#region many
await store.appendMany([
  { taskId: 'cinema', events: [{ type: 'DOORS_CLOSED', data: {} }], expectedVersion: 2 },
  { taskId: 'till', events: [{ type: 'TILL_CLOSED', data: {}, ...followUp(first!) }], expectedVersion: 'exists' },
]);
//#endregion

//#region run
const guests: Projection<readonly JsonValue[]> = {
  name: 'guests-1',
  types: ['SEAT_TAKEN'],
  initial: () => [],
  apply: (names, event) => [...names, event.data['guest'] ?? null],
};

const run = startProjection(store, guests);
await run.caughtUp();
console.log(await run.find('cinema'), await run.stats());
//#endregion

const found = await run.find('cinema');
await run.rebuild();
await run.stop();

//#region past
const before = await stateOf(store, seats, 'cinema', { untilVersion: 1 });
//#endregion

//#region reader
const reader = await openSqliteEventReader({ path });
const { isIntact, last } = await verifyEvents(reader);
await exportToFile(reader, join(folder, 'events.ndjson'));
await reader.backup(join(folder, 'backup.db'));
await reader.close();
//#endregion

//#region import
const copy = createMemoryEventStore();
await importFromFile(copy, join(folder, 'events.ndjson'));
//#endregion

//#region upcast
const upcasters = { SEAT_TAKEN: [({ guest, ...rest }: { guest?: unknown }) => ({ ...rest, name: String(guest) })] };
const today = createMemoryEventStore({ upcasters });
//#endregion

//#region given
given({ type: 'SEAT_TAKEN', data: {} }, { type: 'SEAT_TAKEN', data: {} })
  .when(seats, (free) => (free > 0 ? [{ type: 'SEAT_TAKEN', data: {} }] : []))
  .expectEvents();
//#endregion

await importFromFile(today, join(folder, 'events.ndjson'));
const names: unknown[] = [];
for await (const event of today.read({ types: ['SEAT_TAKEN'] })) names.push(event.data['name']);
await store.close();

assert.deepEqual(outcomes, [true, true, false]);
assert.deepEqual(again, first);
assert.deepEqual([found, before], [['ada', 'bob'], 1]);
assert.deepEqual([isIntact, last.sequenceNumber, await copy.head()], [true, 5, 5]);
assert.deepEqual(names, ['ada', 'bob']);
await rm(folder, { recursive: true });
