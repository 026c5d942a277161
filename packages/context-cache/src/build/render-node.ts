/** A node as a model reads it, at three levels: title with marker, status, references and where the whole of it is kept. */
import type { CacheNode, NodeType } from '../graph/cache-node.ts';
import type { TokenEstimator } from '../tokens/estimator.ts';
import { largestFitting } from './fit.ts';
import { type Markers, withoutMarkers } from './markers.ts';

/** How many tokens a node of each type takes at most, its title included. */
const levelTokens: Readonly<Record<NodeType, number>> = { task: 100, module: 300, function: 150, test: 100, concept: 150, library: 150 };

export interface RenderOptions {
  readonly markers: Markers;
  readonly estimator: TokenEstimator;
  /** Ids that may be pointed to; others are not there. */
  readonly references: readonly string[];
  /** `title`: one line; `summary`: as much as its level allows; `full`: all of the summary. */
  readonly form: 'title' | 'summary' | 'full';
  readonly isStale?: boolean;
}

export function renderNode(node: CacheNode, { markers, estimator, references, form, isStale = false }: RenderOptions): string {
  const { status, passed } = node.metadata;
  const state = typeof passed === 'boolean' ? (passed ? 'passed' : 'failed') : status;
  const title = [
    `[${markers.of(node.id)}] ${withoutMarkers(node.id)}`,
    ...(typeof state === 'string' && state !== '' ? [withoutMarkers(state)] : []),
    ...(isStale ? ['stale'] : []),
    ...(references.length > 0 ? [markers.pointTo(references)] : []),
    ...(node.fullContentRef === null ? [] : [`<${withoutMarkers(node.fullContentRef)}>`]),
  ].join(' · ');
  const summary = withoutMarkers(node.summary).trim();
  if (form === 'title' || summary === '') return title;
  if (form === 'full') return `${title}\n${summary}`;
  const parts = summary.split(/(?<=[.!?]\s|\n)|(?<=\s)/u);
  const cut = (count: number): string => (count === parts.length ? `${title}\n${summary}` : `${title}\n${parts.slice(0, count).join('').trimEnd()}…`);
  const kept = largestFitting(parts.length, (count) => estimator(cut(count)) <= levelTokens[node.type]) ?? 0;
  return kept === 0 ? title : cut(kept);
}
