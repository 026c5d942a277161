import { chooseStrategy, defaultPrompt, filterRelevant, PromptCache, rebuildCache, type StrategyComparison } from '@holdfast/context-cache';
import { createEvent, type Event, type JsonObject } from '@holdfast/event-store';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { eventAt } from './history.ts';

/** Counts how often each prompt is made. */
function counting(): { generate: (type: string) => Promise<string>; readonly made: string[] } {
  const made: string[] = [];
  return { made, generate: async (type) => `prompt ${made.push(type)} for ${type}` };
}

test('CTX-09 CTX-21 a prompt is made once, also for callers at the same time, one for each type', async () => {
  const { generate, made } = counting();
  const cache = new PromptCache({ generate });

  const [first, same, other] = await Promise.all([cache.get('TEST_FAILED'), cache.get('TEST_FAILED'), cache.get('CODE_GENERATED')]);

  expect([first, same, await cache.get('TEST_FAILED')]).toEqual(['prompt 1 for TEST_FAILED', 'prompt 1 for TEST_FAILED', 'prompt 1 for TEST_FAILED']);
  expect(other).toBe('prompt 2 for CODE_GENERATED');
  expect(made).toEqual(['TEST_FAILED', 'CODE_GENERATED']);
});

test('CTX-12 after warming and clearing, the same prompt is made again', async () => {
  const cache = new PromptCache();
  await cache.warm(['TEST_FAILED', 'TASK_STARTED']);
  const before = await cache.get('TEST_FAILED');
  expect(cache.size).toBe(2);

  cache.clear();

  expect(cache.size).toBe(0);
  expect(await cache.get('TEST_FAILED')).toBe(before);
});

test('CTX-22 what is being made while the cache is cleared is not kept', async () => {
  const made = Promise.withResolvers<string>();
  let count = 0;
  const cache = new PromptCache({ generate: async () => ((count += 1) === 1 ? made.promise : 'second') });
  const waiting = cache.get('TEST_FAILED');

  cache.clear();
  made.resolve('first');

  expect(await waiting).toBe('first');
  expect(cache.size).toBe(0);
  expect(await cache.get('TEST_FAILED')).toBe('second');
});

test('CTX-23 an unknown type has the general prompt', async () => {
  expect(await new PromptCache().get('NEVER_HEARD_OF')).toBe(defaultPrompt('ANOTHER'));
  expect(defaultPrompt('TEST_FAILED')).not.toBe(defaultPrompt('ANOTHER'));
});

test.each(['constructor', 'toString', '__proto__'])('CTX-23 %s is a type like any other that is not known', async (type) => {
  expect(defaultPrompt(type)).toBe(defaultPrompt('NEVER_HEARD_OF'));
  expect(rebuildCache([eventAt(1, { module: 'm' }, type)]).export().nodes).toEqual([]);
});

test('CTX-24 a hundred prompts are kept, unless a limit says fewer', async () => {
  const types = Array.from({ length: 100 }, (_, at) => `TYPE_${at}`);
  const [all, few] = [new PromptCache(), new PromptCache({ maxEntries: 10 })];
  await Promise.all([all.warm(types), few.warm(types)]);

  expect([all.size, few.size]).toEqual([100, 10]);
});

test('CTX-25 a failed generation is tried again, then the default is given and the next call tries anew', async () => {
  const warnings: string[] = [];
  let count = 0;
  const cache = new PromptCache({
    generate: async () => {
      count += 1;
      if (count < 4) throw new Error(`down ${count}`);
      return 'made';
    },
    onWarning: (warning) => warnings.push(warning),
  });

  expect(await cache.get('TEST_FAILED')).toBe(defaultPrompt('TEST_FAILED'));
  expect(cache.size).toBe(0);
  expect(await cache.get('TEST_FAILED')).toBe('made');
  expect(warnings).toHaveLength(3);
});

test('a caller that stops waiting does not stop the others', async () => {
  const made = Promise.withResolvers<string>();
  const cache = new PromptCache({ generate: async () => made.promise });
  const stop = new AbortController();
  const [stopped, other] = [cache.get('TEST_FAILED', { signal: stop.signal }), cache.get('TEST_FAILED')];

  stop.abort(new Error('enough'));
  await expect(stopped).rejects.toThrow('enough');
  made.resolve('made');

  expect(await other).toBe('made');
});

