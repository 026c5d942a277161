/**
 * Everything that was ever worth knowing, in one SQLite file: nodes, edges, a keyword index and vectors, each change in
 * one transaction. It survives tasks, so that past solutions can be found again.
 */
import type { DatabaseSync } from 'node:sqlite';
import { TaskPriority } from '@holdfast/protocol';
import { contextCacheError } from '../errors.ts';
import { createCacheNode, nodeId, typeOfNode, type CacheNode, type CacheNodeInput, type NodeType } from '../graph/cache-node.ts';
import { ContextGraph } from '../graph/context-graph.ts';
import { readNode, type GraphExport } from '../graph/graph-export.ts';
import { relations, type Edge, type Relation } from '../graph/relation.ts';
import { GraphSnapshot } from '../rank/graph-snapshot.ts';
import { pageRank } from '../rank/page-rank.ts';
import { wordsOf } from '../rank/words.ts';
import { cosine, type EmbeddingPort } from './embedding.ts';
import { openDatabase, storeFailed } from './open-database.ts';

export interface OfflineCacheOptions {
  /** The file; `:memory:` for none. Its folder must exist. */
  readonly path: string;
  /** Searches by meaning. @default by keywords */
  readonly embedding?: EmbeddingPort;
  /** Hears of a damaged file that was put aside, and of an embedding model that fails. */
  readonly onWarning: (warning: string) => void;
}

export interface SearchOptions {
  /** @default 10 */
  readonly limit?: number;
  /** Only nodes of this type. */
  readonly type?: NodeType;
  /** The least cosine of a hit by embeddings. @default 0.3 */
  readonly minCosine?: number;
  readonly signal?: AbortSignal;
}

export interface SearchHit {
  readonly node: CacheNode;
  /** A cosine, or a BM25 score; higher is better, and scores of the two kinds are not to be compared. */
  readonly score: number;
  readonly by: 'embedding' | 'keywords';
}

export interface Solution {
  readonly taskId: string;
  readonly requirements: string;
  /** What was done, and what came of it. */
  readonly outcome: string;
  readonly metadata?: CacheNode['metadata'];
}

/** @throws HOLDFAST_CONTEXT_CACHE_STORE_FAILED, but not for a damaged file: that is put aside and told of */
export function openOfflineCache(options: OfflineCacheOptions): OfflineCache {
  return new OfflineCache(openDatabase(options.path, options.onWarning), options);
}

export class OfflineCache {
  readonly #database: DatabaseSync;
  readonly #options: OfflineCacheOptions;
  #ranks: ReadonlyMap<string, number> | undefined;

  /** @internal */
  constructor(database: DatabaseSync, options: OfflineCacheOptions) {
    this.#database = database;
    this.#options = options;
  }

  get size(): number {
    return this.#try(() => Number(this.#database.prepare('SELECT count(*) AS count FROM nodes').get()?.['count']));
  }

  /** Puts a node, or another version of it; it is on the disk when this returns. */
  put(input: CacheNodeInput, priority?: TaskPriority): CacheNode {
    const node = createCacheNode(input);
    this.#transaction(() => this.#write(node, priority));
    return node;
  }

  link(from: string, relation: Relation, to: string): void {
    typeOfNode(from);
    typeOfNode(to);
    this.#transaction(() => this.#database.prepare('INSERT OR IGNORE INTO edges VALUES (?, ?, ?)').run(from, relation, to));
  }

  find(id: string): CacheNode | undefined {
    const content = this.#try(() => this.#database.prepare('SELECT content FROM nodes WHERE id = ?').get(id)?.['content']);
    return content === undefined ? undefined : nodeOf(content);
  }

  /** How urgent the node was when it was put; undefined where nobody said. */
  priorityOf(id: string): TaskPriority | undefined {
    const value = this.#try(() => this.#database.prepare('SELECT priority FROM nodes WHERE id = ?').get(id)?.['priority']);
    return Object.values(TaskPriority).find((priority) => priority === value);
  }

