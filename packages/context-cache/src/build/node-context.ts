/**
 * The context for work on one node of the graph: its task, itself, what it needs, what went wrong, and so on outward. In
 * each section the nodes that personalised PageRank puts first come first. What is pointed to and not shown is said in a
 * legend, and `expand` shows it.
 */
import type { Event } from '@holdfast/event-store';
import { contextCacheError } from '../errors.ts';
import type { CacheNode } from '../graph/cache-node.ts';
import type { ContextGraph } from '../graph/context-graph.ts';
import { isStale } from '../rebuild/staleness.ts';
import { inOrder } from '../summarise/event-lines.ts';
import { estimateTokens, type TokenEstimator } from '../tokens/estimator.ts';
import { buildHierarchy, type ContextItem, type HierarchyContext } from './hierarchy.ts';
import { Markers, withoutMarkers } from './markers.ts';
import { nodeSections, type NodeSection } from './node-sections.ts';
import { renderNode } from './render-node.ts';

export interface NodeContextInput {
  readonly graph: ContextGraph;
  /** Id of the node that is worked on. */
  readonly focus: string;
  readonly budgetTokens: number;
  /** @default 0.8 */
  readonly fillRatio?: number;
  /** @default estimateTokens */
  readonly estimator?: TokenEstimator;
  /** The history of the task: errors, iterations, and what is stale by now. @default none */
  readonly events?: readonly Event[];
  /** @default none */
  readonly similar?: readonly CacheNode[];
  /** @default none */
  readonly patterns?: readonly CacheNode[];
  /** Ids of nodes that are shown whole or not at all, and first. @default none */
  readonly pinned?: readonly string[];
  /** @default nodeSections */
  readonly sections?: readonly NodeSection[];
  /** @default '' */
  readonly prefix?: string;
}

export interface NodeContext extends HierarchyContext {
  /** Which node each marker in the text means. */
  readonly markers: Readonly<Record<string, string>>;
  /** Ids that nodes name and nobody has put; they are skipped. */
  readonly missing: readonly string[];
  /** Ids of nodes that events have overtaken; they are shown marked. */
  readonly stale: readonly string[];
}

/** @throws HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND for a focus that nobody has put; RangeError for a budget that is none */
export function buildNodeContext(input: NodeContextInput): NodeContext {
  const { graph, estimator = estimateTokens, sections = nodeSections, pinned = [], similar = [], patterns = [] } = input;
  const events = inOrder(input.events ?? []);
  const focus = graph.get(input.focus);
  const [markers, ranks, missing, stale] = [new Markers(), graph.rank([focus.id]), new Set<string>(), new Set<string>()];
  const shown = new Set<string>();
  const itemOf = (node: CacheNode, section: string): ContextItem => {
    const named = [...new Set([...node.dependencies, ...node.mentions])];
    for (const id of named) if (!graph.find(id)) missing.add(id);
    const isBehind = isStale(node, events);
    if (isBehind) stale.add(node.id);
    const references = named.filter((id) => graph.find(id));
    const forms = (['title', 'summary', 'full'] as const).map((form) => renderNode(node, { markers, estimator, references, form, isStale: isBehind }));
    const score = ranks.get(node.id) ?? 0;
    return { id: node.id, section, forms: [...new Set(forms)], score, pinned: pinned.includes(node.id), why: `rank ${score.toFixed(4)} from ${focus.id}` };
  };
  const items = sections.flatMap(({ name, select }) => {
    const { nodes = [], lines = [] } = select({ graph, focus, events, similar, patterns });
    const fresh = nodes.filter(({ id }) => !shown.has(id));
    for (const { id } of fresh) shown.add(id);
    return [...fresh.map((node) => itemOf(node, name)), ...lines.map((line, at): ContextItem => ({ id: `${name} ${at + 1}`, section: name, forms: [withoutMarkers(line)], score: -at, why: 'history' }))];
  });
  const alsoPinned = pinned.filter((id) => !shown.has(id)).map((id) => itemOf(graph.get(id), sections[0]?.name ?? ''));
  const context = buildHierarchy({ ...input, sections, items: [...items, ...alsoPinned], estimator });
  const written = [...context.text.matchAll(/\[(?:→ )?((?:[a-z]\d+ ?)+)\]/gu)].flatMap(([, list = '']) => list.trim().split(' '));
  const named = Object.fromEntries(written.flatMap((marker) => [markers.idOf(marker)].filter((id) => id !== undefined).map((id) => [marker, id])));
  return { ...context, markers: named, missing: [...missing].toSorted(), stale: [...stale].toSorted() };
}

export interface ExpandOptions {
  readonly budgetTokens: number;
  /** @default estimateTokens */
  readonly estimator?: TokenEstimator;
}

/**
 * What a marker of a context stands for, as much of it as fits: the tool that is given to a model beside the context.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND for a marker that is not in the context
 */
export function expandMarker(marker: string, { markers }: Pick<NodeContext, 'markers'>, graph: ContextGraph, options: ExpandOptions): HierarchyContext {
  const id = markers[marker];
  if (id === undefined) throw contextCacheError('HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND', `Cannot expand "${marker}": the context has no such marker`, { data: { marker } });
  const node = graph.get(id);
  const { estimator = estimateTokens, budgetTokens } = options;
  const references = [...node.dependencies, ...node.mentions].filter((each) => graph.find(each));
  const names = references.map((each) => Object.entries(markers).find(([, known]) => known === each)?.[0] ?? each);
  const text = `[${marker}] ${node.id}${names.length > 0 ? ` [→ ${names.join(' ')}]` : ''}\n${withoutMarkers(node.summary)}`;
  return buildHierarchy({ sections: [{ name: node.type, priority: 'CRITICAL' }], items: [{ id, section: node.type, forms: [text] }], budgetTokens, fillRatio: 1, estimator });
}
