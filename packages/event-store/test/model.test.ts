// Random histories against a model that is a list and nothing else.
import assert from 'node:assert/strict';
import { createMemoryEventStore, isVersionConflict, verifyEvents, type Event, type EventQuery, type EventStore, type EventStoreOptions, type ExpectedVersion, type NewEvent } from '@holdfast/event-store';
import { openSqliteEventReader, openSqliteEventStore, type SqliteEventStore } from '@holdfast/event-store/sqlite';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect, upTo } from './collect.ts';
import { freshPath } from './fresh-path.ts';

interface Stored {
  readonly id: number | null;
  readonly taskId: string;
  readonly version: number;
  readonly type: string;
  readonly index: number;
  readonly timeMs: number;
}

const tasks = ['a', 'b', '__proto__', 'constructor'];
const task = fc.constantFrom(...tasks);
const expected = fc.option(fc.oneof(fc.nat({ max: 6 }), fc.constant('exists' as const)), { nil: undefined });
const newEvents = fc.array(fc.record({ type: fc.constantFrom('X', 'Y'), id: fc.option(fc.nat({ max: 12 })) }), { maxLength: 3 });
const append = fc.record({ kind: fc.constant('append' as const), parts: fc.array(fc.record({ taskId: task, events: newEvents, expectedVersion: expected }), { minLength: 1, maxLength: 3 }) });
const step = fc.oneof(
  { weight: 6, arbitrary: append },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('execute' as const), taskId: task }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.integer({ min: -4, max: 6 }).map((steps) => steps * 500) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('maintain' as const), seal: fc.boolean() }) },
);
const bounds = fc.record({
  taskId: task,
  types: fc.subarray(['X', 'Y', 'Z']),
  afterSequence: fc.integer({ min: -1, max: 25 }),
  untilSequence: fc.nat({ max: 25 }),
  afterVersion: fc.integer({ min: -1, max: 8 }),
  untilVersion: fc.nat({ max: 8 }),
  since: fc.nat({ max: 8 }).map((steps) => steps * 500),
  until: fc.nat({ max: 8 }).map((steps) => steps * 500),
  limit: fc.nat({ max: 10 }),
});
/** Few bounds at once, or nothing would be left to compare. */
const query = fc
  .tuple(bounds, fc.subarray(['taskId', 'types', 'afterSequence', 'untilSequence', 'afterVersion', 'untilVersion', 'since', 'until', 'limit'] as const, { maxLength: 3 }))
  .map(([all, names]): Partial<typeof all> => Object.fromEntries(names.map((name) => [name, all[name]])));

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Query = typeof query extends fc.Arbitrary<infer Value> ? Value : never;

const idOf = (id: number): string => `0198a1b2-0000-7000-8000-${String(id).padStart(12, '0')}`;

class Model {
  events: Stored[] = [];
  timeMs = 1000;

  version(taskId: string, events: readonly Stored[] = this.events): number {
    return events.filter((each) => each.taskId === taskId).length;
  }

  /** The sequence numbers of what an append gives; undefined where it is refused. */
  append(parts: readonly { taskId: string; events: readonly { type: string; id: number | null; index: number }[]; expectedVersion?: ExpectedVersion | undefined }[]): readonly number[] | undefined {
    const wanted = parts.flatMap(({ taskId, events }) => events.map((each) => ({ ...each, taskId })));
    const ids = wanted.flatMap(({ id }) => (id === null ? [] : [id]));
    if (new Set(ids).size < ids.length) return undefined;
    if (this.events.some(({ id }) => id !== null && ids.includes(id))) {
      const places = wanted.map((each) => this.events.findIndex(({ id, taskId, type, index }) => id !== null && id === each.id && taskId === each.taskId && type === each.type && index === each.index));
      return places.includes(-1) ? undefined : places.map((place) => place + 1);
    }
    const next = [...this.events];
    for (const { taskId, events, expectedVersion } of parts) {
      const actual = this.version(taskId, next);
      if (expectedVersion === 'exists' ? actual === 0 : expectedVersion !== undefined && expectedVersion !== actual) return undefined;
      for (const { type, id, index } of events) {
        const timeMs = Math.max(this.timeMs, next.at(-1)?.timeMs ?? 0);
        next.push({ id, taskId, version: this.version(taskId, next) + 1, type, index, timeMs });
      }
    }
    const first = this.events.length + 1;
    this.events = next;
    return next.slice(first - 1).map((_, offset) => first + offset);
  }

