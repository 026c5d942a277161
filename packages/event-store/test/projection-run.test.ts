import {
  createMemoryEventStore,
  emptyState,
  keptState,
  projectTask,
  rebuildState,
  startProjection,
  stateOf,
  statesOf,
  taskProjection,
  type Event,
  type EventStore,
  type EventStoreOptions,
  type Projection,
} from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collect, events, note, upTo } from './collect.ts';
import { freshPath } from './fresh-path.ts';

/** What each task has noted, in order. */
const notes: Projection<readonly number[]> = {
  name: 'notes',
  types: ['NOTE_TAKEN'],
  initial: () => [],
  apply: (before, event) => [...before, Number(event.data['index'])],
  encode: (state) => [...state],
};

const failing = (at: number, message = 'no'): Projection<number> => ({
  name: 'failing',
  initial: () => 0,
  apply: (count, event) => {
    if (event.sequenceNumber === at) throw new Error(message);
    return count + 1;
  },
});

const adapters: readonly { adapter: string; open: (options?: EventStoreOptions) => Promise<EventStore> }[] = [
  { adapter: 'memory', open: async (options) => createMemoryEventStore(options) },
  { adapter: 'sqlite', open: async (options) => openSqliteEventStore({ path: freshPath(), durability: 'process', ...options }) },
];

describe.each(adapters)('a projection run over $adapter', ({ open }) => {
  test('catches up, goes on live and has taken in each event once', async () => {
    const store = await open();
    for (const index of upTo(25)) await store.append(`task-${index % 3}`, [note(index), { type: 'OTHER', data: {} }]);
    const run = startProjection(store, notes, { pageEvents: 7 });

    await run.caughtUp();
    expect(await run.find('task-1')).toEqual(upTo(25).filter((index) => index % 3 === 1));
    await store.append('task-1', [note(99)]);
    await run.caughtUp();

    expect((await run.find('task-1'))?.at(-1)).toBe(99);
    expect(await run.find('nobody')).toBeUndefined();
    expect(await run.stats()).toEqual({ applied: 26, stale: 0, sequenceNumber: 51, lag: 0 });
    await run.stop();
    await run.ended;
    await store.close();
  });

  test('goes on from its checkpoint, and events that are in a state already are counted and change nothing', async () => {
    const store = await open();
    for (const index of upTo(10)) await store.append('a', [note(index)]);
    const first = startProjection(store, notes, { pageEvents: 3 });
    await first.caughtUp();
    await first.stop();
    await store.append('a', [note(11)]);

    const second = startProjection(store, notes);
    await second.caughtUp();
    expect(await second.stats()).toMatchObject({ applied: 1, stale: 0 });
    await second.stop();
    await store.consumers.save(notes.name, { sequenceNumber: 4 });
    const third = startProjection(store, notes, { pageEvents: 2 });
    await third.caughtUp();

    expect(await third.stats()).toMatchObject({ applied: 0, stale: 7 });
    expect(await keptState(store, notes, 'a')).toEqual(upTo(11));
    await third.stop();
    await store.close();
  });

  test('a rebuild leaves the old states to be read until the new ones take their place, while events go on coming', async () => {
    const store = await open();
    for (const index of upTo(20)) await store.append(`task-${index % 2}`, [note(index)]);
    const run = startProjection(store, notes);
    await run.caughtUp();
    await store.consumers.save(notes.name, { states: [{ key: 'task-0', sequenceNumber: 20, state: [-1] }, { key: 'left over', sequenceNumber: 1, state: [7] }] });
    const during: unknown[] = [];
    const appending: Promise<unknown>[] = [];
    const reading: Promise<unknown>[] = [];

    await run.rebuild({
      onProgress: ({ done }) => {
        reading.push(run.find('task-0').then((state) => during.push(state)));
        if (done < 60) appending.push(store.append('task-1', [note(100 + done)]));
      },
    });
    await Promise.all([...appending, ...reading]);
    await run.caughtUp();

    expect(during[0]).toEqual([-1]);
    expect(await run.find('task-0')).toEqual(upTo(20).filter((index) => index % 2 === 0));
    expect(await run.find('left over')).toBeUndefined();
    expect(await run.find('task-1')).toEqual((await collect(store.read({ taskId: 'task-1' }))).map((event) => event.data['index']));
    expect((await collect(store.consumers.states(notes.name))).map(({ key }) => key).toSorted()).toEqual(['task-0', 'task-1']);
    await run.stop();
    await store.close();
  });

  test('a projection that throws stops its run at the page before, and another run of a mended one goes on', async () => {
    const store = await open();
    for (const index of upTo(10)) await store.append('a', [note(index)]);
    const run = startProjection(store, failing(7), { pageEvents: 3 });

    await expect(run.caughtUp()).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_PROJECTION_FAILED', message: expect.stringContaining('event 7') as string });
    await expect(run.ended).rejects.toMatchObject({ cause: new Error('no') });
    expect(await run.find('a')).toBe(6);
    expect(await run.stats()).toMatchObject({ sequenceNumber: 6, lag: 4 });
    await run.stop();

    const mended = startProjection(store, failing(0));
    await mended.caughtUp();
    expect(await mended.find('a')).toBe(10);
    await mended.stop();
    await store.close();
  });

  test('a second run under the same name finds out, and the states stay right', async () => {
    const store = await open();
    const [first, second] = [startProjection(store, notes), startProjection(store, notes)];
    for (const index of upTo(30)) await store.append('a', [note(index)]);

    const outcomes = await Promise.allSettled([first.caughtUp(), second.caughtUp()]);

    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(reasons).toEqual(reasons.map(() => expect.objectContaining({ code: 'HOLDFAST_EVENT_STORE_CONSUMER_CONFLICT' }) as unknown));
    expect(await keptState(store, notes, 'a')).toEqual(upTo(30));
    await Promise.all([first.stop(), second.stop()]);
    await store.close();
  });

  test('a run ends with its signal and with its store, and who waits for it is told', async () => {
    const store = await open();
    const stopping = new AbortController();
    const stopped = startProjection(store, notes, { signal: stopping.signal });
    await stopped.caughtUp();
    stopping.abort();
    await stopped.ended;
    await store.append('a', [note(1)]);
    await expect(stopped.caughtUp()).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_CLOSED' });
    await startProjection(store, notes, { signal: AbortSignal.abort() }).ended;

    const closed = startProjection(store, notes);
    await closed.caughtUp();
    await store.close();
    await expect(closed.ended).resolves.toBeUndefined();
  });

  test('EV-54 EV-58 the state of each task, kept inline or by a run, is what its events add up to', async () => {
    const store = await open({ inline: [{ ...taskProjection, name: 'inline' }] });
    const run = startProjection(store, taskProjection, { pageEvents: 4, cachedStates: 1 });
    for (const index of upTo(12)) {
      await store.append(`task-${index % 3}`, [
        { type: 'CODE_GENERATED', codeVersion: index, codeHash: 'ab', vectorClock: { ['__proto__']: index }, data: {} },
        { type: 'MODULE_STARTED', data: { module: 'constructor' } },
        { type: 'toString', data: {} },
        { type: 'BUG_REPORT_RECEIVED', codeVersion: index - 1, data: {} },
      ]);
    }
    await run.caughtUp();

    for (const taskId of ['task-0', 'task-1', 'task-2']) {
      const expected = rebuildState(await collect(store.read({ taskId })));
      expect(await run.find(taskId)).toEqual(expected);
      expect(await keptState(store, { ...taskProjection, name: 'inline' }, taskId)).toEqual(expected);
      expect(await projectTask(store, taskId)).toEqual(expected);
    }
    expect(await projectTask(store, 'nobody')).toEqual(emptyState('nobody'));
    await run.stop();
    await store.close();
  });
});

