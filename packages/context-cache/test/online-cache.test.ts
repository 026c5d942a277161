import { ContextGraph, mistral7b, nodeId, OnlineCache, qwen38b, type CacheNode } from '@holdfast/context-cache';
import { TaskPriority } from '@holdfast/protocol';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';

const estimator = (text: string): number => text.length;
const node = (name: string, tokens = 1, extra: object = {}): CacheNode => new ContextGraph().put({ id: nodeId('concept', name), summary: 'x'.repeat(tokens), ...extra });
const ids = (cache: OnlineCache): string[] => [...cache].map((entry) => entry.node.id.slice('concept:'.length));

test('CTX-46 CTX-49 the budget holds after every put, whatever is put', () => {
  const put = record({ name: constantFrom('a', 'b', 'c', 'd', 'e', 'f'), tokens: integer({ min: 0, max: 60 }), priority: constantFrom(...Object.values(TaskPriority)) });

  assert(
    property(integer({ min: 0, max: 100 }), array(put, { maxLength: 40 }), (budgetTokens, puts) => {
      const evicted: string[] = [];
      const cache = new OnlineCache({ budgetTokens, estimator, onEvict: ({ id }) => evicted.push(id) });
      const told = puts.flatMap(({ name, tokens, priority }) => cache.put(node(name, tokens), { priority }).evicted);

      expect(cache.tokens).toBeLessThanOrEqual(budgetTokens);
      expect(cache.tokens).toBe([...cache].reduce((sum, entry) => sum + entry.node.summary.length, 0));
      expect(told).toEqual(evicted);
    }),
  );
});

test.each([mistral7b, qwen38b])('CTX-46 a cache takes the window of $model', ({ contextTokens }) => {
  const cache = new OnlineCache({ budgetTokens: contextTokens, estimator });

  expect(cache.put(node('all', contextTokens)).status).toBe('stored');
  expect(cache.put(node('more', 1)).evicted).toEqual(['concept:all']);
});

test('CTX-47 the least urgent goes first, the critical last', () => {
  const cache = new OnlineCache({ budgetTokens: 1000, estimator });
  for (const [name, priority] of Object.entries(TaskPriority)) cache.put(node(name, 200), { priority });

  const evictions = [200, 200, 200, 200].map((tokens, at) => cache.put(node(`new${at}`, tokens), { priority: TaskPriority.CRITICAL }).evicted);

  expect(evictions.flat()).toEqual(['concept:BACKGROUND', 'concept:LOW', 'concept:MEDIUM', 'concept:HIGH']);
  expect(ids(cache)).toContain('CRITICAL');
});

test('CTX-47 budget 1000, and 1500 to put: what is less urgent makes room, what is more urgent stays', () => {
  const cache = new OnlineCache({ budgetTokens: 1000, estimator });
  cache.put(node('low', 500), { priority: TaskPriority.LOW });
  cache.put(node('high', 500), { priority: TaskPriority.HIGH });

  expect(cache.put(node('medium', 500))).toEqual({ status: 'stored', evicted: ['concept:low'] });
  expect(cache.put(node('background', 500), { priority: TaskPriority.BACKGROUND })).toEqual({ status: 'rejected', evicted: [] });
  expect(ids(cache)).toEqual(['high', 'medium']);
});

test('CTX-50 among critical ones the one that was used longest ago goes', () => {
  const cache = new OnlineCache({ budgetTokens: 3, estimator });
  for (const name of ['a', 'b', 'c']) cache.put(node(name), { priority: TaskPriority.CRITICAL });
  cache.get('concept:a');

  expect(cache.put(node('d'), { priority: TaskPriority.CRITICAL }).evicted).toEqual(['concept:b']);
  expect(ids(cache)).toEqual(['d', 'a', 'c']);
});

test('CTX-51 an empty cache has nothing and says so without an error', () => {
  const cache = new OnlineCache({ budgetTokens: 10 });

  expect(cache.get('concept:a')).toBeUndefined();
  expect(cache.remove('concept:a')).toBe(false);
  expect([...cache]).toEqual([]);
});

test('CTX-53 a budget of nothing takes nothing, nor does any take what is larger than it', () => {
  expect(new OnlineCache({ budgetTokens: 0, estimator }).put(node('a', 0))).toEqual({ status: 'rejected', evicted: [] });
  expect(new OnlineCache({ budgetTokens: 10, estimator }).put(node('a', 11))).toEqual({ status: 'rejected', evicted: [] });
  expect(() => new OnlineCache({ budgetTokens: -1 })).toThrow(RangeError);
});

test('another version takes the place of the first, and a version that does not fit leaves the first', () => {
  const cache = new OnlineCache({ budgetTokens: 10, estimator });
  cache.put(node('a', 4));
  cache.put(node('a', 6), { priority: TaskPriority.HIGH });

  expect(cache.put(node('a', 11)).status).toBe('rejected');
  expect([cache.size, cache.tokens, [...cache][0]?.priority]).toEqual([1, 6, TaskPriority.HIGH]);
});

test('what cannot be kept elsewhere is not let go', () => {
  const cache = new OnlineCache({
    budgetTokens: 1,
    estimator,
    onEvict: () => {
      throw new Error('disk full');
    },
  });
  cache.put(node('a'));

  expect(() => cache.put(node('b'))).toThrow('disk full');
  expect(ids(cache)).toEqual(['a']);
});

test('CTX-52 a hundred updates of one entry keep it the last used, at its own size', () => {
  const cache = new OnlineCache({ budgetTokens: 100, estimator });
  cache.put(node('other', 10));
  for (let at = 0; at < 100; at += 1) cache.put(node('a', at % 50));

  expect([ids(cache)[0], cache.tokens]).toEqual(['a', 10 + 49]);
});
