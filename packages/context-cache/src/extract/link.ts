import type { SourceFacts } from './definition.ts';
import type { ProjectNames } from './project-names.ts';

/** That one definition uses another, with the counts of all references from the one to the other. */
export interface Link {
  readonly from: string;
  readonly to: string;
  /** How often; parts of a whole where it is not certain which of several is meant. */
  readonly count: number;
  /** How often of these in the body of `from`. */
  readonly inBody: number;
}

/** Finds out what the names in sources mean: by the names alone, or by the types. */
export type Linker = (sources: readonly SourceFacts[], names?: ProjectNames) => Promise<readonly Link[]> | readonly Link[];

/** Adds up links between the same two definitions. */
export class LinkCounter {
  readonly #links = new Map<string, { from: string; to: string; count: number; inBody: number }>();

  add(from: string, to: string, count: number, inBody: number): void {
    if (from === to) return;
    const key = `${from}\n${to}`;
    const link = this.#links.get(key) ?? { from, to, count: 0, inBody: 0 };
    this.#links.set(key, link);
    link.count += count;
    link.inBody += inBody;
  }

  /** In an order that depends on the links alone. */
  links(): Link[] {
    return [...this.#links.entries()].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, link]) => link);
  }
}
