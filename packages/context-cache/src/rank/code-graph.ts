/**
 * The definitions of a project as one graph, and what is worth knowing for one of them: personalised PageRank from the
 * definition itself, what stands around it, what its file imports, a little from what its folder exports, and from what is
 * alike (found by keywords, and not wanted themselves: what is like the target uses what the target will need). What code
 * elsewhere cannot use comes last. Weights were chosen on two projects and proven
 * on others, see the README. Rejected: nearest first (two hops find 20 points less), popularity, embeddings.
 */
import type { Definition, SourceFacts } from '../extract/definition.ts';
import type { Link } from '../extract/link.ts';
import { Modules } from '../extract/modules.ts';
import { folderOf } from '../extract/paths.ts';
import { once } from '../once.ts';
import { noNames, type ProjectNames } from '../extract/project-names.ts';
import { GraphSnapshot, type WeightedEdge } from './graph-snapshot.ts';
import { KeywordIndex } from './keyword-index.ts';
import { pageRank } from './page-rank.ts';
import { visibilityOf } from './visibility.ts';

/** Shares of the restarts for each group of seeds. */
const seedShares = { target: 0.8, family: 0.2, file: 0.3, imports: 0.3, alike: 0.2, folder: 0.02 } as const;
const mostAlike = 5;
const reverseShare = 0.2;
const memberToParent = 0.1;
const parentToMember = 2;
const damping = 0.7;
/** After so many what is left to pass on decides no order any more. */
const maxIterations = 20;
const longestWay = 4;

export type SeedReason = keyof typeof seedShares | 'query';

export interface RankRequest {
  /** Ids of the definitions that are worked on. */
  readonly targets: readonly string[];
  /** What is to be done, in words. */
  readonly query?: string;
  /** Ranks as if the bodies of the targets were not there: for code that is about to be written. @default false */
  readonly hideBodies?: boolean;
}

/** What a definition is worth for a request. */
export interface Ranking {
  /** By index of the definition. */
  readonly scores: Float64Array;
  readonly seeds: ReadonlyMap<number, SeedReason>;
  /** How a definition came by its score: the definitions along the strongest path from a seed, itself last. */
  explain(index: number): readonly number[];
}

interface ResolvedImport {
  readonly local: string;
  readonly indexes: readonly number[];
}

