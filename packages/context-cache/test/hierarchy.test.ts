import { buildHierarchy, buildNodeContext, charsPer4, ContextGraph, createEstimator, estimateTokens, expandMarker, type ContextItem, type TokenEstimator } from '@holdfast/context-cache';
import type { Event } from '@holdfast/event-store';
import { array, assert, boolean, constantFrom, double, integer, property, record, string } from 'fast-check';
import { expect, test } from 'vitest';
import { eventAt } from './history.ts';

const words: TokenEstimator = (text) => text.split(/\s+/u).filter((word) => word !== '').length;
const sections = [
  { name: 'Low', priority: 'LOW' },
  { name: 'Critical', priority: 'CRITICAL' },
  { name: 'High', priority: 'HIGH' },
  { name: 'Medium', priority: 'MEDIUM' },
] as const;
const item = (section: string, count: number, extra: Partial<ContextItem> = {}): ContextItem => ({ id: `${section} of ${count}`, section, forms: [Array.from({ length: count }, (_, at) => `${section.toLowerCase()}${at}`).join(' ')], ...extra });

test('CTX-83 the most urgent is filled first and stands first', () => {
  const { trace, text, omitted } = buildHierarchy({ sections, items: [item('Low', 40), item('Medium', 30), item('Critical', 30), item('High', 30)], budgetTokens: 125, estimator: words });

  expect(trace.map(({ section }) => section)).toEqual(['Critical', 'High', 'Medium']);
  expect(text.indexOf('## Critical')).toBe(0);
  expect(omitted).toEqual([{ id: 'Low of 40', section: 'Low', tokens: 40, reason: 'no room' }]);
});

test('CTX-84 it ends at 80 % of the budget', () => {
  const items = Array.from({ length: 100 }, (_, at) => item('High', 100, { id: `${at}` }));

  const { tokens, trace } = buildHierarchy({ sections, items, budgetTokens: 8000, estimator: words });

  expect(tokens).toBe(6302);
  expect(trace).toHaveLength(63);
});

test('CTX-87 a budget of 1000 and 1500 that is critical: it is cut at the end of a line', () => {
  const text = Array.from({ length: 150 }, (_, at) => `line ${at} has these seven words in it`.split(' ').slice(0, 10).join(' ')).join('\n');

  const context = buildHierarchy({ sections, items: [{ id: 'task', section: 'Critical', forms: [text] }, item('High', 5)], budgetTokens: 1000, estimator: words });

  expect(context.tokens).toBeLessThanOrEqual(800);
  expect(context.tokens).toBeGreaterThan(780);
  expect(context.sections[0]?.text).toMatch(/words in it \[…\]$/u);
  expect(context.omitted).toContainEqual({ id: 'task', section: 'Critical', tokens: words(text), reason: 'cut' });
});

test('CTX-88 where there is only what matters little, it gets in', () => {
  expect(buildHierarchy({ sections, items: [item('Low', 10)], budgetTokens: 100, estimator: words }).trace).toHaveLength(1);
});

test('a floor is kept for a section that the more urgent one would fill', () => {
  const items = [...Array.from({ length: 20 }, (_, at) => item('High', 10, { id: `h${at}` })), item('Medium', 10)];
  const floored = sections.map(({ name, priority }) => ({ name, priority, floorTokens: name === 'Medium' ? 10 : 0 }));

  const [without, withFloor] = [sections, floored].map((each) => buildHierarchy({ sections: each, items, budgetTokens: 100, estimator: words }));

  expect(without?.trace.some(({ section }) => section === 'Medium')).toBe(false);
  expect(withFloor?.trace.some(({ section }) => section === 'Medium')).toBe(true);
});

test('what is pinned is there in full, or not at all', () => {
  const pinned = { id: 'rule', section: 'Low', forms: ['short', 'a rule that must be read as it is'], pinned: true };

  const roomy = buildHierarchy({ sections, items: [item('Critical', 70), pinned], budgetTokens: 100, estimator: words });
  const tight = buildHierarchy({ sections, items: [pinned], budgetTokens: 5, estimator: words });

  expect(roomy.text).toContain('a rule that must be read as it is');
  expect(tight).toMatchObject({ trace: [], omitted: [{ id: 'rule' }] });
});

const detailed = (section: string): ContextItem => ({ id: section, section, forms: ['title', 'title and summary', `title and summary and ${'much '.repeat(20)}`] });

test('there is more detail where there is room, the most urgent first', () => {
  const { trace } = buildHierarchy({ sections, items: [detailed('High'), detailed('Critical')], budgetTokens: 50, estimator: words });

  expect(trace.map(({ id, form }) => [id, form])).toEqual([['Critical', 2], ['High', 1]]);
});

