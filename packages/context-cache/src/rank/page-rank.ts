/**
 * Personalised PageRank by power iteration (Page, Brin, Motwani and Winograd 1999; Haveliwala 2002): how often a reader
 * comes by each node who follows edges by their weights, and now and then starts again at a seed. What arrives at a node
 * without edges starts again at once. Without seeds every node is one, which is the plain PageRank. It always ends:
 * after `maxIterations` the result is as good as it is by then.
 */
import type { GraphSnapshot } from './graph-snapshot.ts';

export interface PageRankOptions {
  /** How likely the reader is to follow an edge. @default 0.7 */
  readonly damping?: number;
  /** @default 30 */
  readonly maxIterations?: number;
  /** Ends when the ranks together change by less. @default 1e-6 */
  readonly tolerance?: number;
}

/** A rank for each node; they add up to 1. Seeds have weights of any sum; those below zero count as none. */
export function pageRank(graph: GraphSnapshot, seeds: ReadonlyMap<number, number>, options: PageRankOptions = {}): Float64Array {
  const { damping = 0.7, maxIterations = 30, tolerance = 1e-6 } = options;
  const { size, starts, targets, weights, sums } = graph;
  const start = startVector(size, seeds);
  let rank: Float64Array = start.slice();
  let next: Float64Array = new Float64Array(size);
  for (let iteration = 0; iteration < maxIterations; iteration += 1) {
    next.fill(0);
    let restarting = 0;
    for (let node = 0; node < size; node += 1) {
      const here = rank[node]!;
      if (here === 0) continue;
      const sum = sums[node]!;
      if (sum === 0) {
        restarting += here;
        continue;
      }
      const share = (here * damping) / sum;
      const end = starts[node + 1]!;
      for (let at = starts[node]!; at < end; at += 1) next[targets[at]!]! += share * weights[at]!;
    }
    const restart = 1 - damping + damping * restarting;
    let change = 0;
    for (let node = 0; node < size; node += 1) {
      const value = next[node]! + restart * start[node]!;
      next[node] = value;
      change += Math.abs(value - rank[node]!);
    }
    [rank, next] = [next, rank];
    if (change < tolerance) break;
  }
  return rank;
}

function startVector(size: number, seeds: ReadonlyMap<number, number>): Float64Array {
  const start = new Float64Array(size);
  let sum = 0;
  for (const [node, weight] of seeds) {
    if (weight <= 0 || node >= size) continue;
    start[node] = (start[node] ?? 0) + weight;
    sum += weight;
  }
  if (sum === 0) return start.fill(size === 0 ? 0 : 1 / size);
  return start.map((weight) => weight / sum);
}