export class CodeGraph {
  readonly definitions: readonly Definition[];
  readonly links: readonly Link[];
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #members: ReadonlyMap<string, readonly number[]>;
  readonly #byPath: ReadonlyMap<string, readonly number[]>;
  readonly #sources: ReadonlyMap<string, SourceFacts>;
  readonly #visibility: readonly number[];
  readonly #linksFrom: ReadonlyMap<string, readonly Link[]>;
  readonly #snapshot: GraphSnapshot;
  readonly #modules: Modules;
  /** What each import of a file stands for. */
  readonly #importsOf = once(({ path, imports }: SourceFacts): readonly ResolvedImport[] =>
    imports.map(({ local, from, imported }) => {
      const target = this.#modules.resolve(path, from);
      const found = target === undefined ? [] : this.#modules.exported(target, imported);
      return { local, indexes: found.flatMap(({ id }) => this.#indexes.get(id) ?? []) };
    }),
  );
  #keywords: KeywordIndex | undefined;

  constructor(sources: readonly SourceFacts[], links: readonly Link[], names: ProjectNames = noNames) {
    this.definitions = sources.flatMap(({ definitions }) => definitions);
    this.links = links;
    this.#indexes = new Map(this.definitions.map(({ id }, index) => [id, index]));
    this.#sources = new Map(sources.map((source) => [source.path, source]));
    this.#visibility = sources.flatMap(visibilityOf);
    const indexes = this.definitions.map((_, index) => index);
    this.#byPath = Map.groupBy(indexes, (index) => this.#at(index).path);
    this.#members = Map.groupBy(indexes.filter((index) => this.#at(index).parent !== null), (index) => this.#at(index).parent ?? '');
    this.#linksFrom = Map.groupBy(links, ({ from }) => from);
    this.#snapshot = GraphSnapshot.of(this.definitions.length, [...this.#linkEdges(links), ...this.#memberEdges()]);
    this.#modules = new Modules(sources, names);
  }

  indexOf(id: string): number | undefined {
    return this.#indexes.get(id);
  }

  /** Indexes of the definitions in a file, in source order. */
  inFile(path: string): readonly number[] {
    return this.#byPath.get(path) ?? [];
  }

  source(path: string): SourceFacts | undefined {
    return this.#sources.get(path);
  }

  /** The ids that a name could mean: an id, a path (all of the file), a name, or the last part of one. */
  find(name: string): readonly string[] {
    if (this.#indexes.has(name)) return [name];
    const inFile = this.inFile(name).map((index) => this.#at(index).id);
    if (inFile.length > 0) return inFile;
    const named = this.definitions.filter((definition) => definition.name === name);
    const found = named.length > 0 ? named : this.definitions.filter((definition) => definition.name.endsWith(`.${name}`) || definition.id.endsWith(`/${name}`));
    return found.map(({ id }) => id);
  }

  /** The definitions whose words fit best. */
  search(query: string, limit: number): readonly number[] {
    return this.#keywordIndex().search(query, limit).map(({ document }) => document);
  }

  rank({ targets, query = '', hideBodies = false }: RankRequest): Ranking {
    const indexes = targets.map((id) => this.#indexes.get(id)).filter((index) => index !== undefined);
    const graph = hideBodies ? this.#snapshot.lessen(indexes.flatMap((index) => this.#hiddenEdges(index))) : this.#snapshot;
    const groups = this.#seedGroups(indexes, query, hideBodies);
    const weights = new Map<number, number>();
    const seeds = new Map<number, SeedReason>();
    for (const [reason, share, members] of groups) {
      for (const index of members) {
        weights.set(index, (weights.get(index) ?? 0) + share / members.length);
        if (!seeds.has(index)) seeds.set(index, reason);
      }
    }
    const scores = this.#visibleFrom(indexes, pageRank(graph, weights, { damping, maxIterations }));
    let ways: ((index: number) => readonly number[]) | undefined;
    return { scores, seeds, explain: (index) => (ways ??= bestWays(graph, weights, seeds))(index) };
  }

  /** Ranks are worth as much as the files of the targets can use of them. */
  #visibleFrom(targets: readonly number[], ranks: Float64Array): Float64Array {
    const paths = new Set(targets.map((index) => this.#at(index).path));
    return ranks.map((rank, index) => (paths.has(this.definitions[index]?.path ?? '') ? rank : rank * (this.#visibility[index] ?? 1)));
  }

  /** How a file would import another. */
  specifier(fromPath: string, path: string): string {
    return this.#modules.specifier(fromPath, path);
  }

  /** What the imports of a file stand for, without those that only the hidden bodies use. */
  importedBy(path: string, hiddenIn: readonly string[] = []): readonly number[] {
    const source = this.#sources.get(path);
    if (!source) return [];
    const used = new Set(
      source.references
        .filter(({ owner, count, inBody }) => !hiddenIn.includes(source.definitions[owner]?.id ?? '') || count > inBody)
        .flatMap(({ kind, name, object }) => (kind === 'name' ? [name] : object === null ? [] : [object])),
    );
    const visible = this.#importsOf(source).filter(({ local }) => hiddenIn.length === 0 || used.has(local));
    return [...new Set(visible.flatMap(({ indexes }) => indexes))];
  }

  /** Paths of the files that a file imports, seen as in `importedBy`. */
  importedFiles(path: string, hiddenIn: readonly string[] = []): readonly string[] {
    return [...new Set(this.importedBy(path, hiddenIn).map((index) => this.#at(index).path))];
  }

  #seedGroups(targets: readonly number[], query: string, hideBodies: boolean): [SeedReason, number, readonly number[]][] {
    const ids = targets.map((index) => this.#at(index).id);
    const taken = new Set(targets);
    const fresh = (candidates: Iterable<number>): number[] => {
      const members = [...new Set(candidates)].filter((index) => !taken.has(index));
      for (const index of members) taken.add(index);
      return members;
    };
    const paths = [...new Set(targets.map((index) => this.#at(index).path))];
    const family = fresh(targets.flatMap((index) => this.#family(index)));
    const file = fresh(paths.flatMap((path) => this.inFile(path)));
    const imports = fresh(paths.flatMap((path) => this.importedBy(path, hideBodies ? ids : [])));
    const alike = fresh(targets.flatMap((index) => this.#alike(index, query)));
    const folder = fresh(this.#exportedBeside(paths));
    const asked = targets.length === 0 && query !== '' ? fresh(this.search(query, 2 * mostAlike)) : [];
    return [
      ['target', seedShares.target, targets],
      ['family', seedShares.family, family],
      ['file', seedShares.file, file],
      ['imports', seedShares.imports, imports],
      ['alike', seedShares.alike, alike],
      ['folder', seedShares.folder, folder],
      ['query', 1, asked],
    ];
  }

  /** The class of a member and its other members. */
  #family(index: number): number[] {
    const { parent, id } = this.#at(index);
    const members = this.#members.get(parent ?? id) ?? [];
    const parentIndex = parent === null ? undefined : this.#indexes.get(parent);
    return parentIndex === undefined ? [...members] : [parentIndex, ...members];
  }

  /** What the files in the folders of these files export. */
  #exportedBeside(paths: readonly string[]): number[] {
    const folders = new Set(paths.map(folderOf));
    const files = [...this.#byPath].filter(([path]) => folders.has(folderOf(path)));
    return files.flatMap(([, indexes]) => indexes.filter((index) => this.#at(index).parent === null && this.#visibility[index] === 1));
  }

  #alike(index: number, query: string): number[] {
    const { name, signature, documentation, path } = this.#at(index);
    const accepts = (other: number): boolean => other !== index && this.#at(other).body !== null && this.#at(other).path !== path;
    return this.#keywordIndex()
      .search(`${path} ${name} ${signature} ${documentation} ${query}`, mostAlike, accepts)
      .map(({ document }) => document);
  }

  #keywordIndex(): KeywordIndex {
    this.#keywords ??= new KeywordIndex(this.definitions.map(({ path, name, signature, documentation }) => `${path} ${name} ${signature} ${documentation}`));
    return this.#keywords;
  }

  #linkEdges(links: readonly Link[]): WeightedEdge[] {
    return links.flatMap(({ from, to, count }) => this.#edgePair(from, to, Math.sqrt(count)));
  }

  /** What the links out of a body weigh, there and back. */
  #hiddenEdges(index: number): WeightedEdge[] {
    return (this.#linksFrom.get(this.#at(index).id) ?? []).flatMap(({ from, to, count, inBody }) =>
      this.#edgePair(from, to, Math.sqrt(count) - Math.sqrt(Math.max(0, count - inBody))),
    );
  }

  #edgePair(fromId: string, toId: string, weight: number): WeightedEdge[] {
    const [from, to] = [this.#indexes.get(fromId), this.#indexes.get(toId)];
    if (from === undefined || to === undefined) return [];
    return [
      { from, to, weight },
      { from: to, to: from, weight: weight * reverseShare },
    ];
  }

  #memberEdges(): WeightedEdge[] {
    return this.definitions.flatMap(({ parent }, member) => {
      const owner = parent === null ? undefined : this.#indexes.get(parent);
      if (owner === undefined) return [];
      return [
        { from: member, to: owner, weight: memberToParent },
        { from: owner, to: member, weight: parentToMember },
      ];
    });
  }

  #at(index: number): Definition {
    const definition = this.definitions[index];
    if (definition) return definition;
    throw new RangeError(`Cannot find definition ${index}: there are ${this.definitions.length}`);
  }
}

/**
 * For each node the best way to it from a seed: that along which the most is passed on, at most four edges long. Every
 * step passes on less than it got, so that a way never comes back to where it was.
 */
function bestWays(graph: GraphSnapshot, weights: ReadonlyMap<number, number>, seeds: ReadonlyMap<number, SeedReason>): (index: number) => number[] {
  const isReasonEnough = (index: number): boolean => seeds.has(index) && seeds.get(index) !== 'folder';
  const [value, before] = [new Float64Array(graph.size), new Int32Array(graph.size).fill(-1)];
  for (const [seed, weight] of weights) value[seed] = weight;
  for (let step = 0; step < longestWay; step += 1) {
    for (let node = 0; node < graph.size; node += 1) {
      const share = (value[node]! * damping) / (graph.sums[node]! || 1);
      if (share === 0) continue;
      for (let at = graph.starts[node]!; at < graph.starts[node + 1]!; at += 1) {
        const [target, passed] = [graph.targets[at]!, share * graph.weights[at]!];
        if (passed <= value[target]! || isReasonEnough(target)) continue;
        value[target] = passed;
        before[target] = node;
      }
    }
  }
  return (index) => {
    const way = [index];
    for (let node = before[index] ?? -1; node !== -1; node = before[node] ?? -1) way.unshift(node);
    return way;
  };
}
