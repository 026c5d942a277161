/**
 * The context for work on code: the definitions that are worked on in full, then the signatures that personalised PageRank
 * finds worth their tokens, file by file. Ends at 80 % of the budget.
 */
import type { Definition } from '../extract/definition.ts';
import { largestFitting } from '../build/fit.ts';
import { once } from '../once.ts';
import { limitOf } from '../build/limit.ts';
import { estimateTokens, type TokenEstimator } from '../tokens/estimator.ts';
import type { CodeGraph, RankRequest, Ranking } from './code-graph.ts';
import { packDefinitions } from './pack-definitions.ts';
import { renderDefinition, renderDefinitions, renderPlace } from './render-definitions.ts';

export interface CodeContextInput extends RankRequest {
  readonly budgetTokens: number;
  /** @default 0.8 */
  readonly fillRatio?: number;
  /** @default estimateTokens */
  readonly estimator?: TokenEstimator;
}

export interface CodeContextEntry {
  readonly id: string;
  readonly tokens: number;
  readonly score: number;
}

export interface CodeContext {
  readonly text: string;
  readonly tokens: number;
  /** What led to it. Where neither a target is known nor a word of the query fits, it holds what the most others use. */
  readonly basis: 'targets' | 'query' | 'popularity';
  readonly sections: readonly { readonly name: string; readonly tokens: number; readonly definitions: number }[];
  /** What is in it beside the targets, the most worth first. */
  readonly trace: readonly CodeContextEntry[];
  /** The best of what is not in it: what more budget would buy. */
  readonly omitted: readonly CodeContextEntry[];
  /** Why a definition is where it is: the way to it from what is worked on. */
  explain(id: string): string;
}

const mostOmitted = 20;
/** The targets leave at least this share to what they need. */
const targetShare = 0.5;

/** @throws RangeError for a budget or a ratio that is none */
export function buildCodeContext(graph: CodeGraph, input: CodeContextInput): CodeContext {
  const { targets, budgetTokens, fillRatio = 0.8, estimator: given = estimateTokens } = input;
  const limit = limitOf(budgetTokens, fillRatio, given);
  const estimator = once(given);
  const ranking = graph.rank(input);
  const target = targetText(graph, input, limit * targetShare, estimator);
  const targetTokens = estimator(target);
  const counts = countsOf(graph, given);
  const room = limit - (target === '' ? 0 : targetTokens + 1);
  const isTarget = new Set(targets.map((id) => graph.indexOf(id)));
  const seenFrom = onlyPathOf(graph, targets);
  const title = seenFrom === undefined ? '## Related' : `## Related, with paths as ${seenFrom} imports them`;
  const placeOf = seenFrom === undefined ? (path: string): string => path : once((path: string) => graph.specifier(seenFrom, path));
  const { chosen, omitted } = packDefinitions({
    definitions: graph.definitions,
    scores: ranking.scores,
    budgetTokens: room - estimator(title) - 1,
    tokensOf: (index) => counts[index] ?? 0,
    tokensOfPath: (path) => estimator(`${renderPlace(placeOf(path))}\n`),
    indexOf: (id) => graph.indexOf(id),
    accepts: (index) => !isTarget.has(index),
  });
  const entry = (index: number): CodeContextEntry => ({ id: graph.definitions[index]?.id ?? '', tokens: counts[index] ?? 0, score: ranking.scores[index] ?? 0 });
  const related = (count: number): string => {
    const definitions = chosen.slice(0, count).flatMap((index) => graph.definitions[index] ?? []);
    return count === 0 ? '' : `${title}\n${renderDefinitions(definitions, placeOf)}`;
  };
  const join = (count: number): string => [target, related(count)].filter((text) => text !== '').join('\n\n');
  // The parts together may count a little more than each by itself.
  const kept = largestFitting(chosen.length, (count) => estimator(join(count)) <= limit) ?? 0;
  const text = join(kept);
  return {
    text,
    tokens: estimator(text),
    basis: basisOf(ranking),
    sections: [
      { name: 'Working on', tokens: targetTokens, definitions: target === '' ? 0 : targets.length },
      { name: 'Related', tokens: estimator(related(kept)), definitions: kept },
    ],
    trace: chosen.slice(0, kept).map(entry),
    omitted: [...chosen.slice(kept), ...omitted].slice(0, mostOmitted).map(entry),
    explain: (id) => explain(graph, ranking, id),
  };
}

