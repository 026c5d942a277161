/** Ways to fill a context. All but those in full text show signatures in the same form and pay for paths and class headers. */
import type { Definition } from '../src/extract/definition.ts';
import { relativePath } from '../src/extract/paths.ts';
import type { CodeGraph, Ranking } from '../src/rank/code-graph.ts';
import { GraphSnapshot } from '../src/rank/graph-snapshot.ts';
import { KeywordIndex } from '../src/rank/keyword-index.ts';
import { packDefinitions } from '../src/rank/pack-definitions.ts';
import { pageRank } from '../src/rank/page-rank.ts';
import { renderDefinition, renderPlace } from '../src/rank/render-definitions.ts';

export interface Task {
  readonly target: Definition;
  /** Indexes of the definitions that its body uses, in other files. */
  readonly needs: readonly number[];
}

export interface Method {
  readonly name: string;
  choose(task: Task, budgetTokens: number): ReadonlySet<number>;
}

export interface Methods {
  readonly listed: readonly Method[];
  readonly ranked: Method;
  readonly heads: Method;
  importedInFull(task: Task): { readonly found: ReadonlySet<number>; readonly tokens: number };
}

type Count = (text: string) => number;

export function createMethods(graph: CodeGraph, named: CodeGraph, count: Count, tasks: readonly Task[], quick: boolean): Methods {
  const { definitions } = graph;
  const tokensOf = remember((index: number) => count(`${renderDefinition(definitions[index]!)}\n`));
  const tokensOfLine = remember((line: string) => count(`${line}\n`));
  const pathsFrom = ({ target }: Task) => (path: string): number => tokensOfLine(renderPlace(relativePath(target.path, path)));
  const tokensOfFile = remember((path: string) => count(graph.source(path)!.text));
  const paths = [...new Set(definitions.map(({ path }) => path))].toSorted();
  const pack = (task: Task, scores: Float64Array, budgetTokens: number, accepts: (index: number) => boolean): ReadonlySet<number> =>
    new Set(packDefinitions({ definitions, scores, budgetTokens, tokensOf, tokensOfPath: pathsFrom(task), indexOf: (id) => graph.indexOf(id), accepts }).chosen);
  const elsewhere = ({ target }: Task) => (index: number): boolean => definitions[index]!.path !== target.path;

  const rankings = new Map<string, Ranking>();
  const rankedBy = (name: string, source: CodeGraph, mismatched = 0): Method => ({
    name,
    choose: (task, budget) => {
      const asked = mismatched === 0 ? task : tasks[(tasks.indexOf(task) + mismatched) % tasks.length]!;
      const key = `${name} ${asked.target.id}`;
      const ranking = rankings.get(key) ?? source.rank({ targets: [asked.target.id], hideBodies: true });
      rankings.set(key, ranking);
      return pack(asked, ranking.scores, budget, elsewhere(asked));
    },
  });
  const inOrder = (name: string, order: (task: Task) => readonly number[]): Method => ({
    name,
    choose: (task, budget) => takeInOrder(order(task), budget, definitions, tokensOf, pathsFrom(task), (id) => graph.indexOf(id)),
  });
  const files = (name: string, order: (task: Task) => readonly string[]): Method => ({
    name,
    choose: (task, budget) => takeFiles(order(task), budget, graph, tokensOfFile, count),
  });

  const ranked = rankedBy('ranked', graph);
  const imported = (task: Task): readonly string[] => graph.importedFiles(task.target.path, [task.target.id]).filter((path) => path !== task.target.path);
  const heads: Method = { name: 'heads', choose: (task, budget) => takeHeads(imported(task), budget, graph, count) };
  const keywords = new KeywordIndex(definitions.map((definition) => `${definition.name} ${definition.signature} ${definition.documentation} ${bodyOf(graph, definition)}`));
  const chunkTokens = remember((index: number) => count(textOf(graph, definitions[index]!)));
  const words = ({ target }: Task): string => `${target.name} ${target.signature} ${target.documentation}`;
  const popularity = popularityOf(graph);
  const map = fileMap(graph);
  const listed = [
    ranked,
    rankedBy('ranked, linked by name alone', named),
    inOrder('two hops', (task) => twoHops(graph, task).filter(elsewhere(task))),
    inOrder('repository map (PageRank over files)', (task) => map(task).filter(elsewhere(task))),
    { name: 'popularity, by worth of a token', choose: (task: Task, budget: number) => pack(task, popularity(task), budget, elsewhere(task)) },
    inOrder('BM25, signatures', (task) => keywords.search(words(task), 400, elsewhere(task)).map(({ document }) => document)),
    inFullText('BM25, full text of the definitions', (task) => keywords.search(words(task), 200, elsewhere(task)).map(({ document }) => document), chunkTokens),
    files('imported files in full', imported),
    files('recency (stands in: same folder first, in full)', (task) => nearestFiles(paths, task.target.path)),
    files('flat, in the order of paths, in full', (task) => paths.filter((path) => path !== task.target.path)),
    inOrder('flat, in the order of paths, signatures', (task) => definitions.map((_, index) => index).filter(elsewhere(task))),
    rankedBy('ranked for another target (what popularity alone gives)', graph, 1),
  ];
  return {
    listed: quick ? listed.slice(0, 3) : listed,
    ranked,
    heads,
    importedInFull: (task) => {
      const found = new Set(imported(task).flatMap((path) => graph.inFile(path)));
      return { found, tokens: imported(task).reduce((sum, path) => sum + tokensOfFile(path), 0) };
    },
  };
}

