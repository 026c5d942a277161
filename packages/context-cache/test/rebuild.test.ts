import { createEvent, createMemoryEventStore, type Event, type JsonObject } from '@holdfast/event-store';
import { DerivedFacts, explainStale, isStale, nodeId, rebuildCache, rebuildCacheFrom, resolveContent } from '@holdfast/context-cache';
import { array, assert, constantFrom, integer, property, record, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';
import { eventAt } from './history.ts';

function at(place: number, type: string, data: JsonObject = {}, extra: { codeVersion?: number; codeHash?: string; clock?: Record<string, number>; day?: number } = {}): Event {
  const { codeVersion = 0, codeHash = null, clock = { w1: place }, day = 1 } = extra;
  const timestamp = `2026-01-${String(day).padStart(2, '0')}T12:00:00.000Z`;
  return createEvent({ taskId: 't1', sequenceNumber: place, streamVersion: place, type, data, codeVersion, codeHash, vectorClock: clock, timestamp });
}

const history = [
  at(1, 'TASK_STARTED', { requirements: 'Write a parser' }, { day: 1 }),
  at(2, 'PLANNING_COMPLETE', { plan: 'two modules', modules: ['lexer', 'parser'] }, { day: 1 }),
  at(3, 'MODULE_ITERATION', { module: 'parser', note: 'first try' }, { day: 2 }),
  at(4, 'CODE_GENERATED', { module: 'parser', functions: ['parse'] }, { codeVersion: 1, codeHash: 'abc', day: 2 }),
  at(5, 'TEST_FAILED', { module: 'parser', test: 'deep input', message: 'too deep' }, { codeVersion: 1, day: 3 }),
  at(6, 'MODULE_COMPLETE', { module: 'parser', summary: 'Reads text into a tree', dependencies: ['lexer'] }, { codeVersion: 2, day: 4 }),
  at(7, 'SOMETHING_OF_MY_OWN', { module: 'parser' }, { day: 5 }),
];

test('CTX-75 CTX-80 a history becomes nodes: a completed module by its name, with summary and clock', () => {
  const graph = rebuildCache(history);

  expect(graph.get('module:parser')).toMatchObject({
    summary: 'Reads text into a tree',
    dependencies: ['module:lexer'],
    clock: { w1: 6 },
    fullContentRef: 'event:t1/6',
    metadata: { status: 'complete', iterations: 1, codeHash: 'abc', codeVersion: 2, lastError: 'too deep' },
  });
  expect(graph.get('task:t1')).toMatchObject({ summary: 'Write a parser', metadata: { status: 'running', plan: 'two modules' } });
  expect(graph.related('module:parser', { depth: 1 }).nodes.map(({ node }) => node.id)).toEqual(['function:parse', 'module:lexer', 'task:t1', 'test:deep input']);
});

test('CTX-75 fifty events are rebuilt, and each module knows how often it was gone through', () => {
  const graph = rebuildCache(Array.from({ length: 50 }, (_, index) => eventAt(index + 1, { module: `m${index % 5}` })));

  expect(graph.get('module:m3').metadata['iterations']).toBe(10);
  expect(graph.size).toBe(5);
});

test('CTX-76 time travel shows a past day whole and nothing of later', () => {
  const then = rebuildCache(history, { until: '2026-01-02' });

  expect(then.get('module:parser')).toMatchObject({ summary: '', metadata: { iterations: 1, codeHash: 'abc' } });
  expect(then.find('test:deep input')).toBeUndefined();
  expect(rebuildCache(history, { until: '2026-01-02T11:59:59.999Z' }).get('module:parser').metadata['iterations']).toBeUndefined();
});

test('CTX-79 nothing is an empty cache, disorder is put in order, the future is the latest, missing fields have defaults', () => {
  expect(rebuildCache([]).size).toBe(0);
  expect(rebuildCache(history.toReversed()).export()).toEqual(rebuildCache(history).export());
  expect(rebuildCache(history, { until: '9999-01-01' }).export()).toEqual(rebuildCache(history).export());
  expect(rebuildCache([at(1, 'MODULE_COMPLETE', { module: 'm' })]).get('module:m')).toMatchObject({ summary: '', dependencies: [], mentions: [] });
  expect(rebuildCache([at(1, 'MODULE_COMPLETE'), at(2, 'TEST_PASSED'), at(3, 'MODULE_STARTED', { module: 7 })]).size).toBe(0);
  expect(() => rebuildCache([], { until: 'yesterday' })).toThrow(RangeError);
});

const types = constantFrom('TASK_STARTED', 'PLANNING_COMPLETE', 'MODULE_STARTED', 'MODULE_ITERATION', 'MODULE_COMPLETE', 'CODE_GENERATED', 'TEST_PASSED', 'TEST_FAILED', 'BUG_REPORT_RECEIVED', 'TASK_COMPLETE', 'OTHER');
const name = constantFrom('a', 'b', 'c', 'module:d');
const data = record({ module: name, test: name, summary: name, modules: array(name), dependencies: array(name), functions: array(name), message: name }, { requiredKeys: [] });
const histories = array(record({ type: types, data, day: integer({ min: 1, max: 28 }) }), { maxLength: 40 }).map((each) => {
  const days = each.map(({ day }) => day).toSorted((left, right) => left - right);
  return each.map(({ type, data: fields }, index) => at(index + 1, type, fields, { day: days[index] ?? 1 }));
});

test('CTX-78 a hundred random histories are rebuilt byte for byte the same, in whatever order they come', () => {
  assert(
    property(histories, integer({ min: 0, max: 1000 }), (events, seed) => {
      const shuffled = events.map((event, index) => ({ event, key: ((index + 1) * 7919 + seed * 104_729) % 1009 })).toSorted((left, right) => left.key - right.key);

      expect(JSON.stringify(rebuildCache(shuffled.map(({ event }) => event)).export())).toBe(JSON.stringify(rebuildCache(events).export()));
    }),
    { numRuns: 100 },
  );
});

test('CTX-76 time travel equals rebuilding what had happened by then', () => {
  assert(
    property(histories, integer({ min: 1, max: 28 }), (events, day) => {
      const until = `2026-01-${String(day).padStart(2, '0')}`;
      const past = events.filter(({ timestamp }) => timestamp.slice(0, 10) <= until);

      expect(rebuildCache(events, { until }).export()).toEqual(rebuildCache(past).export());
    }),
    { numRuns: 100 },
  );
});

test('CTX-82 a node leads to the whole content in the store, and the store to the same cache', async () => {
  await using store = createMemoryEventStore();
  await store.append('t1', history.map(({ type, data: fields, vectorClock }) => ({ type, data: fields, vectorClock })));

  const graph = await rebuildCacheFrom(store, 't1');
  const event = await resolveContent(graph.get('module:parser').fullContentRef ?? '', store);

  expect(event.data).toEqual(history[5]?.data);
  await expect(resolveContent('event:t1/99', store)).rejects.toMatchObject({ code: 'HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND' });
  await expect(resolveContent('elsewhere', store)).rejects.toMatchObject({ code: 'HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND' });
  expect((await rebuildCacheFrom(store, 't1', { until: '2020-01-01' })).size).toBe(0);
});

test('CTX-77 an entry is stale when an event about it follows it, and only then', () => {
  const node = rebuildCache(history.slice(0, 4)).get('module:parser');

  expect(isStale(node, history.slice(0, 4))).toBe(false);
  expect(explainStale(node, history)).toEqual({ event: history[4], reason: 'later' });
  expect(isStale(node, [at(9, 'MODULE_ITERATION', { module: 'lexer' })])).toBe(false);
  expect(isStale(node, [at(9, 'MODULE_ITERATION', { module: 'parser' }, { clock: { w2: 1 } })])).toBe(false);
  expect(isStale(node, [at(9, 'CODE_GENERATED', { module: 'parser' }, { codeHash: 'abc' })])).toBe(false);
  expect(isStale(node, [at(9, 'CODE_GENERATED', { module: 'parser' }, { codeHash: 'other' })])).toBe(true);
});

test('CTX-77 no misses and no false alarms: right after a rebuild nothing is stale, and the next event about a node makes it so', () => {
  assert(
    property(histories, (events) => {
      const graph = rebuildCache(events);
      for (const { id } of graph.export().nodes) expect(isStale(graph.get(id), events)).toBe(false);
      const before = rebuildCache(events.slice(0, -1));
      for (const { id } of before.export().nodes) {
        const isTold = JSON.stringify(graph.get(id)) !== JSON.stringify(before.get(id));
        expect(isStale(before.get(id), events)).toBe(isTold);
      }
    }),
    { numRuns: 100 },
  );
});

test('CTX-81 an entry with an empty clock is stale as soon as any event speaks of it', () => {
  const node = { ...rebuildCache(history).get('module:parser'), clock: {} };

  expect(explainStale(node, history)).toMatchObject({ reason: 'unknown' });
  expect(isStale({ ...node, id: nodeId('module', 'other') }, history)).toBe(false);
});

test('what follows from a fact goes stale with it, along any way, and a restatement stops where nothing changed', () => {
  const facts = new DerivedFacts<string>();
  facts.state('a', '1');
  facts.state('b', 'b of 1', ['a']);
  facts.state('c', 'c', ['b']);
  facts.state('a', '1');
  expect(facts.stale()).toEqual([]);

  facts.state('a', '2');
  expect(facts.read('c')).toEqual({ status: 'stale', content: 'c', because: ['c', 'b', 'a'] });
  facts.state('b', 'b of 1', ['a']);
  expect(facts.stale()).toEqual([]);
  facts.retract('a');
  expect(facts.stale()).toEqual(['b', 'c']);
  expect(facts.read('a')).toEqual({ status: 'absent' });
});

test('facts that follow from each other are stale together', () => {
  const facts = new DerivedFacts<string>();
  facts.state('source', 'one');
  facts.state('a', 'a', ['source']);
  facts.state('b', 'b', ['a']);
  facts.state('a', 'a', ['b', 'source']);
  expect(facts.stale()).toEqual([]);

  facts.state('source', 'two');

  expect(facts.stale()).toEqual(['a', 'b']);
  expect(['a', 'b'].map((id) => facts.read(id).status)).toEqual(['stale', 'stale']);
});

// Generated worlds of facts that follow from each other, checked against deriving everything anew from the roots.
const size = 12;
const world = record({
  sources: array(uniqueArray(integer({ min: 0, max: size - 1 }), { maxLength: 3 }), { minLength: size, maxLength: size }).map((each) => each.map((ids, index) => ids.filter((id) => id < index))),
  changes: array(record({ root: integer({ min: 0, max: size - 1 }), value: integer({ min: 0, max: 2 }), kind: constantFrom('change', 'delete') }), { minLength: 1, maxLength: 6 }),
});
const valueOf = (index: number, sources: readonly (readonly number[])[], roots: ReadonlyMap<number, number>): string | undefined => {
  const from = sources[index] ?? [];
  if (from.length === 0) return roots.has(index) ? `root ${roots.get(index)}` : undefined;
  const parts = from.map((source) => valueOf(source, sources, roots));
  return parts.includes(undefined) ? undefined : `of(${parts.join()})`;
};

test.each(['cascade', 'absence', 'deletion'] as const)('in 300 generated worlds no fact is served that is not true any more: %s', (kind) => {
  assert(
    property(world, ({ sources, changes }) => {
      const [facts, roots] = [new DerivedFacts<string>(), new Map<number, number>()];
      sources.forEach((from, index) => {
        if (from.length === 0) roots.set(index, 0);
        const value = valueOf(index, sources, roots);
        if (value !== undefined) facts.state(`f${index}`, value, from.map((source) => `f${source}`));
      });
      for (const { root, value, kind: what } of changes) {
        if ((sources[root] ?? []).length > 0) continue;
        if (what === 'delete' || kind === 'deletion') {
          facts.retract(`f${root}`);
          roots.delete(root);
        } else {
          facts.state(`f${root}`, `root ${value}`);
          roots.set(root, value);
        }
      }

      sources.forEach((_, index) => {
        const [reading, truth] = [facts.read(`f${index}`), valueOf(index, sources, roots)];
        expect(reading.status === 'known' ? reading.content : undefined).toBe(reading.status === 'known' ? truth : undefined);
        expect(reading.status === 'stale' && reading.content === truth).toBe(false);
        expect(reading.status === 'absent' && truth !== undefined).toBe(false);
      });
      expect(facts.read(`f${size}`)).toEqual({ status: 'absent' });
    }),
    { numRuns: 300 },
  );
});