/** The file of the targets, where they are all in one. */
function onlyPathOf(graph: CodeGraph, targets: readonly string[]): string | undefined {
  const paths = new Set(targets.flatMap((id) => graph.definitions[graph.indexOf(id) ?? -1]?.path ?? []));
  const [path] = paths;
  return paths.size === 1 ? path : undefined;
}

function basisOf({ seeds }: Ranking): CodeContext['basis'] {
  const [first] = seeds.values();
  if (first === undefined) return 'popularity';
  return first === 'query' ? 'query' : 'targets';
}

/** The sources of the targets; from the beginning as many lines as fit. */
function targetText(graph: CodeGraph, { targets, hideBodies = false }: CodeContextInput, limit: number, estimator: TokenEstimator): string {
  const found = targets.map((id) => graph.definitions[graph.indexOf(id) ?? -1]).filter((definition) => definition !== undefined);
  const whole = hideBodies ? renderDefinitions(found) : renderSources(graph, found);
  if (whole === '') return '';
  const lines = whole.split('\n');
  const cut = (count: number): string => `## Working on\n${lines.slice(0, count).join('\n')}${count < lines.length ? `\n[${lines.length - count} more lines left out]` : ''}`;
  const kept = largestFitting(lines.length, (count) => estimator(cut(count)) <= limit);
  return kept === undefined ? '' : cut(kept);
}

/** Their texts file by file. A member of a class that is there as a whole is not shown a second time. */
function renderSources(graph: CodeGraph, definitions: readonly Definition[]): string {
  return [...Map.groupBy(definitions, ({ path }) => path)]
    .map(([path, inFile]) => `${path}:\n${outermost(inFile).map(({ start, end }) => graph.source(path)?.text.slice(start, end) ?? '').join('\n')}`)
    .join('\n');
}

function outermost(inFile: readonly Definition[]): Definition[] {
  let covered = 0;
  return inFile
    .toSorted((left, right) => left.start - right.start || right.end - left.end)
    .filter(({ start, end }) => {
      if (start < covered) return false;
      covered = end;
      return true;
    });
}

const countsByGraph = new WeakMap<CodeGraph, WeakMap<TokenEstimator, readonly number[]>>();

/** Signatures are counted once for each graph and estimator. */
function countsOf(graph: CodeGraph, estimator: TokenEstimator): readonly number[] {
  const known = countsByGraph.get(graph)?.get(estimator);
  if (known) return known;
  const counts = graph.definitions.map((definition) => estimator(`${renderDefinition(definition)}\n`));
  const byEstimator = countsByGraph.get(graph) ?? new WeakMap<TokenEstimator, readonly number[]>();
  countsByGraph.set(graph, byEstimator.set(estimator, counts));
  return counts;
}

const seedWords = {
  target: 'is worked on',
  family: 'is of the same class',
  file: 'is in the same file',
  imports: 'is imported by the file',
  alike: 'is alike',
  folder: 'is in the same folder',
  query: 'fits the query',
} as const;

function explain(graph: CodeGraph, ranking: Ranking, id: string): string {
  const index = graph.indexOf(id);
  if (index === undefined) return 'it is not in the index';
  const score = ranking.scores[index] ?? 0;
  if (score === 0) return 'nothing that is worked on leads to it';
  const path = ranking.explain(index);
  const [first = index] = path;
  const reason = ranking.seeds.get(first);
  const names = path.map((each) => graph.definitions[each]?.name ?? '');
  const place = ranking.scores.reduce((better, other) => (other > score ? better + 1 : better), 1);
  const start = `${names[0]} ${reason === undefined ? 'is used by many' : seedWords[reason]}`;
  return `rank ${place} (${score.toFixed(4)}): ${start}${names.length > 1 ? `, and leads to ${names.slice(1).join(' → ')}` : ''}`;
}