  read(asked: Query): readonly number[] {
    const matching = this.events.flatMap((each, place) => {
      const sequence = place + 1;
      const isWanted =
        (asked.taskId === undefined || each.taskId === asked.taskId) &&
        (asked.types === undefined || asked.types.includes(each.type)) &&
        sequence > (asked.afterSequence ?? 0) &&
        sequence <= (asked.untilSequence ?? 1e9) &&
        each.version > (asked.afterVersion ?? 0) &&
        each.version <= (asked.untilVersion ?? 1e9) &&
        each.timeMs >= (asked.since ?? 0) &&
        each.timeMs <= (asked.until ?? 1e9);
      return isWanted ? [sequence] : [];
    });
    return matching.slice(0, asked.limit ?? matching.length);
  }
}

function toQuery({ since, until, ...rest }: Query): EventQuery {
  return { ...rest, ...(since !== undefined && { since: new Date(since).toISOString() }), ...(until !== undefined && { until: new Date(until).toISOString() }) };
}

/** The index of an event follows from its id, so that a repetition is one. */
function toEvent({ type, id }: { type: string; id: number | null }): NewEvent {
  return { type, data: { index: id ?? -1 }, ...(id !== null && { eventId: idOf(id) }) };
}

interface Subject {
  store: EventStore;
  /** Whatever may happen to a store between two steps. */
  maintain(seal: boolean): Promise<void>;
}

async function check(steps: readonly Step[], queries: readonly Query[], start: (options: EventStoreOptions) => Promise<Subject>): Promise<void> {
  const model = new Model();
  const subject = await start({ now: () => model.timeMs });
  const refused = 'refused';
  for (const each of steps) {
    if (each.kind === 'tick') model.timeMs = Math.max(0, model.timeMs + each.ms);
    if (each.kind === 'maintain') await subject.maintain(each.seal);
    if (each.kind === 'append') {
      const parts = each.parts.map((part) => ({ ...part, events: part.events.map((event) => ({ ...event, index: event.id ?? -1 })) }));
      const outcome = await subject.store
        .appendMany(each.parts.map(({ taskId, events, expectedVersion }) => ({ taskId, events: events.map(toEvent), ...(expectedVersion !== undefined && { expectedVersion }) })))
        .catch((error: unknown) => {
          if (isVersionConflict(error) || (error as { code?: string }).code === 'HOLDFAST_EVENT_STORE_DUPLICATE_EVENT') return refused;
          throw error;
        });
      const numbers = outcome === refused ? refused : (outcome as readonly Event[]).map((event) => event.sequenceNumber);
      assert.deepEqual(numbers, model.append(parts) ?? refused);
    }
    if (each.kind === 'execute') {
      const count = model.version(each.taskId);
      const [event] = await subject.store.execute(each.taskId, counting, (state) => [{ type: 'X', data: { index: state } }]);
      assert.equal(event?.data['index'], count);
      model.append([{ taskId: each.taskId, events: [{ type: 'X', id: null, index: count }] }]);
    }
  }
  for (const asked of [{}, ...queries]) assert.deepEqual((await collect(subject.store.read(toQuery(asked)))).map((event) => event.sequenceNumber), model.read(asked));
  const all = await collect(subject.store.read());
  assert.deepEqual(
    all.map(({ taskId, streamVersion, type, timestamp, data }) => [taskId, streamVersion, type, Date.parse(timestamp), data['index']]),
    model.events.map(({ taskId, version, type, timeMs, index }) => [taskId, version, type, timeMs, index]),
  );
  assert.deepEqual(
    (await subject.store.streams()).map(({ taskId, streamVersion }) => [taskId, streamVersion]),
    [...new Set(model.events.map(({ taskId }) => taskId))].map((taskId) => [taskId, model.version(taskId)]),
  );
  const { isIntact, events } = await verifyEvents(subject.store);
  assert.deepEqual([isIntact, events], [true, model.events.length]);
  await subject.store.close();
}

