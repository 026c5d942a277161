/**
 * What a model works with now, under a token budget that is never exceeded. The least urgent entry goes first, among
 * equals the one that was used longest ago; where it goes is the caller's to say. One map for each priority, in order of
 * use, makes every step independent of how much is in the cache.
 */
import { isMoreUrgent, TaskPriority } from '@holdfast/protocol';
import type { CacheNode } from '../graph/cache-node.ts';
import { estimateTokens, type TokenEstimator } from '../tokens/estimator.ts';

export interface OnlineCacheOptions {
  /** How many tokens the summaries of all nodes may have together. */
  readonly budgetTokens: number;
  /** @default estimateTokens */
  readonly estimator?: TokenEstimator;
  /** Takes what is evicted, before it is let go: `offline.put`, so that nothing is lost. What it throws, `put` throws, and the node stays. */
  readonly onEvict?: (node: CacheNode, priority: TaskPriority) => void;
}

export interface PutOptions {
  /** @default MEDIUM */
  readonly priority?: TaskPriority;
}

export type PutResult =
  | { readonly status: 'stored'; readonly evicted: readonly string[] }
  /** It is larger than the budget, or everything else is more urgent. */
  | { readonly status: 'rejected'; readonly evicted: readonly [] };

interface Entry {
  readonly node: CacheNode;
  readonly priority: TaskPriority;
  readonly tokens: number;
}

/** The least urgent first. */
const priorities = Object.values(TaskPriority).toSorted((left, right) => (isMoreUrgent(left, right) ? 1 : -1));

export class OnlineCache {
  readonly #budgetTokens: number;
  readonly #estimator: TokenEstimator;
  readonly #onEvict: (node: CacheNode, priority: TaskPriority) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #byPriority = new Map(priorities.map((priority) => [priority, new Map<string, Entry>()]));
  #tokens = 0;

  /** @throws RangeError for a budget that is none */
  constructor({ budgetTokens, estimator = estimateTokens, onEvict = () => undefined }: OnlineCacheOptions) {
    if (!(budgetTokens >= 0)) throw new RangeError(`Cannot make a cache of ${budgetTokens} tokens: budgetTokens is 0 or more`);
    this.#budgetTokens = budgetTokens;
    this.#estimator = estimator;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Never above the budget. */
  get tokens(): number {
    return this.#tokens;
  }

  /** The node, which from now on is the one that was used last; undefined where it is not in the cache. */
  get(id: string): CacheNode | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const list = this.#byPriority.get(entry.priority);
    list?.delete(id);
    list?.set(id, entry);
    return entry.node;
  }

  /** Puts a node, or another version of it. Whoever is less urgent, or as urgent and older, makes room. */
  put(node: CacheNode, { priority = TaskPriority.MEDIUM }: PutOptions = {}): PutResult {
    const tokens = this.#estimator(node.summary);
    const replaced = this.#entries.get(node.id);
    const victims = this.#victimsFor(tokens - (replaced?.tokens ?? 0), node.id, priority);
    if (!victims || this.#budgetTokens === 0) return { status: 'rejected', evicted: [] };
    for (const victim of victims) this.#onEvict(victim.node, victim.priority);
    for (const { node: victim } of victims) this.remove(victim.id);
    this.remove(node.id);
    const entry = { node, priority, tokens };
    this.#entries.set(node.id, entry);
    this.#byPriority.get(priority)?.set(node.id, entry);
    this.#tokens += tokens;
    return { status: 'stored', evicted: victims.map(({ node: { id } }) => id) };
  }

  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#entries.delete(id);
    this.#byPriority.get(entry.priority)?.delete(id);
    this.#tokens -= entry.tokens;
    return true;
  }

  /** The most urgent first, among equals the one that was used last. */
  *[Symbol.iterator](): IterableIterator<{ readonly node: CacheNode; readonly priority: TaskPriority }> {
    for (const priority of priorities.toReversed()) {
      for (const { node } of [...(this.#byPriority.get(priority)?.values() ?? [])].toReversed()) yield { node, priority };
    }
  }

  /** Who goes so that so many more tokens fit; undefined where they cannot fit. */
  #victimsFor(more: number, id: string, priority: TaskPriority): Entry[] | undefined {
    const victims: Entry[] = [];
    let over = this.#tokens + more - this.#budgetTokens;
    for (const candidate of priorities) {
      if (over <= 0 || isMoreUrgent(candidate, priority)) break;
      for (const entry of this.#byPriority.get(candidate)?.values() ?? []) {
        if (over <= 0) break;
        if (entry.node.id === id) continue;
        victims.push(entry);
        over -= entry.tokens;
      }
    }
    return over <= 0 ? victims : undefined;
  }
}