function inFullText(name: string, order: (task: Task) => readonly number[], tokensOf: (index: number) => number): Method {
  return {
    name,
    choose: (task, budget) => {
      const chosen = new Set<number>();
      let tokens = 0;
      for (const index of order(task)) {
        if (tokens + tokensOf(index) > budget) continue;
        tokens += tokensOf(index);
        chosen.add(index);
      }
      return chosen;
    },
  };
}

/** From the target, its file and its visible imports, two links in both directions, nearest first. */
function twoHops(graph: CodeGraph, { target }: Task): number[] {
  const neighbours = neighboursOf(graph);
  const index = graph.indexOf(target.id)!;
  const hidden = new Set(graph.links.filter(({ from, count, inBody }) => from === target.id && count === inBody).map(({ to }) => graph.indexOf(to)!));
  const seen = new Set([index, ...graph.inFile(target.path), ...graph.importedBy(target.path, [target.id])]);
  const order = [...seen].toSorted((left, right) => left - right);
  let ring = order;
  for (let hop = 0; hop < 2; hop += 1) {
    const next: number[] = [];
    for (const node of ring) {
      for (const neighbour of neighbours[node] ?? []) {
        if (seen.has(neighbour) || (node === index && hidden.has(neighbour))) continue;
        if (neighbour === index) continue;
        seen.add(neighbour);
        next.push(neighbour);
      }
    }
    ring = next.toSorted((left, right) => left - right);
    order.push(...ring);
  }
  return order;
}

const neighbourLists = new WeakMap<CodeGraph, number[][]>();
function neighboursOf(graph: CodeGraph): number[][] {
  const known = neighbourLists.get(graph);
  if (known) return known;
  const lists: number[][] = graph.definitions.map(() => []);
  const connect = (from: number, to: number): void => {
    lists[from]!.push(to);
    lists[to]!.push(from);
  };
  for (const { from, to } of graph.links) connect(graph.indexOf(from)!, graph.indexOf(to)!);
  graph.definitions.forEach(({ parent }, index) => {
    if (parent !== null) connect(index, graph.indexOf(parent)!);
  });
  neighbourLists.set(graph, lists);
  return lists;
}

