/**
 * What the parts cost, each beside what one would take instead, in one run.
 *
 *     npm run bench -w packages/context-cache
 */
import { createRequire } from 'node:module';
import { createMemoryEventStore, type Event } from '@holdfast/event-store';
import { buildContext, CacheProjection, ContextGraph, estimateTokens, nodeId, OnlineCache } from '@holdfast/context-cache';
import { buildCodeContext, CodeGraph, parseSource } from '@holdfast/context-cache/extract';
import { openOfflineCache } from '@holdfast/context-cache/sqlite';
import { GraphSnapshot, type WeightedEdge } from '../src/rank/graph-snapshot.ts';
import { pageRank } from '../src/rank/page-rank.ts';
import { linkByName } from '../src/extract/link-by-name.ts';
import { wordsOf } from '../src/rank/words.ts';
import { loadPackage, proven } from '../eval/packages.ts';
import { randomFrom } from '../eval/random.ts';

const peers = createRequire(new URL('../eval/peers/package.json', import.meta.url));
const random = randomFrom(11);
const broken: string[] = [];

await hits();
contexts();
await ranking();
await rebuilding();
await searching();
for (const what of broken) console.error(`does not hold: ${what}`);
process.exitCode = broken.length > 0 ? 1 : 0;

async function hits(): Promise<void> {
  const { LRUCache } = (await import(peers.resolve('lru-cache'))) as { LRUCache: new (options: object) => { set(key: string, value: unknown, options: object): void; get(key: string): unknown } };
  const graph = new ContextGraph();
  const nodes = Array.from({ length: 10_000 }, (_, at) => graph.put({ id: nodeId('concept', `c${at}`), summary: `what is known of ${at}` }));
  const cache = new OnlineCache({ budgetTokens: 1e9 });
  const plain = new LRUCache({ maxSize: 1e9 });
  for (const node of nodes) {
    cache.put(node);
    plain.set(node.id, node, { size: node.summary.length });
  }
  const ids = Array.from({ length: 100_000 }, () => nodes[Math.floor(random() * nodes.length)]!.id);
  const [ours, theirs] = [samples(ids, (id) => cache.get(id)), samples(ids, (id) => plain.get(id))];
  console.log(`hit in 10,000 entries: p50 ${micro(quantile(ours, 0.5))}, p99 ${micro(quantile(ours, 0.99))}; lru-cache p50 ${micro(quantile(theirs, 0.5))}, p99 ${micro(quantile(theirs, 0.99))}`);
  promise('hit p99', quantile(ours, 0.99), 0.01);
}

function contexts(): void {
  const sources = (['rxjs', 'redux-toolkit', 'mobx'] as const).flatMap((name) => loadPackage(name).sources.map(({ path, text }) => parseSource(`${name}/${path}`, text)));
  const graph = new CodeGraph(sources, linkByName(sources));
  const targets = graph.definitions.filter(({ kind, body }) => (kind === 'function' || kind === 'method') && body !== null);
  const picked = Array.from({ length: 200 }, () => targets[Math.floor(random() * targets.length)]!);
  const build = ({ id }: { readonly id: string }): unknown => buildCodeContext(graph, { targets: [id], budgetTokens: 8192, hideBodies: true });
  for (const target of picked) build(target);
  const took = samples(picked, build);
  const flat = samples(picked, ({ path }) => buildContext({ state: graph.source(path)?.text ?? '', events: [], budgetTokens: 8192 }));
  console.log(`one context among ${graph.definitions.length} definitions: p50 ${milli(quantile(took, 0.5))}, p95 ${milli(quantile(took, 0.95))}; the file cut to the budget p50 ${milli(quantile(flat, 0.5))}, p95 ${milli(quantile(flat, 0.95))}`);
  promise('build p95', quantile(took, 0.95), 10);
}

async function ranking(): Promise<void> {
  const { default: metrics } = (await import(peers.resolve('graphology-metrics/centrality/pagerank.js'))) as { default: (graph: unknown) => unknown };
  const { MultiDirectedGraph } = await import('graphology');
  for (const size of [10_000, 100_000]) {
    const edges: WeightedEdge[] = [];
    for (let node = 1; node < size; node += 1) {
      for (let edge = 0; edge < 3; edge += 1) edges.push({ from: node, to: Math.floor(random() ** 3 * node), weight: 1 + random() });
      edges.push({ from: Math.floor(random() * size), to: node, weight: 0.2 });
    }
    const snapshot = GraphSnapshot.of(size, edges);
    const took = samples(Array.from({ length: 40 }, () => Math.floor(random() * size)), (seed) => pageRank(snapshot, new Map([[seed, 1]])));
    const graph = new MultiDirectedGraph();
    for (let node = 0; node < size; node += 1) graph.addNode(node);
    for (const { from, to, weight } of edges) graph.addEdge(from, to, { weight });
    const theirs = samples([1, 2, 3], () => metrics(graph));
    console.log(`PageRank of ${size.toLocaleString('en')} nodes, ${edges.length.toLocaleString('en')} edges: p50 ${milli(quantile(took, 0.5))}, p95 ${milli(quantile(took, 0.95))}; graphology-metrics, not personalised: ${milli(quantile(theirs, 0.5))}`);
    if (size === 100_000) promise('ranking 100,000 nodes p50', quantile(took, 0.5), 40);
  }
}

