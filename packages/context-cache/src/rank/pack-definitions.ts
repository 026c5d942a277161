/**
 * Chooses definitions under a budget, greedily by what a token of them is worth: `score / (tokens + 8)^1.3`. What does
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
  /** The best of those that did not get in, best first. */
  readonly omitted: readonly number[];
}

const overloadsInFull = 3;
const overloadDiscount = 0.3;

export function packDefinitions(request: PackRequest): Packed {
  const { definitions, scores, budgetTokens, tokensOf, tokensOfPath, accepts = () => true } = request;
  const worth = worthOf(request, accepts);
  const order = [...worth.keys()].toSorted((left, right) => (worth.get(right) ?? 0) - (worth.get(left) ?? 0) || left - right);
  const chosen = new Set<number>();
  const paths = new Set<string>();
  const omitted: number[] = [];
  let tokens = 0;
  for (const index of order) {
    if (chosen.has(index)) continue;
    const group = [...headersOf(definitions, index, request.indexOf), index].filter((each) => !chosen.has(each));
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
  return { chosen: [...chosen], tokens, omitted: omitted.toSorted((left, right) => (scores[right] ?? 0) - (scores[left] ?? 0) || left - right) };
}

function worthOf({ definitions, scores, tokensOf }: PackRequest, accepts: (index: number) => boolean): Map<number, number> {
  const overloads = new Map<string, number>();
  const worth = new Map<number, number>();
  definitions.forEach(({ path, name }, index) => {
    const score = scores[index] ?? 0;
    if (score <= 0 || !accepts(index)) return;
    const key = `${path}#${name}`;
    const place = (overloads.get(key) ?? 0) + 1;
    overloads.set(key, place);
    const discount = place > overloadsInFull ? overloadDiscount : 1;
    worth.set(index, (discount * score) / (tokensOf(index) + 8) ** 1.3);
  });
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