/** Files are nodes, uses of names are edges, the rank of a file is shared out to the definitions that are used. */
function fileMap(graph: CodeGraph): (task: Task) => number[] {
  const paths = [...new Set(graph.definitions.map(({ path }) => path))];
  const place = new Map(paths.map((path, at) => [path, at]));
  const uses = graph.links.map(({ from, to, count, inBody }) => ({ from, to, count, inBody, fromFile: place.get(graph.definitions[graph.indexOf(from)!]!.path)!, toFile: place.get(graph.definitions[graph.indexOf(to)!]!.path)! }));
  return ({ target }) => {
    const visible = uses
      .map(({ from, to, count, inBody, fromFile, toFile }) => ({ to, fromFile, toFile, count: from === target.id ? count - inBody : count }))
      .filter(({ count, fromFile, toFile }) => count > 0 && fromFile !== toFile);
    const graphOfFiles = GraphSnapshot.of(paths.length, visible.map(({ fromFile, toFile, count }) => ({ from: fromFile, to: toFile, weight: Math.sqrt(count) })));
    const rank = pageRank(graphOfFiles, new Map([[place.get(target.path)!, 1]]), { damping: 0.85, maxIterations: 50 });
    const scores = new Map<number, number>();
    for (const { fromFile, to, count } of visible) {
      const index = graph.indexOf(to)!;
      scores.set(index, (scores.get(index) ?? 0) + ((rank[fromFile] ?? 0) * Math.sqrt(count)) / (graphOfFiles.sums[fromFile] || 1));
    }
    return [...scores].toSorted(([left, leftScore], [right, rightScore]) => rightScore - leftScore || left - right).map(([index]) => index);
  };
}

function popularityOf(graph: CodeGraph): (task: Task) => Float64Array {
  return ({ target }) => {
    const scores = new Float64Array(graph.definitions.length);
    for (const { from, to, count, inBody } of graph.links) scores[graph.indexOf(to)!]! += from === target.id ? count - inBody : count;
    return scores;
  };
}

function takeInOrder(
  order: readonly number[],
  budget: number,
  definitions: readonly Definition[],
  tokensOf: (index: number) => number,
  tokensOfPath: (path: string) => number,
  indexOf: (id: string) => number | undefined,
): Set<number> {
  const [chosen, paths] = [new Set<number>(), new Set<string>()];
  let tokens = 0;
  for (const index of order) {
    if (chosen.has(index)) continue;
    const { path, parent } = definitions[index]!;
    const header = parent === null ? undefined : indexOf(parent);
    const group = header === undefined || chosen.has(header) ? [index] : [header, index];
    const price = group.reduce((sum, each) => sum + tokensOf(each), paths.has(path) ? 0 : tokensOfPath(path));
    if (tokens + price > budget) continue;
    tokens += price;
    paths.add(path);
    for (const each of group) chosen.add(each);
  }
  return chosen;
}

function takeFiles(order: readonly string[], budget: number, graph: CodeGraph, tokensOfFile: (path: string) => number, count: Count): Set<number> {
  const chosen = new Set<number>();
  let tokens = 0;
  for (const path of order) {
    if (tokens + tokensOfFile(path) > budget) {
      for (const index of headOf(graph, path, budget - tokens, count)) chosen.add(index);
      break;
    }
    tokens += tokensOfFile(path);
    for (const index of graph.inFile(path)) chosen.add(index);
  }
  return chosen;
}

/** An equal share for the beginning of each file. */
function takeHeads(paths: readonly string[], budget: number, graph: CodeGraph, count: Count): Set<number> {
  return new Set(paths.flatMap((path) => headOf(graph, path, budget / paths.length, count)));
}

/** The definitions whose signatures are in the first tokens of a file. */
function headOf(graph: CodeGraph, path: string, budget: number, count: Count): number[] {
  const { text } = graph.source(path)!;
  let end = Math.min(text.length, Math.floor(budget * 5));
  while (end > 0 && count(text.slice(0, end)) > budget) end = Math.floor(end * 0.9);
  return graph.inFile(path).filter((index) => {
    const { start, signature, body } = graph.definitions[index]!;
    return (body?.start ?? start + signature.length) <= end;
  });
}

function nearestFiles(paths: readonly string[], target: string): string[] {
  const folder = target.slice(0, target.lastIndexOf('/') + 1);
  const others = paths.filter((path) => path !== target);
  return [...others.filter((path) => path.slice(0, path.lastIndexOf('/') + 1) === folder), ...others.filter((path) => path.slice(0, path.lastIndexOf('/') + 1) !== folder)];
}

function bodyOf(graph: CodeGraph, definition: Definition): string {
  return definition.body ? graph.source(definition.path)!.text.slice(definition.body.start, definition.body.end) : '';
}

function textOf(graph: CodeGraph, { path, start, end }: Definition): string {
  return graph.source(path)!.text.slice(start, end);
}

function remember<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
