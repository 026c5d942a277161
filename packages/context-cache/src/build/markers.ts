/**
 * Short names under which a context speaks of nodes: `m1` for the first module, `f3` for the third function. What is said
 * in brackets with an arrow is a reference that can be followed; text that comes from outside cannot forge one.
 */
import { typeOfNode } from '../graph/cache-node.ts';

export class Markers {
  readonly #byId = new Map<string, string>();
  readonly #ids = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** The marker of a node; the same each time. */
  of(id: string): string {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const letter = typeOfNode(id).charAt(0);
    const count = (this.#counts.get(letter) ?? 0) + 1;
    this.#counts.set(letter, count);
    const marker = `${letter}${count}`;
    this.#byId.set(id, marker);
    this.#ids.set(marker, id);
    return marker;
  }

  /** The node that a marker means. */
  idOf(marker: string): string | undefined {
    return this.#ids.get(marker);
  }

  /** References to nodes: `[→ m1 f3]`; nothing for none. */
  pointTo(ids: readonly string[]): string {
    return ids.length === 0 ? '' : `[→ ${ids.map((id) => this.of(id)).join(' ')}]`;
  }
}

const arrow = /\[\s*(?:→|←|->|<-)/gu;

/** Text from outside, with nothing in it that looks like a reference of ours. */
export function withoutMarkers(text: string): string {
  return text.replaceAll(arrow, '(');
}
