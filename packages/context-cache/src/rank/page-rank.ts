/**
 * Personalised PageRank (Page, Brin, Motwani and Winograd 1999; Haveliwala 2002): how often a reader comes by each node who
 * follows edges by their weights, and now and then starts again at a seed. What arrives at a node without edges starts
 * again at once. Without seeds every node is one, which is the plain PageRank.
 *
 * Readers set out together and are followed step by step; at each, some stay for good, and a node that hardly anybody
 * arrives at keeps them all (after Andersen, Chung and Lang 2006). So the work goes where the rank is: among 100,000 nodes
 * the first 500 are those of the full iteration. It always ends: after `maxIterations` whoever
 * is still on the way stays where he is.
 */
import type { GraphSnapshot } from './graph-snapshot.ts';

export interface PageRankOptions {
  /** How likely the reader is to follow an edge. @default 0.7 */
  readonly damping?: number;
  /** @default 30 */
  readonly maxIterations?: number;
  /** Ends when fewer than this part of the readers are still on the way. @default 1e-6 */
  readonly tolerance?: number;
}

/** A node where a smaller part of the readers arrives in one step passes nobody on. */
const fewest = 1e-8;

/** A rank for each node; they add up to 1. Seeds have weights of any sum; those below zero count as none. */
export function pageRank(graph: GraphSnapshot, seeds: ReadonlyMap<number, number>, options: PageRankOptions = {}): Float64Array {
  const { damping = 0.7, maxIterations = 30, tolerance = 1e-6 } = options;
  const { size, starts, targets, weights, sums } = graph;
  const start = startVector(size, seeds);
  const rank = new Float64Array(size);
  const least = Math.min(fewest, 1e-3 / size);
  let arriving: Float64Array = start.slice();
  let next: Float64Array = new Float64Array(size);
  for (let iteration = 0, onTheWay = 1; iteration < maxIterations && onTheWay >= tolerance; iteration += 1) {
    let restarting = 0;
    onTheWay = 0;
    for (let node = 0; node < size; node += 1) {
      const here = arriving[node]!;
      if (here === 0) continue;
      arriving[node] = 0;
      if (here < least) {
        rank[node]! += here;
        continue;
      }
      const going = here * damping;
      rank[node]! += here - going;
      onTheWay += going;
      const sum = sums[node]!;
      if (sum === 0) {
        restarting += going;
        continue;
      }
      const share = going / sum;
      const end = starts[node + 1]!;
      for (let at = starts[node]!; at < end; at += 1) next[targets[at]!]! += share * weights[at]!;
    }
    if (restarting > 0) for (let node = 0; node < size; node += 1) next[node]! += restarting * start[node]!;
    [arriving, next] = [next, arriving];
  }
  for (let node = 0; node < size; node += 1) rank[node]! += arriving[node]!;
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
