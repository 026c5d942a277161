/**
 * The cache as a fold over events: the same events give the same nodes, byte for byte, whenever and however often they
 * are folded. No clock, no chance, no order of a map plays a part. Time travel is folding fewer events.
 */
import type { ClockMap, Event, EventStore, JsonObject } from '@holdfast/event-store';

import type { CacheNode } from '../graph/cache-node.ts';
import { ContextGraph } from '../graph/context-graph.ts';
import type { Edge } from '../graph/relation.ts';
import { inOrder } from '../summarise/event-lines.ts';
import { changesOf, type NodeChange } from './event-nodes.ts';
import { eventRef } from './event-ref.ts';
import { untilMs } from './until.ts';

interface Draft {
  summary: string;
  fullContentRef: string;
  dependencies: readonly string[];
  mentions: readonly string[];
  clock: ClockMap;
  /** Changed in place until a graph is made of it. */
  readonly metadata: Record<string, JsonObject[string]>;
}

export interface RebuildOptions {
  /** Only what happened up to this instant, itself included: ISO 8601; a date is the end of that day in UTC. @default everything */
  readonly until?: string;
}

export class CacheProjection {
  readonly #drafts = new Map<string, Draft>();
  readonly #edges = new Map<string, Edge>();

  /** Takes in one more event. Events come in the order of their sequence numbers. */
  apply(event: Event): void {
    const { nodes, edges } = changesOf(event);
    for (const change of nodes) this.#change(change, event);
    for (const edge of edges) this.#edges.set(`${edge.from}\n${edge.relation}\n${edge.to}`, edge);
  }

  /** What is known by now. */
  graph(): ContextGraph {
    const graph = new ContextGraph();
    for (const [id, draft] of this.#drafts) graph.put({ id, ...draft });
    for (const { from, relation, to } of this.#edges.values()) graph.link(from, relation, to);
    return graph;
  }

  #change({ id, summary, dependencies, mentions, metadata, count }: NodeChange, event: Event): void {
    const draft = this.#drafts.get(id) ?? { summary: '', fullContentRef: '', dependencies: [], mentions: [], clock: event.vectorClock, metadata: {} };
    this.#drafts.set(id, draft);
    if (summary !== undefined) draft.summary = summary;
    if (dependencies) draft.dependencies = dependencies;
    if (mentions) draft.mentions = mentions;
    Object.assign(draft.metadata, metadata);
    if (count !== undefined) draft.metadata[count] = numberOf(draft.metadata[count]) + 1;
    draft.fullContentRef = eventRef(event);
    draft.clock = event.vectorClock;
  }
}

/**
 * The cache that a history adds up to. Events in any order are put in theirs first; none give an empty cache; an instant in
 * the future is the latest state.
 *
 * @throws RangeError for an `until` that is no instant
 */
export function rebuildCache(events: readonly Event[], { until }: RebuildOptions = {}): ContextGraph {
  const last = untilMs(until);
  const projection = new CacheProjection();
  for (const event of inOrder(events)) if (Date.parse(event.timestamp) <= last) projection.apply(event);
  return projection.graph();
}

/** The cache of one task as the store has it. */
export async function rebuildCacheFrom(store: EventStore, taskId: string, { until }: RebuildOptions = {}): Promise<ContextGraph> {
  const last = untilMs(until);
  const projection = new CacheProjection();
  for await (const event of store.read({ taskId })) if (Date.parse(event.timestamp) <= last) projection.apply(event);
  return projection.graph();
}

/** Ids of the nodes that an event speaks of. */
export function concernedBy(event: Event): readonly CacheNode['id'][] {
  return [...new Set(changesOf(event).nodes.map(({ id }) => id))];
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
