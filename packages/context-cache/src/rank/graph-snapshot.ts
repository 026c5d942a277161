/**
 * A weighted directed graph in three arrays (compressed sparse rows): the edges of node `n` stand from `starts[n]` up to
 * `starts[n + 1]`. It takes a hundredth of the memory of a graph of objects, and ranking walks it in order.
 */
export interface WeightedEdge {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

export class GraphSnapshot {
  readonly size: number;
  readonly starts: Uint32Array;
  readonly targets: Uint32Array;
  readonly weights: Float64Array;
  /** What the weights of the edges of each node add up to. */
  readonly sums: Float64Array;

  private constructor(starts: Uint32Array, targets: Uint32Array, weights: Float64Array, sums: Float64Array) {
    this.size = sums.length;
    this.starts = starts;
    this.targets = targets;
    this.weights = weights;
    this.sums = sums;
  }

  /** Edges between the same two nodes are added up. */
  static of(size: number, edges: readonly WeightedEdge[]): GraphSnapshot {
    const starts = new Uint32Array(size + 1);
    for (const { from } of edges) starts[from + 1] = (starts[from + 1] ?? 0) + 1;
    for (let node = 0; node < size; node += 1) starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);
    const [targets, weights, sums] = [new Uint32Array(edges.length), new Float64Array(edges.length), new Float64Array(size)];
    const next = starts.slice();
    for (const { from, to, weight } of edges) {
      const at = next[from] ?? 0;
      next[from] = at + 1;
      targets[at] = to;
      weights[at] = weight;
      sums[from] = (sums[from] ?? 0) + weight;
    }
    return new GraphSnapshot(starts, targets, weights, sums);
  }

  /** The same graph with some edges lighter; the arrays that say where they go are shared. */
  lessen(edges: readonly WeightedEdge[]): GraphSnapshot {
    const [weights, sums] = [this.weights.slice(), this.sums.slice()];
    for (const { from, to, weight } of edges) {
      const end = this.starts[from + 1] ?? 0;
      for (let at = this.starts[from] ?? 0, left = weight; at < end && left > 0; at += 1) {
        if (this.targets[at] !== to) continue;
        const taken = Math.min(left, weights[at] ?? 0);
        weights[at] = (weights[at] ?? 0) - taken;
        sums[from] = Math.max(0, (sums[from] ?? 0) - taken);
        left -= taken;
      }
    }
    return new GraphSnapshot(this.starts, this.targets, weights, sums);
  }
}
