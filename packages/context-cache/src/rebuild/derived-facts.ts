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
    const because = this.#reason(id, new Map());
    return because ? { status: 'stale', content: fact.content, because } : { status: 'known', content: fact.content };
  }

  /** All that is stale, in order of ids. */
  stale(): readonly string[] {
    const known = new Map<string, readonly string[] | undefined>();
    return [...this.#facts.keys()].filter((id) => this.#reason(id, known) !== undefined).toSorted();
  }

  /** The way to what makes a fact stale; undefined for a fresh one. Facts that follow from each other are looked at once. */
  #reason(id: string, known: Map<string, readonly string[] | undefined>): readonly string[] | undefined {
    if (known.has(id)) return known.get(id);
    known.set(id, undefined);
    for (const [source, key] of this.#facts.get(id)?.sources ?? []) {
      const changed = this.#facts.get(source)?.key !== key || !this.#facts.has(source);
      const beyond = changed ? [source] : this.#reason(source, known);
      if (!beyond) continue;
      const reason = [id, ...beyond];
      known.set(id, reason);
      return reason;
    }
    return undefined;
  }
}
