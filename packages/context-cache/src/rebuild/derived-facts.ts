/**
 * Facts, and facts that follow from others. A derived fact remembers what its sources said when it was derived. It is
 * stale as soon as one of them says something else, is stale itself or is gone, and is never given out as known. A source
 * that is stated anew with the same content changes nothing: that is where the cascade stops.
 */
export type FactReading<Content> =
  | { readonly status: 'known'; readonly content: Content }
  /** `because` leads from the fact to the source that changed or went. */
  | { readonly status: 'stale'; readonly content: Content; readonly because: readonly string[] }
  /** Nobody ever said it, or it was taken back. */
  | { readonly status: 'absent' };

interface Fact<Content> {
  readonly content: Content;
  readonly key: string;
  /** What each source said, by its id; undefined where it was absent. */
  readonly sources: ReadonlyMap<string, string | undefined>;
}

export class DerivedFacts<Content> {
  readonly #facts = new Map<string, Fact<Content>>();
  readonly #keyOf: (content: Content) => string;

  /** `keyOf` tells contents apart: a hash, or the content itself. @default JSON */
  constructor(keyOf: (content: Content) => string = (content) => JSON.stringify(content)) {
    this.#keyOf = keyOf;
  }

  /** States a fact, or states it anew; with the facts that it follows from. */
  state(id: string, content: Content, derivedFrom: readonly string[] = []): void {
    const sources = new Map(derivedFrom.map((source) => [source, this.#facts.get(source)?.key]));
    this.#facts.set(id, { content, key: this.#keyOf(content), sources });
  }

  /** Takes a fact back. What follows from it is stale from now on. */
  retract(id: string): boolean {
    return this.#facts.delete(id);
  }

  read(id: string): FactReading<Content> {
    const fact = this.#facts.get(id);
    if (!fact) return { status: 'absent' };
    const because = this.#reason(id, new Set());
    return because ? { status: 'stale', content: fact.content, because } : { status: 'known', content: fact.content };
  }

  /** All that is stale, in order of ids. */
  stale(): readonly string[] {
    const following = new Map<string, string[]>();
    for (const [id, { sources }] of this.#facts) for (const source of sources.keys()) following.set(source, [...(following.get(source) ?? []), id]);
    const stale = new Set([...this.#facts].filter(([, { sources }]) => [...sources].some(([source, key]) => this.#hasChanged(source, key))).map(([id]) => id));
    for (const id of stale) for (const next of following.get(id) ?? []) stale.add(next); // what is added is looked at too
    return [...stale].toSorted();
  }

  /** The way to what makes a fact stale; undefined for a fresh one. Facts that follow from each other are looked at once. */
  #reason(id: string, seen: Set<string>): readonly string[] | undefined {
    if (seen.has(id)) return undefined;
    seen.add(id);
    for (const [source, key] of this.#facts.get(id)?.sources ?? []) {
      const beyond = this.#hasChanged(source, key) ? [source] : this.#reason(source, seen);
      if (beyond) return [id, ...beyond];
    }
    return undefined;
  }

  #hasChanged(source: string, key: string | undefined): boolean {
    const now = this.#facts.get(source);
    return now === undefined || now.key !== key;
  }
}
