/**
 * Chooses definitions under a budget, greedily by what a token of them is worth: `score / (tokens + 4)^1.3`. What does
 * not fit is passed over. A member brings the header of its class along and pays for it; so does the first definition of
 * a file for the path of the file.
 */
import type { Definition } from '../extract/definition.ts';

export interface PackRequest {
  readonly definitions: readonly Definition[];
  readonly scores: Float64Array;
  readonly budgetTokens: number;
  /** Tokens of a signature as it is rendered. */
  readonly tokensOf: (index: number) => number;
  /** Tokens of the line with the path of a file. */
  readonly tokensOfPath: (path: string) => number;
  readonly indexOf: (id: string) => number | undefined;
  /** Which may be chosen at all. @default all */
  readonly accepts?: (index: number) => boolean;
}

export interface Packed {
  /** In the order in which they were chosen. */
  readonly chosen: readonly number[];
  readonly tokens: number;
  /** Those that did not get in, the one whose tokens are worth most first. */
  readonly omitted: readonly number[];
}

const overloadsInFull = 3;
const overloadDiscount = 0.3;

export function packDefinitions(request: PackRequest): Packed {
  const { definitions, budgetTokens, tokensOf, tokensOfPath, indexOf } = request;
  const worth = worthOf(request);
  const order = Uint32Array.from(worth.keys()).filter((index) => worth[index]! > 0);
  order.sort((left, right) => worth[right]! - worth[left]! || left - right);
  const chosen = new Set<number>();
  const paths = new Set<string>();
  const omitted: number[] = [];
  let tokens = 0;
  for (const index of order) {
    if (chosen.has(index)) continue;
    if (tokens + tokensOf(index) > budgetTokens) {
      omitted.push(index);
      continue;
    }
    const group = [...headersOf(definitions, index, indexOf), index].filter((each) => !chosen.has(each));
    const path = definitions[index]?.path ?? '';
    const price = group.reduce((sum, each) => sum + tokensOf(each), paths.has(path) ? 0 : tokensOfPath(path));
    if (tokens + price > budgetTokens) {
      omitted.push(index);
      continue;
    }
    tokens += price;
    paths.add(path);
    for (const each of group) chosen.add(each);
  }
  return { chosen: [...chosen], tokens, omitted: omitted.filter((index) => !chosen.has(index)) };
}

/** What a token of each definition is worth; 0 for those that may not be chosen. */
function worthOf({ definitions, scores, tokensOf, accepts = () => true }: PackRequest): Float64Array {
  const overloads = new Map<string, number>();
  const worth = new Float64Array(definitions.length);
  for (let index = 0; index < definitions.length; index += 1) {
    const score = scores[index] ?? 0;
    const definition = definitions[index];
    if (!definition || score <= 0 || !accepts(index)) continue;
    worth[index] = score / (tokensOf(index) + 4) ** 1.3;
    if (!definition.id.includes('~')) continue; // the first of its name
    const key = definition.id.slice(0, definition.id.lastIndexOf('~'));
    const place = (overloads.get(key) ?? 1) + 1;
    overloads.set(key, place);
    if (place > overloadsInFull) worth[index]! *= overloadDiscount;
  }
  return worth;
}

/** The classes and namespaces around a member, outermost first. */
function headersOf(definitions: readonly Definition[], index: number, indexOf: (id: string) => number | undefined): number[] {
  const headers: number[] = [];
  let parent = definitions[index]?.parent ?? null;
  while (parent !== null) {
    const at = indexOf(parent);
    if (at === undefined) break;
    headers.unshift(at);
    parent = definitions[at]?.parent ?? null;
  }
  return headers;
}