const idOf = (place: number): string => `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`;
function event(place: number, data: JsonObject, { taskId = 't1', codeVersion = 0, cause = 0 } = {}): Event {
  return createEvent({ taskId, sequenceNumber: place, streamVersion: place, type: 'MODULE_ITERATION', data, codeVersion, eventId: idOf(place), causationId: cause > 0 ? idOf(cause) : null, timestamp: '2026-01-01T00:00:00.000Z' });
}

test('CTX-26 CTX-27 of a hundred relevant events the ten newest come, in their order', () => {
  const events = Array.from({ length: 100 }, (_, index) => event(index + 1, { module: 'm' }));

  const found = filterRelevant(events.toReversed(), event(101, { module: 'm' }));

  expect(found.map(({ sequenceNumber }) => sequenceNumber)).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
  expect(filterRelevant(events, event(101, { module: 'm' }), { limit: 0 })).toEqual([]);
});

test('CTX-28 CTX-31 same module, and same version or among the causes; nothing of another task', () => {
  const events = [
    event(1, { module: 'm' }, { codeVersion: 1 }),
    event(2, { module: 'm' }, { codeVersion: 1, cause: 1 }),
    event(3, { module: 'm' }, { codeVersion: 2 }),
    event(4, { module: 'other' }, { codeVersion: 2 }),
    event(5, { module: 'm' }, { codeVersion: 2, taskId: 't2' }),
    event(6, { module: 'm' }, { codeVersion: 1 }),
  ];

  const found = filterRelevant(events, event(7, { module: 'm' }, { codeVersion: 2, cause: 2 }));

  expect(found.map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2, 3]);
});

test('CTX-29 CTX-30 fewer than the limit come as they are, and a broken or circular chain ends where it ends', () => {
  const circle = [event(1, { module: 'm' }, { codeVersion: 1, cause: 2 }), event(2, { module: 'm' }, { codeVersion: 1, cause: 1 })];
  const broken = [event(2, { module: 'm' }, { codeVersion: 1, cause: 99 })];
  const current = event(3, { module: 'm' }, { codeVersion: 5, cause: 2 });

  expect(filterRelevant(circle, current)).toHaveLength(2);
  expect(filterRelevant(broken, current)).toHaveLength(1);
  expect(filterRelevant([], current)).toEqual([]);
});

test('CTX-26 CTX-27 whatever the history, no more than the limit, chronological, without the current event', () => {
  const given = record({ module: constantFrom('a', 'b'), codeVersion: integer({ min: 0, max: 2 }), cause: integer({ min: 0, max: 30 }), taskId: constantFrom('t1', 't2') });
  assert(
    property(array(given, { minLength: 1, maxLength: 30 }), integer({ min: 0, max: 12 }), (each, limit) => {
      const events = each.map(({ module, ...extra }, index) => event(index + 1, { module }, extra));
      const current = events.at(-1)!;
      const places = filterRelevant(events, current, { limit }).map(({ sequenceNumber }) => sequenceNumber);

      expect(places.length).toBeLessThanOrEqual(limit);
      expect(places).toEqual(places.toSorted((left, right) => left - right));
      expect(places).not.toContain(current.sequenceNumber);
    }),
  );
});

test('CTX-93 in the shadow the flat context is given, and both are measured', () => {
  const comparisons: StrategyComparison[] = [];
  const errors: unknown[] = [];
  const options = {
    flat: (input: string) => ({ text: `${input} and much more`, tokens: 10 }),
    graph: (input: string) => {
      if (input === 'broken') throw new Error('no graph');
      return { text: input, tokens: 3 };
    },
    facts: () => ['fact', 'more'],
    onComparison: (comparison: StrategyComparison) => comparisons.push(comparison),
    onError: (error: unknown) => errors.push(error),
  };
  const shadow = chooseStrategy({ ...options, strategy: 'shadow' });

  expect(shadow('fact').tokens).toBe(10);
  expect(shadow('broken').tokens).toBe(10);
  expect(chooseStrategy({ ...options, strategy: 'graph' })('fact').tokens).toBe(3);
  expect(chooseStrategy({ ...options, strategy: 'flat' })('fact').tokens).toBe(10);
  expect(comparisons).toEqual([{ flatTokens: 10, graphTokens: 3, flatRetention: 1, graphRetention: 0.5 }]);
  expect(errors).toHaveLength(1);
});