async function rebuilding(): Promise<void> {
  const types = ['MODULE_ITERATION', 'CODE_GENERATED', 'TEST_PASSED', 'TEST_FAILED', 'MODULE_COMPLETE'] as const;
  await using store = createMemoryEventStore();
  const news = Array.from({ length: 100_000 }, (_, place) => ({
    type: types[place % types.length] ?? 'MODULE_ITERATION',
    data: { module: `m${place % 200}`, test: `t${place % 500}`, summary: `after ${place}`, dependencies: [`m${(place * 7) % 200}`] },
    vectorClock: { w1: place + 1 },
  }));
  for (let start = 0; start < news.length; start += 1000) await store.append('t1', news.slice(start, start + 1000));
  const events: Event[] = [];
  for await (const event of store.read({ taskId: 't1' })) events.push(event);
  const fold = (count: number): number =>
    timed(() => {
      const projection = new CacheProjection();
      for (const event of events.slice(0, count)) projection.apply(event);
      return projection.graph().size;
    });
  const direct = timed(() => {
    const graph = new ContextGraph();
    for (const { data, vectorClock } of events) graph.put({ id: `module:${JSON.stringify(data['module'])}`, summary: JSON.stringify(data['summary']), clock: vectorClock });
  });
  const [thousand, all] = [Math.min(fold(1000), fold(1000), fold(1000)), Math.min(fold(100_000), fold(100_000), fold(100_000))];
  console.log(`rebuild: 1000 events ${milli(thousand)}, 100,000 events ${milli(all)}; a graph changed event by event ${milli(direct)}`);
  promise('rebuild of 100,000 events', all, 600);
}

async function searching(): Promise<void> {
  const { default: MiniSearch } = (await import(peers.resolve('minisearch'))) as { default: new (options: object) => { addAll(documents: readonly object[]): void; search(query: string): unknown } };
  const texts = proven.flatMap((name) => loadPackage(name).sources.flatMap(({ text }) => text.match(/[\s\S]{1,270}/gu) ?? [])).slice(0, 10_000);
  const graph = new ContextGraph();
  texts.forEach((text, place) => graph.put({ id: `concept:c${place}`, summary: text.toWellFormed() }));
  using cache = openOfflineCache({ path: ':memory:', onWarning: console.error });
  const exported = graph.export();
  const building = timed(() => cache.import(exported));
  const mini = new MiniSearch({ fields: ['text'], tokenize: wordsOf });
  const theirBuilding = timed(() => mini.addAll(texts.map((text, id) => ({ id, text }))));
  const queries = Array.from({ length: 300 }, () => {
    const words = [...new Set(wordsOf(texts[Math.floor(random() * texts.length)] ?? ''))].filter((word) => word.length > 3);
    return Array.from({ length: 4 }, () => words[Math.floor(random() * words.length)] ?? 'text').join(' ');
  });
  const [ours, theirs] = [samples(queries, (query) => cache.searchKeywords(query)), samples(queries, (query) => mini.search(query))];
  console.log(`keyword search of ${cache.size.toLocaleString('en')} nodes: p50 ${milli(quantile(ours, 0.5))}, p95 ${milli(quantile(ours, 0.95))}, built in ${milli(building)}; minisearch p50 ${milli(quantile(theirs, 0.5))}, p95 ${milli(quantile(theirs, 0.95))}, built in ${milli(theirBuilding)}`);
  promise('keyword search p50', quantile(ours, 0.5), 2);
  const megabytes = texts.join('').length / 1e6;
  const estimating = Math.min(...samples([1, 2, 3, 4, 5], () => texts.forEach((text) => estimateTokens(text))));
  console.log(`token estimates of ${texts.length.toLocaleString('en')} texts: ${((megabytes / estimating) * 1000).toFixed(0)} MB/s`);
}

function promise(what: string, took: number, most: number): void {
  if (took > most) broken.push(`${what} takes ${milli(took)}, promised are ${milli(most)}`);
}

function timed(run: () => unknown): number {
  const began = performance.now();
  run();
  return performance.now() - began;
}

function samples<Value>(values: readonly Value[], run: (value: Value) => unknown): number[] {
  return values.map((value) => timed(() => run(value))).toSorted((left, right) => left - right);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function milli(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`;
}

function micro(milliseconds: number): string {
  return `${(milliseconds * 1000).toFixed(2)} µs`;
}