test('CTX-07 CTX-84 no context is over its budget in 1000 random builds, and everything is either in it or said to be left out', () => {
  const text = string({ unit: 'grapheme', maxLength: 200 });
  const items = array(record({ id: constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), section: constantFrom('Low', 'Critical', 'High', 'Medium', 'Nowhere'), forms: array(text, { minLength: 1, maxLength: 3 }), score: double({ noNaN: true }), pinned: boolean() }), { maxLength: 30 });
  const estimators = [estimateTokens, charsPer4, createEstimator('mistral'), words];
  const floors = array(integer({ min: 0, max: 300 }), { minLength: 4, maxLength: 4 });

  assert(
    property(items, floors, integer({ min: 0, max: 2000 }), double({ min: 0.05, max: 1, noNaN: true }), constantFrom(...estimators), (given, floor, budgetTokens, fillRatio, estimator) => {
      const built = buildHierarchy({ sections: sections.map(({ name, priority }, at) => ({ name, priority, floorTokens: floor[at] ?? 0 })), items: given, budgetTokens, fillRatio, estimator });

      expect(estimator(built.text)).toBeLessThanOrEqual(budgetTokens * fillRatio);
      const told = new Set([...built.trace, ...built.omitted].map(({ id, section }) => `${section} ${id}`));
      expect(given.every(({ id, section }) => told.has(`${section} ${id}`))).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

function project(): ContextGraph {
  const graph = new ContextGraph();
  graph.put({ id: 'task:t1', summary: 'Write a parser for arithmetic.', metadata: { status: 'running' }, fullContentRef: 'event:t1/1' });
  graph.put({ id: 'module:parser', summary: 'Reads words into a tree.', dependencies: ['module:lexer', 'module:nowhere'], mentions: ['concept:precedence'], metadata: { status: 'started' }, clock: { w1: 3 }, fullContentRef: 'event:t1/3' });
  graph.put({ id: 'module:lexer', summary: 'Cuts text into words.', dependencies: ['library:unicode'], metadata: { status: 'complete' }, fullContentRef: 'event:t1/2' });
  graph.put({ id: 'module:printer', summary: 'Prints a tree.' });
  graph.put({ id: 'library:unicode', summary: 'Tables of characters.' });
  graph.put({ id: 'function:parse', summary: 'parse(text: string): Tree', fullContentRef: 'event:t1/3' });
  graph.put({ id: 'test:deep input', summary: 'ten thousand brackets', metadata: { passed: false } });
  graph.put({ id: 'concept:precedence', summary: 'Which operator binds tighter.' });
  for (const module of ['parser', 'lexer', 'printer']) graph.link('task:t1', 'contains', `module:${module}`);
  graph.link('module:parser', 'contains', 'function:parse');
  graph.link('module:parser', 'tested_by', 'test:deep input');
  return graph;
}
const events = [
  eventAt(1, { module: 'parser', message: 'first error' }, 'TEST_FAILED'),
  eventAt(2, { module: 'parser', note: 'tried' }),
  eventAt(3, { module: 'parser', message: 'too deep' }, 'TEST_FAILED'),
];
const similar = [project().put({ id: 'task:old', summary: 'A parser was written before.' })];

test('CTX-90 CTX-91 each level holds what belongs to it: title with marker, status, references and storage, then the summary', () => {
  const { text, sections: built } = buildNodeContext({ graph: project(), focus: 'module:parser', events, similar, budgetTokens: 2000 });

  expect(text).toBe(`## Task
[t1] task:t1 · running · <event:t1/1>
Write a parser for arithmetic.

## Working on
[m1] module:parser · started · [→ m2 c1] · <event:t1/3>
Reads words into a tree.

## Direct dependencies
[m2] module:lexer · complete · [→ l1] · <event:t1/2>
Cuts text into words.

## Last error
#3 TEST_FAILED v0 at 2026-01-01T00:00:00.000Z {"module":"parser","message":"too deep"}

## Related functions
[f1] function:parse · <event:t1/3>
parse(text: string): Tree

## Dependencies of dependencies
[l1] library:unicode
Tables of characters.

## Last iterations
#2 MODULE_ITERATION v0 at 2026-01-01T00:00:00.000Z {"module":"parser","note":"tried"}

## Tests
[t2] test:deep input · failed
ten thousand brackets

## Sibling modules
[m3] module:printer
Prints a tree.

## Similar past tasks
[t3] task:old
A parser was written before.

## Errors before
#1 TEST_FAILED v0 module=parser message=first error`);
  expect(built.map(({ priority }) => priority)).toEqual(['CRITICAL', 'CRITICAL', 'CRITICAL', 'CRITICAL', 'HIGH', 'HIGH', 'HIGH', 'MEDIUM', 'MEDIUM', 'MEDIUM', 'LOW', 'LOW', 'LOW']);
});

test('CTX-91 a task takes about 100 tokens, a module 300, a function 150, however long their summaries', () => {
  const graph = new ContextGraph();
  const long = 'A sentence of some words about it. '.repeat(400);
  graph.put({ id: 'task:t', summary: long });
  graph.put({ id: 'module:m', summary: long });
  graph.put({ id: 'function:f', summary: long });
  graph.link('task:t', 'contains', 'module:m');
  graph.link('module:m', 'contains', 'function:f');

  const { trace } = buildNodeContext({ graph, focus: 'module:m', budgetTokens: 1000 });

  const tokens = Object.fromEntries(trace.map(({ id, tokens: count }) => [id, count]));
  expect(tokens['task:t']).toBeGreaterThan(80);
  expect(tokens['task:t']).toBeLessThanOrEqual(100);
  expect(tokens['module:m']).toBeLessThanOrEqual(300);
  expect(tokens['function:f']).toBeLessThanOrEqual(150);
});

test('CTX-85 every reference resolves in the graph and can be expanded, and text from outside cannot forge one', () => {
  const graph = project();
  graph.put({ id: 'module:lexer', summary: 'See [→ m99] and [ <- x] and [m98].' });
  const context = buildNodeContext({ graph, focus: 'module:parser', budgetTokens: 2000 });
  const references = [...context.text.matchAll(/\[→ ([^\]]+)\]/gu)].flatMap(([, list = '']) => list.split(' '));

  expect(references).toEqual(['m2', 'c1']);
  for (const marker of references) expect(graph.find(context.markers[marker] ?? '')).toBeDefined();
  expect(expandMarker('c1', context, graph, { budgetTokens: 100 }).text).toBe('## concept\n[c1] concept:precedence\nWhich operator binds tighter.');
  expect(() => expandMarker('m99', context, graph, { budgetTokens: 100 })).toThrow(expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND' }));
});

test('CTX-86 CTX-43 a node that is missing is skipped and told of', () => {
  const context = buildNodeContext({ graph: project(), focus: 'module:parser', budgetTokens: 2000 });

  expect(context.missing).toEqual(['module:nowhere']);
  expect(context.text).not.toContain('nowhere');
  expect(() => buildNodeContext({ graph: project(), focus: 'module:nowhere', budgetTokens: 2000 })).toThrow(expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND' }));
});

test('CTX-89 CTX-40 modules that need each other are each shown once', () => {
  const graph = new ContextGraph();
  for (const [one, other] of [['a', 'b'], ['b', 'c'], ['c', 'a']]) graph.put({ id: `module:${one}`, dependencies: [`module:${other}`, `module:${one}`] });

  const { trace } = buildNodeContext({ graph, focus: 'module:a', budgetTokens: 1000 });

  expect(trace.map(({ id }) => id)).toEqual(['module:a', 'module:b', 'module:c']);
});

test('CTX-39 under 1000 tokens of a large graph, what PageRank puts first gets in', () => {
  const graph = new ContextGraph();
  graph.put({ id: 'module:focus', dependencies: Array.from({ length: 60 }, (_, at) => `module:d${String(at).padStart(2, '0')}`) });
  for (let at = 0; at < 60; at += 1) graph.put({ id: `module:d${String(at).padStart(2, '0')}`, summary: `Dependency ${at}. `.repeat(20), dependencies: at === 0 ? [] : ['module:d59'] });

  const { tokens, trace, omitted } = buildNodeContext({ graph, focus: 'module:focus', budgetTokens: 1000 });

  expect(tokens).toBeLessThanOrEqual(800);
  expect(trace.map(({ id }) => id).slice(0, 2)).toEqual(['module:focus', 'module:d59']);
  expect(omitted.length).toBeGreaterThan(0);
});

test('what events have overtaken is shown as stale', () => {
  const later: Event = { ...eventAt(9, { module: 'parser' }), vectorClock: { w1: 9 } };

  const context = buildNodeContext({ graph: project(), focus: 'module:parser', events: [later], budgetTokens: 2000 });

  expect(context.stale).toEqual(['module:parser']);
  expect(context.text).toContain('[m1] module:parser · started · stale · ');
});

test('a pinned node is never summarised, and the prefix stands first, the same each time', () => {
  const graph = project();
  const rule = `Never change the public interface. ${'It is used elsewhere. '.repeat(60)}`.trim();
  graph.put({ id: 'concept:rule', summary: rule });

  const context = buildNodeContext({ graph, focus: 'module:parser', pinned: ['concept:rule'], prefix: 'You write code.', budgetTokens: 2000 });

  expect(context.text.startsWith('You write code.\n\n## Task')).toBe(true);
  expect(context.text).toContain(rule);
});
