import { createClock, type ClockMap, type JsonObject } from '@holdfast/event-store';
import { contextCacheError } from '../errors.ts';

export const nodeTypes = ['task', 'module', 'function', 'test', 'concept', 'library'] as const;
export type NodeType = (typeof nodeTypes)[number];

/** One thing that a model may need to know of. */
export interface CacheNode {
  /** The type, a colon, a name: `module:parser`. */
  readonly id: string;
  readonly type: NodeType;
  /** What it is, in 100 to 500 tokens. */
  readonly summary: string;
  /** Where the whole of it is kept; null where the summary is all there is. */
  readonly fullContentRef: string | null;
  /** Ids of what it cannot do without. */
  readonly dependencies: readonly string[];
  /** Ids of what its content speaks of. */
  readonly mentions: readonly string[];
  /** What was known when it was made. */
  readonly clock: ClockMap;
  readonly metadata: JsonObject;
}

/** A node before the fields that may be left out are filled in. */
export interface CacheNodeInput {
  readonly id: string;
  /** @default '' */
  readonly summary?: string;
  /** @default null */
  readonly fullContentRef?: string | null;
  /** @default none */
  readonly dependencies?: readonly string[];
  /** @default none */
  readonly mentions?: readonly string[];
  /** @default the empty clock */
  readonly clock?: ClockMap;
  /** @default {} */
  readonly metadata?: JsonObject;
}

export function nodeId(type: NodeType, name: string): string {
  return `${type}:${name}`;
}

/**
 * The type that an id begins with.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_INVALID_NODE
 */
export function typeOfNode(id: string): NodeType {
  const type = findType(id);
  if (type) return type;
  throw contextCacheError('HOLDFAST_CONTEXT_CACHE_INVALID_NODE', `Cannot use "${id}" as a node id: it begins with no node type and a colon`);
}

/** Tells whether a text begins with a node type and a colon, and goes on. */
export function isNodeId(id: string): boolean {
  return findType(id) !== undefined;
}

function findType(id: string): NodeType | undefined {
  const prefix = id.slice(0, id.indexOf(':'));
  return id.length > prefix.length + 1 ? nodeTypes.find((type) => type === prefix) : undefined;
}

/**
 * A frozen node, its type taken from its id.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_INVALID_NODE; RangeError for a clock that is none
 */
export function createCacheNode(input: CacheNodeInput): CacheNode {
  const { id, summary = '', fullContentRef = null, dependencies = [], mentions = [], clock = {}, metadata = {} } = input;
  [...dependencies, ...mentions].forEach(typeOfNode);
  return Object.freeze({
    id,
    type: typeOfNode(id),
    summary,
    fullContentRef,
    dependencies: Object.freeze([...new Set(dependencies)]),
    mentions: Object.freeze([...new Set(mentions)]),
    clock: createClock(clock),
    metadata: Object.freeze(structuredClone(metadata)),
  });
}
