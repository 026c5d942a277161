/**
 * Whether a node is behind. The clock says that an event came after the node was made; the hash says whether that matters:
 * an event whose code is the code that the node was made of changes nothing.
 */
import { happensBefore, type Event } from '@holdfast/event-store';
import type { CacheNode } from '../graph/cache-node.ts';
import { concernedBy } from './cache-projection.ts';
import { parseEventRef } from './event-ref.ts';

/** The first event that makes a node stale, and why; undefined for a fresh one. */
export interface Staleness {
  readonly event: Event;
  /** `unknown`: the node has no clock, so any event about it may be news. */
  readonly reason: 'later' | 'unknown';
}

/** Tells what makes a node stale. Only events that speak of this node count. */
export function explainStale(node: CacheNode, events: readonly Event[]): Staleness | undefined {
  const reason = Object.values(node.clock).some((counter) => counter > 0) ? 'later' : 'unknown';
  const event = events.find((each) => concernedBy(each).includes(node.id) && (reason === 'unknown' || isNews(node, each)));
  return event && { event, reason };
}

/** Tells whether an event that speaks of a node came after it was made and has other content. */
export function isStale(node: CacheNode, events: readonly Event[]): boolean {
  return explainStale(node, events) !== undefined;
}

function isNews(node: CacheNode, event: Event): boolean {
  const source = node.fullContentRef === null ? undefined : parseEventRef(node.fullContentRef);
  if (source && source.taskId === event.taskId && source.streamVersion === event.streamVersion) return false;
  if (!happensBefore(node.clock, event.vectorClock)) return false;
  return event.codeHash === null || event.codeHash !== node.metadata['codeHash'] || event.type !== 'CODE_GENERATED';
}