const counting = { initial: () => 0, apply: (count: number) => count + 1 };
const histories = [fc.array(step, { maxLength: 25 }), fc.array(query, { maxLength: 12 })] as const;

test('EV-34 EV-45 EV-46 the memory store does what the model says, whatever happens', async () => {
  const holds = fc.assert(
    fc.asyncProperty(...histories, async (steps, queries) =>
      check(steps, queries, async (options) => ({ store: createMemoryEventStore(options), maintain: async () => undefined })),
    ),
    { numRuns: 300 },
  );
  await expect(holds).resolves.toBeUndefined();
});

test('EV-34 EV-45 EV-46 the SQLite store does what the model says, also when it is opened again and events are sealed in between', async () => {
  let runs = 0;
  const folder = freshPath();
  const holds = fc.assert(
    fc.asyncProperty(...histories, async (steps, queries) =>
      check(steps, queries, async (options) => {
        const path = `${folder}-${(runs += 1)}`;
        const open = async (): Promise<SqliteEventStore> => openSqliteEventStore({ path, durability: 'process', ...options });
        let store = await open();
        return {
          get store() {
            return store;
          },
          maintain: async (seal) => {
            if (seal) return void (await store.seal({ segmentEvents: 3 }));
            await store.close();
            store = await open();
          },
        };
      }),
    ),
    { numRuns: 100 },
  );
  await expect(holds).resolves.toBeUndefined();
});

test('EV-35 any interleaving of a hundred writers gives exactly 1 to N, to each writer in its own order', async () => {
  const folder = freshPath();
  let runs = 0;
  const freshPathOf = (): string => `${folder}-${(runs += 1)}`;
  const holds = fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat({ max: 99 }), fc.integer({ min: 1, max: 3 }), fc.boolean()), { minLength: 100, maxLength: 300 }), async (calls) => {
      const path = freshPathOf();
      for (const store of [createMemoryEventStore(), await openSqliteEventStore({ path, durability: 'process' })]) {
        const pending: Promise<readonly Event[]>[] = [];
        for (const [writer, count, isPatient] of calls) {
          const appending = store.append(`writer-${writer}`, upTo(count).map((index) => ({ type: 'T', data: { index } })));
          pending.push(appending);
          if (isPatient) await appending;
        }
        const appended = (await Promise.all(pending)).flat();

        expect(appended.map((event) => event.sequenceNumber)).toEqual(upTo(appended.length));
        const all = await collect(store.read());
        expect(all).toEqual(appended);
        for (const { taskId, streamVersion } of await store.streams()) {
          expect(all.filter((event) => event.taskId === taskId).map((event) => event.streamVersion)).toEqual(upTo(streamVersion));
        }
        await store.close();
      }
    }),
    { numRuns: 15 },
  );
  await expect(holds).resolves.toBeUndefined();
});

test('a reader sees at every moment a beginning of what the writer has', async () => {
  const path = freshPath();
  const store = await openSqliteEventStore({ path, durability: 'process' });
  const reader = await openSqliteEventReader({ path });
  const holds = fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 20 }), async (batches) => {
      const writing = batches.map(async (count) => store.append('a', upTo(count).map((index) => ({ type: 'T', data: { index } }))));
      const seen = (await collect(reader.read())).map((event) => event.sequenceNumber);
      expect(seen).toEqual(upTo(seen.length));
      await Promise.all(writing);
      expect(await collect(reader.read())).toHaveLength(await store.head());
    }),
    { numRuns: 20 },
  );
  await expect(holds).resolves.toBeUndefined();
  await reader.close();
  await store.close();
});
