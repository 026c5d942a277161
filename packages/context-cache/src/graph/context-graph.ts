/**
 * What is known, and how it hangs together. A node that others name before it was put is a placeholder: it has edges and
 * no content, and is filled when it is put. An edge exists because a node declares it, because somebody linked it, or both;
 * putting a node again takes back what it no longer declares and leaves what was linked.
 */
import { MultiDirectedGraph } from 'graphology';
import { contextCacheError } from '../errors.ts';
import { createCacheNode, typeOfNode, type CacheNode, type CacheNodeInput } from './cache-node.ts';
import { GraphSnapshot } from '../rank/graph-snapshot.ts';
import { pageRank } from '../rank/page-rank.ts';
import { inOrder, readGraphExport, sealGraphExport, type GraphExport } from './graph-export.ts';
import type { Relation } from './relation.ts';

export interface RelatedOptions {
  /** How many edges away; more than 3 is taken as 3. @default 2 */
  readonly depth?: number;
}

export interface RelatedNodes {
  /** Nearest first, by id among equals; without the node that was asked for. */
  readonly nodes: readonly { readonly node: CacheNode; readonly distance: number }[];
  /** Ids within reach that nobody has put yet. */
  readonly missing: readonly string[];
}

const defaultDepth = 2;
const maxDepth = 3;

interface NodeAttributes {
  node?: CacheNode;
}
interface EdgeAttributes {
  readonly relation: Relation;
  isDeclared: boolean;
  isLinked: boolean;
}

export class ContextGraph {
  readonly #graph = new MultiDirectedGraph<NodeAttributes, EdgeAttributes>();

  /** How many nodes were put; placeholders do not count. */
  get size(): number {
    return this.#graph.reduceNodes((count, _, { node }) => (node ? count + 1 : count), 0);
  }

  /** Puts a node, or another version of it, with an edge for each dependency and each mention. */
  put(input: CacheNodeInput): CacheNode {
    const node = createCacheNode(input);
    this.#graph.mergeNode(node.id);
    this.#graph.setNodeAttribute(node.id, 'node', node);
    this.#withdraw(node.id);
    for (const target of node.dependencies) this.#connect(node.id, 'depends_on', target, 'isDeclared');
    for (const target of node.mentions) this.#connect(node.id, 'references', target, 'isDeclared');
    return node;
  }

  /** Says how two nodes stand to each other, whether they were put or not. Saying it twice is saying it once. */
  link(from: string, relation: Relation, to: string): void {
    typeOfNode(from);
    typeOfNode(to);
    this.#connect(from, relation, to, 'isLinked');
  }

  /** @throws HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND */
  get(id: string): CacheNode {
    const node = this.find(id);
    if (node) return node;
    throw contextCacheError('HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND', `Cannot find node "${id}"`, { data: { id } });
  }

  find(id: string): CacheNode | undefined {
    return this.#graph.hasNode(id) ? this.#graph.getNodeAttribute(id, 'node') : undefined;
  }

  /**
   * What lies around a node, along edges in both directions. Cycles are walked once. A placeholder has relations too.
   *
   * @throws HOLDFAST_CONTEXT_CACHE_NODE_NOT_FOUND when nothing ever named the id
   */
  related(id: string, { depth = defaultDepth }: RelatedOptions = {}): RelatedNodes {
    if (!this.#graph.hasNode(id)) this.get(id);
    const nodes: { node: CacheNode; distance: number }[] = [];
    const missing: string[] = [];
    const seen = new Set([id]);
    let ring = [id];
    for (let distance = 1; distance <= Math.min(depth, maxDepth) && ring.length > 0; distance += 1) {
      ring = this.#around(ring, seen);
      for (const reached of ring) {
        const node = this.find(reached);
        if (node) nodes.push({ node, distance });
        else missing.push(reached);
      }
    }
    return { nodes, missing };
  }

  /**
   * What is worth knowing for whoever works on the given nodes: personalised PageRank along edges, and a fifth as much
   * against them. Ids with ranks, highest first; placeholders have none.
   */
  rank(from: readonly string[]): ReadonlyMap<string, number> {
    const ids = this.#graph.nodes().toSorted();
    const places = new Map(ids.map((id, place) => [id, place]));
    const edges = this.#graph.mapEdges((_, __, source, target) => ({ from: places.get(source) ?? 0, to: places.get(target) ?? 0, weight: 1 }));
    const back = edges.map((edge) => ({ from: edge.to, to: edge.from, weight: 0.2 }));
    const seeds = new Map(from.flatMap((id) => (places.has(id) ? [[places.get(id) ?? 0, 1] as const] : [])));
    const ranks = pageRank(GraphSnapshot.of(ids.length, [...edges, ...back]), seeds);
    const ranked = ids.filter((id) => this.find(id)).map((id) => [id, ranks[places.get(id) ?? 0] ?? 0] as const);
    return new Map(ranked.toSorted(([left, leftRank], [right, rightRank]) => rightRank - leftRank || inOrder(left, right)));
  }

  /** Everything as JSON, in an order that depends on nothing but the content. */
  export(): GraphExport {
    const nodes = this.#graph.mapNodes((_, { node }) => node).filter((node) => node !== undefined);
    const edges = this.#graph
      .filterEdges((_, { isLinked }) => isLinked)
      .map((key) => ({
        from: this.#graph.source(key),
        relation: this.#graph.getEdgeAttribute(key, 'relation'),
        to: this.#graph.target(key),
      }));
    return sealGraphExport(nodes, edges);
  }

  /**
   * A graph from what `export` gave, for instance from a file.
   *
   * @throws HOLDFAST_CONTEXT_CACHE_BAD_EXPORT
   */
  static import(json: unknown): ContextGraph {
    const { nodes, edges } = readGraphExport(json);
    const graph = new ContextGraph();
    for (const node of nodes) graph.put(node);
    for (const { from, relation, to } of edges) graph.link(from, relation, to);
    return graph;
  }

  #around(ring: readonly string[], seen: Set<string>): string[] {
    const next: string[] = [];
    for (const id of ring) {
      this.#graph.forEachNeighbor(id, (neighbour) => {
        if (seen.has(neighbour)) return;
        seen.add(neighbour);
        next.push(neighbour);
      });
    }
    return next.toSorted();
  }

  #connect(from: string, relation: Relation, to: string, reason: 'isDeclared' | 'isLinked'): void {
    this.#graph.mergeNode(from);
    this.#graph.mergeNode(to);
    const key = JSON.stringify([from, relation, to]);
    if (!this.#graph.hasEdge(key)) this.#graph.addEdgeWithKey(key, from, to, { relation, isDeclared: false, isLinked: false });
    this.#graph.setEdgeAttribute(key, reason, true);
  }

  /** Takes back what a node declared, and the placeholders that nothing else names. */
  #withdraw(id: string): void {
    for (const key of this.#graph.outEdges(id)) {
      this.#graph.setEdgeAttribute(key, 'isDeclared', false);
      if (this.#graph.getEdgeAttribute(key, 'isLinked')) continue;
      const target = this.#graph.target(key);
      this.#graph.dropEdge(key);
      if (!this.find(target) && this.#graph.degree(target) === 0) this.#graph.dropNode(target);
    }
  }
}