test('EV-54 a projection is the same under any way of cutting the log into pages, and of stopping in between', async () => {
  const steps = fc.array(fc.record({ append: fc.array(fc.nat({ max: 3 }), { maxLength: 6 }), pageEvents: fc.integer({ min: 1, max: 5 }), cachedStates: fc.nat({ max: 3 }) }), { minLength: 1, maxLength: 6 });
  await expect(
    fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const store = createMemoryEventStore();
        let index = 0;
        for (const { append, ...options } of history) {
          for (const task of append) await store.append(`task-${task}`, [note((index += 1))]);
          const run = startProjection(store, notes, options);
          await run.caughtUp();
          await run.stop();
        }
        const kept = new Map((await collect(store.consumers.states(notes.name))).map(({ key, state }) => [key, state]));
        expect(kept).toEqual(statesOf(notes, await events(store)));
      }),
      { numRuns: 60 },
    ),
  ).resolves.toBeUndefined();
});

test('EV-49 a task is seen as it was at a version, at a sequence number and at an instant', async () => {
  let now = 0;
  const store = createMemoryEventStore({ now: () => (now += 1000) });
  for (const index of upTo(6)) await store.append(index % 2 === 0 ? 'a' : 'b', [note(index)]);
  const all = (await events(store)).filter((event: Event) => event.taskId === 'a');

  expect(await stateOf(store, notes, 'a', { untilVersion: 2 })).toEqual([2, 4]);
  expect(await stateOf(store, notes, 'a', { untilSequence: 5 })).toEqual([2, 4]);
  expect(await stateOf(store, notes, 'a', { until: '1970-01-01T00:00:02.000Z' })).toEqual([2]);
  expect(await stateOf(store, notes, 'a', { untilVersion: 0 })).toEqual([]);
  expect(await projectTask(store, 'a', { untilVersion: 2 })).toEqual(rebuildState(all.slice(0, 2)));
});

test('an inline projection that is new catches up when the store is opened', async () => {
  const path = freshPath();
  const before = await openSqliteEventStore({ path, durability: 'process' });
  await Promise.all(upTo(2500).map(async (index) => before.append(`task-${index % 3}`, [note(index)])));
  await before.close();

  const store = await openSqliteEventStore({ path, inline: [notes] });
  expect(await keptState(store, notes, 'task-1')).toEqual(upTo(2500).filter((index) => index % 3 === 1));
  await store.append('task-1', [note(9)]);
  expect((await keptState(store, notes, 'task-1'))?.at(-1)).toBe(9);
  await store.close();

  await expect(openSqliteEventStore({ path, inline: [failing(2000)] })).rejects.toMatchObject({ code: 'HOLDFAST_EVENT_STORE_PROJECTION_FAILED' });
  const again = await openSqliteEventStore({ path, inline: [notes] });
  expect(await again.head()).toBe(2501);
  await again.close();
});
