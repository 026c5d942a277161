/**
 * A map that holds so many entries and no more: the one that was not used for longest makes room. Reading an entry
 * uses it. A size of 0 keeps nothing.
 */
export class LruCache<Key, Value> {
  readonly #maxEntries: number;
  readonly #entries = new Map<Key, Value>();

  /** @throws RangeError for a size that is no integer from 0 */
  constructor(maxEntries: number) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 0) {
      throw new RangeError(`Cannot make a cache of ${maxEntries} entries: expected an integer from 0`);
    }
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    if (this.#maxEntries === 0) return;
    const [oldest] = this.#entries.keys();
    if (this.#entries.size === this.#maxEntries && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, value);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** From the one that was not used for longest to the one used last. */
  keys(): readonly Key[] {
    return [...this.#entries.keys()];
  }
}