  /** Lets a node go, with its vectors and what was linked from it. */
  remove(id: string): boolean {
    return this.#transaction(() => {
      const number = this.#numberOf(id);
      if (number === undefined) return false;
      this.#database.prepare('DELETE FROM words WHERE rowid = ?').run(number);
      this.#database.prepare('DELETE FROM vectors WHERE number = ?').run(number);
      this.#database.prepare('DELETE FROM edges WHERE from_id = ?').run(id);
      this.#database.prepare('DELETE FROM nodes WHERE number = ?').run(number);
      return true;
    });
  }

  /** What fits a query best. By embeddings where there is a model and it answers, otherwise by keywords. */
  async search(query: string, options: SearchOptions = {}): Promise<readonly SearchHit[]> {
    const { embedding, onWarning } = this.#options;
    if (!embedding) return this.searchKeywords(query, options);
    try {
      return await this.#searchVectors(embedding, query, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      onWarning(`Embedding model "${embedding.model}" failed, keywords are searched instead: ${error instanceof Error ? error.message : String(error)}`);
      return this.searchKeywords(query, options);
    }
  }

  /** By the words in ids and summaries, identifiers cut into theirs. Any word may do; rare ones count more (BM25). */
  searchKeywords(query: string, { limit = 10, type }: SearchOptions = {}): readonly SearchHit[] {
    const match = [...new Set(wordsOf(query))].map((word) => `"${word}"`).join(' OR ');
    if (match === '') return [];
    const statement = `SELECT content, score FROM
      (SELECT rowid AS number, bm25(words) AS score FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?) JOIN nodes USING (number)
      WHERE ?3 IS NULL OR type = ?3 ORDER BY score, id`;
    const rows = this.#try(() => this.#database.prepare(statement).all(match, type === undefined ? limit : -1, type ?? null));
    return rows.slice(0, limit).map((row) => ({ node: nodeOf(row['content']), score: -Number(row['score']), by: 'keywords' as const }));
  }

  /** Keeps how a task was solved, for `findSimilar`. */
  recordSolution({ taskId, requirements, outcome, metadata = {} }: Solution): CacheNode {
    return this.put({ id: nodeId('task', taskId), summary: `${requirements}\n${outcome}`, metadata: { ...metadata, requirements, outcome, isSolution: true } });
  }

  /** Past solutions of tasks with similar requirements. */
  async findSimilar(requirements: string, options: Omit<SearchOptions, 'type'> = {}): Promise<readonly SearchHit[]> {
    const { limit = 10 } = options;
    const hits = await this.search(requirements, { ...options, type: 'task', limit: limit * 4 });
    return hits.filter(({ node }) => node.metadata['isSolution'] === true).slice(0, limit);
  }

  /** All ids with their PageRank over dependencies, mentions and links: what much refers to comes first. Kept until something changes. */
  ranks(): ReadonlyMap<string, number> {
    this.#ranks ??= this.#rankAll();
    return this.#ranks;
  }

  /** Everything as a graph in memory. */
  graph(): ContextGraph {
    const graph = new ContextGraph();
    for (const node of this.#nodes()) graph.put(node);
    for (const { from, relation, to } of this.#edges()) graph.link(from, relation, to);
    return graph;
  }

  /** Everything as canonical JSON: equal caches give equal text. */
  export(): GraphExport {
    return this.graph().export();
  }

  /**
   * Takes in an export, all of it or nothing; nodes that are here already are replaced.
   *
   * @throws HOLDFAST_CONTEXT_CACHE_BAD_EXPORT
   */
  import(json: unknown): void {
    const { nodes, edges } = ContextGraph.import(json).export();
    this.#transaction(() => {
      for (const node of nodes) this.#write(node, undefined);
      for (const { from, relation, to } of edges) this.#database.prepare('INSERT OR IGNORE INTO edges VALUES (?, ?, ?)').run(from, relation, to);
    });
  }

  /** Idempotent. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #write(node: CacheNode, priority: TaskPriority | undefined): void {
    const upsert = `INSERT INTO nodes (id, type, priority, content) VALUES (?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET priority = coalesce(excluded.priority, priority), content = excluded.content RETURNING number`;
    const number = Number(this.#database.prepare(upsert).get(node.id, node.type, priority ?? null, JSON.stringify(node))?.['number']);
    this.#database.prepare('DELETE FROM words WHERE rowid = ?').run(number);
    this.#database.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)').run(number, wordsOf(searchText(node)).join(' '));
    this.#database.prepare('DELETE FROM vectors WHERE number = ?').run(number);
  }

  async #searchVectors(embedding: EmbeddingPort, query: string, { limit = 10, type, minCosine = 0.3, signal }: SearchOptions): Promise<SearchHit[]> {
    await this.#embedMissing(embedding, signal);
    const [wanted] = await embedding.embed([query], signal ? { signal } : {});
    if (!wanted) throw new Error('it gave no vector');
    const select = 'SELECT content, vector FROM vectors JOIN nodes USING (number) WHERE model = ?1 AND (?2 IS NULL OR type = ?2) ORDER BY id';
    const rows = this.#try(() => this.#database.prepare(select).all(embedding.model, type ?? null));
    return rows
      .map((row) => ({ content: row['content'], score: cosine(wanted, floatsOf(row['vector'])) }))
      .filter(({ score }) => score >= minCosine)
      .toSorted((left, right) => right.score - left.score)
      .slice(0, limit)
      .map(({ content, score }) => ({ node: nodeOf(content), score, by: 'embedding' }));
  }

  /** Embeds what has no vector of this model yet. */
  async #embedMissing(embedding: EmbeddingPort, signal: AbortSignal | undefined): Promise<void> {
    const select = 'SELECT number, content FROM nodes WHERE number NOT IN (SELECT number FROM vectors WHERE model = ?) ORDER BY number LIMIT 64';
    for (;;) {
      signal?.throwIfAborted();
      const rows = this.#try(() => this.#database.prepare(select).all(embedding.model));
      if (rows.length === 0) return;
      const vectors = await embedding.embed(rows.map((row) => searchText(nodeOf(row['content']))), signal ? { signal } : {});
      if (vectors.length !== rows.length) throw new Error(`it gave ${vectors.length} vectors for ${rows.length} texts`);
      this.#transaction(() => {
        const insert = this.#database.prepare('INSERT OR REPLACE INTO vectors SELECT number, ?1, ?2 FROM nodes WHERE number = ?3 AND content = ?4');
        rows.forEach((row, at) => insert.run(embedding.model, new Uint8Array(Float32Array.from(vectors[at] ?? []).buffer), row['number'] ?? null, row['content'] ?? null));
      }, 'keepRanks');
    }
  }

  #rankAll(): Map<string, number> {
    const nodes = this.#nodes();
    const numbers = new Map(nodes.map(({ id }, number) => [id, number]));
    const pairs = [...nodes.flatMap(({ id, dependencies, mentions }) => [...dependencies, ...mentions].map((to) => ({ from: id, to }))), ...this.#edges()];
    const edges = pairs.flatMap(({ from, to }) => {
      const [source, target] = [numbers.get(from), numbers.get(to)];
      return source === undefined || target === undefined ? [] : [{ from: source, to: target, weight: 1 }];
    });
    const ranks = pageRank(GraphSnapshot.of(nodes.length, edges), new Map(), { damping: 0.85, maxIterations: 100 });
    return new Map(nodes.map(({ id }, number) => [id, ranks[number] ?? 0] as const).toSorted(([left, leftRank], [right, rightRank]) => rightRank - leftRank || (left < right ? -1 : 1)));
  }

  #nodes(): CacheNode[] {
    return this.#try(() => this.#database.prepare('SELECT content FROM nodes ORDER BY id').all()).map((row) => nodeOf(row['content']));
  }

  #edges(): Edge[] {
    const rows = this.#try(() => this.#database.prepare('SELECT from_id, relation, to_id FROM edges').all());
    return rows.map((row) => {
      const relation = relations.find((each) => each === row['relation']);
      if (!relation) throw damaged(`an edge has the relation ${JSON.stringify(row['relation'])}`);
      return { from: String(row['from_id']), relation, to: String(row['to_id']) };
    });
  }

  #numberOf(id: string): number | undefined {
    const number = this.#database.prepare('SELECT number FROM nodes WHERE id = ?').get(id)?.['number'];
    return number === undefined ? undefined : Number(number);
  }

  #transaction<Result>(run: () => Result, ranks: 'dropRanks' | 'keepRanks' = 'dropRanks'): Result {
    return this.#try(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = run();
        this.#database.exec('COMMIT');
        if (ranks === 'dropRanks') this.#ranks = undefined;
        return result;
      } catch (error) {
        this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #try<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (cause) {
      throw storeFailed(this.#options.path, cause);
    }
  }
}

function searchText({ id, summary }: CacheNode): string {
  return `${id.slice(id.indexOf(':') + 1)} ${summary}`;
}

function nodeOf(content: unknown): CacheNode {
  try {
    return readNode(JSON.parse(String(content)));
  } catch (cause) {
    throw damaged('a node cannot be read', cause);
  }
}

function floatsOf(blob: unknown): Float32Array {
  if (blob instanceof Uint8Array) return new Float32Array(blob.slice().buffer);
  throw damaged('a vector is none');
}

function damaged(problem: string, cause?: unknown): Error {
  return contextCacheError('HOLDFAST_CONTEXT_CACHE_STORE_FAILED', `Cannot read cache: ${problem}`, cause === undefined ? {} : { cause });
}
