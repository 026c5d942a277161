import { ContextGraph, nodeId, nodeTypes, relations } from '@holdfast/context-cache';
import { array, assert, constantFrom, property, record } from 'fast-check';
import { expect, test } from 'vitest';

const ids = (graph: ContextGraph, from: string, depth?: number): string[] =>
  graph.related(from, depth === undefined ? {} : { depth }).nodes.map(({ node }) => node.id);

/** m0 depends on m1, which depends on m2, and so on. */
function chain(length: number): ContextGraph {
  const graph = new ContextGraph();
  for (let at = 0; at < length; at += 1) graph.put({ id: `module:m${at}`, dependencies: at + 1 < length ? [`module:m${at + 1}`] : [] });
  return graph;
}

test('CTX-33 a node has its type from its id, and everything that is left out gets its default', () => {
  const graph = new ContextGraph();

  const node = graph.put({ id: nodeId('module', 'parser'), summary: 'Reads text', fullContentRef: 'event:7', clock: { w1: 3 }, metadata: { owner: 'a' } });

  expect(node).toEqual({
    id: 'module:parser',
    type: 'module',
    summary: 'Reads text',
    fullContentRef: 'event:7',
    dependencies: [],
    mentions: [],
    clock: { w1: 3 },
    metadata: { owner: 'a' },
  });
  expect(Object.isFrozen(node)).toBe(true);
  expect(nodeTypes.map((type) => graph.put({ id: nodeId(type, 'x') }).type)).toEqual([...nodeTypes]);
});

test.each(['parser', 'module:', 'planet:mars', ''])('CTX-33 "%s" is no node id', (id) => {
  const graph = new ContextGraph();
  const refused = expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_INVALID_NODE' });

  expect(() => graph.put({ id })).toThrow(refused);
  expect(() => graph.put({ id: 'module:a', dependencies: [id] })).toThrow(refused);
  expect(() => graph.link('module:a', 'contains', id)).toThrow(refused);
  expect(graph.size).toBe(0);
});

test('CTX-34 CTX-35 two nodes may stand to each other in several ways, each said once', () => {
  const graph = new ContextGraph();
  for (const relation of [...relations, ...relations]) graph.link('module:a', relation, 'test:a');
  graph.link('test:a', 'references', 'module:a');

  expect(graph.export().edges).toEqual([
    { from: 'module:a', relation: 'contains', to: 'test:a' },
    { from: 'module:a', relation: 'depends_on', to: 'test:a' },
    { from: 'module:a', relation: 'references', to: 'test:a' },
    { from: 'module:a', relation: 'tested_by', to: 'test:a' },
    { from: 'test:a', relation: 'references', to: 'module:a' },
  ]);
});

test('CTX-36 CTX-43 a node that is only named is missing until it is put', () => {
  const graph = new ContextGraph();
  graph.put({ id: 'module:a', dependencies: ['library:zod'], mentions: ['concept:parsing'] });

  expect(graph.related('module:a')).toEqual({ nodes: [], missing: ['concept:parsing', 'library:zod'] });
  expect(graph.find('library:zod')).toBeUndefined();
  expect(() => graph.get('library:zod')).toThrow(expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND' }));
  expect(ids(graph, 'library:zod')).toEqual(['module:a']);

  graph.put({ id: 'library:zod' });

  expect(ids(graph, 'module:a')).toEqual(['library:zod']);
  expect(graph.size).toBe(2);
});

test('CTX-36 putting a node again takes back what it no longer declares and keeps what was linked', () => {
  const graph = new ContextGraph();
  graph.put({ id: 'module:a', dependencies: ['module:old', 'module:both'] });
  graph.link('module:a', 'depends_on', 'module:both');
  graph.link('module:a', 'tested_by', 'test:a');

  graph.put({ id: 'module:a', dependencies: ['module:new'] });

  expect(graph.related('module:a').missing).toEqual(['module:both', 'module:new', 'test:a']);
  expect(() => graph.related('module:old')).toThrow(expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND' }));
});

test('CTX-37 related is two edges away, in both directions, nearest first', () => {
  const graph = chain(10);

  expect(ids(graph, 'module:m5')).toEqual(['module:m4', 'module:m6', 'module:m3', 'module:m7']);
  expect(graph.related('module:m0').nodes.map(({ distance }) => distance)).toEqual([1, 2]);
  expect(ids(graph, 'module:m0', 1)).toEqual(['module:m1']);
  expect(ids(graph, 'module:m0', 0)).toEqual([]);
});

test('CTX-38 a chain of ten is followed for three edges at most', () => {
  expect(ids(chain(10), 'module:m0', 99)).toEqual(['module:m1', 'module:m2', 'module:m3']);
});

test('CTX-40 a cycle is walked once', () => {
  const graph = new ContextGraph();
  for (const [id, next] of [['a', 'b'], ['b', 'c'], ['c', 'a']]) graph.put({ id: `module:${id}`, dependencies: [`module:${next}`, `module:${id}`] });

  expect(ids(graph, 'module:a', 3)).toEqual(['module:b', 'module:c']);
});

test('CTX-41 a node without edges is kept', () => {
  const graph = new ContextGraph();
  graph.put({ id: 'concept:alone' });

  expect(graph.related('concept:alone')).toEqual({ nodes: [], missing: [] });
  expect(ContextGraph.import(graph.export()).get('concept:alone').type).toBe('concept');
});

test('CTX-44 an export through JSON restores every node and edge, byte for byte the same whatever the order of putting', () => {
  const id = constantFrom('module:a', 'module:b', 'function:f', 'test:t', 'library:l');
  const nodes = array(record({ id, dependencies: array(id), mentions: array(id) }), { maxLength: 8 });
  const links = array(record({ from: id, relation: constantFrom(...relations), to: id }), { maxLength: 8 });

  assert(
    property(nodes, links, (put, linked) => {
      const graph = new ContextGraph();
      for (const node of put) graph.put(node);
      for (const { from, relation, to } of linked) graph.link(from, relation, to);

      const text = JSON.stringify(graph.export());
      const again = ContextGraph.import(JSON.parse(text));

      expect(JSON.stringify(again.export())).toBe(text);
      for (const { id: each } of graph.export().nodes) expect(again.related(each, { depth: 3 })).toEqual(graph.related(each, { depth: 3 }));
    }),
  );
});

test('CTX-44 an export that was changed, cut off or is of another version is refused', () => {
  const graph = chain(3);
  graph.link('module:m0', 'tested_by', 'test:m0');
  const good = graph.export();
  const refused = expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_BAD_EXPORT' });

  for (const bad of [null, [], {}, { ...good, version: 2 }, { ...good, nodes: good.nodes.slice(1) }, { ...good, edges: [] }, { ...good, checksum: '00000000' }]) {
    expect(() => ContextGraph.import(bad)).toThrow(refused);
  }
});
