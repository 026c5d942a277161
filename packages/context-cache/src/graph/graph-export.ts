/** A graph as JSON. The checksum finds a file that was cut off or edited; it is no protection against an attacker. */
import { jsonValue, type JsonValue } from '@holdfast/protocol';
import { contextCacheError } from '../errors.ts';
import { createCacheNode, type CacheNode } from './cache-node.ts';
import { relations, type Edge } from './relation.ts';

export interface GraphExport {
  readonly version: 1;
  /** Of nodes and edges as canonical JSON: FNV-1a, 32 bits, hexadecimal. */
  readonly checksum: string;
  /** By id. */
  readonly nodes: readonly CacheNode[];
  /** Those that were linked; what a node declares stands in the node. */
  readonly edges: readonly Edge[];
}

export function sealGraphExport(nodes: readonly CacheNode[], edges: readonly Edge[]): GraphExport {
  const content = {
    nodes: nodes.toSorted((left, right) => inOrder(left.id, right.id)),
    edges: edges.toSorted((left, right) => inOrder(canonicalJson({ ...left }), canonicalJson({ ...right }))),
  };
  return { version: 1, checksum: checksumOf(jsonValue.parse(content)), ...content };
}

/** @throws HOLDFAST_CONTEXT_CACHE_BAD_EXPORT */
export function readGraphExport(json: unknown): { readonly nodes: readonly CacheNode[]; readonly edges: readonly Edge[] } {
  const { version, checksum, nodes, edges } = fieldsOf(json);
  if (version !== 1) throw badExport(`its version is ${JSON.stringify(version)}, known is 1`);
  const content = jsonValue.safeParse({ nodes, edges });
  if (!content.success || checksum !== checksumOf(content.data)) throw badExport('its checksum does not fit its content');
  if (!Array.isArray(nodes) || !Array.isArray(edges)) throw badExport('its nodes or edges are no lists');
  try {
    return { nodes: nodes.map(readNode), edges: edges.map(readEdge) };
  } catch (cause) {
    throw badExport('a node or an edge is malformed', cause);
  }
}

export function readNode(json: unknown): CacheNode {
  const { id, summary, fullContentRef, dependencies, mentions, clock, metadata } = fieldsOf(json);
  if (typeof id !== 'string' || typeof summary !== 'string') throw badExport('a node has no id or no summary');
  if (fullContentRef !== null && typeof fullContentRef !== 'string') throw badExport(`node "${id}" has a reference that is no text`);
  return createCacheNode({
    id,
    summary,
    fullContentRef,
    dependencies: readIds(dependencies),
    mentions: readIds(mentions),
    clock: readClock(clock),
    metadata: readMetadata(metadata),
  });
}

function readEdge(json: unknown): Edge {
  const { from, relation, to } = fieldsOf(json);
  const known = relations.find((each) => each === relation);
  if (typeof from === 'string' && typeof to === 'string' && known) return { from, relation: known, to };
  throw badExport('an edge lacks an end or is of an unknown relation');
}

function readIds(json: unknown): string[] {
  if (Array.isArray(json) && json.every((id) => typeof id === 'string')) return json;
  throw badExport('the dependencies or mentions of a node are no list of ids');
}

function readClock(json: unknown): Record<string, number> {
  return Object.fromEntries(Object.entries(fieldsOf(json)).map(([process, counter]) => [process, Number(counter)]));
}

function readMetadata(json: unknown): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(fieldsOf(json)).map(([key, value]) => [key, jsonValue.parse(value)]));
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json };
  throw badExport('something in it is no object');
}

function checksumOf(content: JsonValue): string {
  let hash = 0x81_1c_9d_c5;
  for (const byte of new TextEncoder().encode(canonicalJson(content))) hash = Math.imul(hash ^ byte, 0x01_00_01_93);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** JSON whose keys are sorted, so that equal content is equal text. */
function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  const fields = Object.entries(value).toSorted(([left], [right]) => inOrder(left, right));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join()}}`;
}

/** By code unit, the same in every locale. */
export function inOrder(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function badExport(problem: string, cause?: unknown): Error {
  return contextCacheError('HOLDFAST_CONTEXT_CACHE_BAD_EXPORT', `Cannot import graph: ${problem}`, cause === undefined ? {} : { cause });
}
