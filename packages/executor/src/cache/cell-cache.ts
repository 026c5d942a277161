import { hash } from 'node:crypto';
import { LruCache } from './lru.ts';

/** How a text is read: as one value, as statements, or as the body of a function, in which `return` may stand. */
export type CellForm = 'value' | 'statements' | 'body';

export interface CellKey {
  readonly source: string;
  readonly form: CellForm;
  /** What else decides how it is read, its language for one. */
  readonly flags: readonly string[];
}

/** How many cells are kept unless told otherwise. */
export const defaultCacheSize = 128;

/**
 * Keeps what reading a cell gave, so that a cell which comes again is neither stripped of its types nor parsed again.
 * Only what could be read is kept. What V8 compiles is not ours to keep: it has a cache of its own.
 */
export class CellCache<Reading extends object> {
  readonly #readings: LruCache<string, Reading>;

  /** @throws RangeError for a size that is no integer from 0; 0 keeps nothing */
  constructor(maxEntries = defaultCacheSize) {
    this.#readings = new LruCache(maxEntries);
  }

  get size(): number {
    return this.#readings.size;
  }

  find(key: CellKey): Reading | undefined {
    return this.#readings.get(cacheKey(key));
  }

  keep(key: CellKey, reading: Reading): void {
    this.#readings.set(cacheKey(key), reading);
  }
}

/** One text in two forms, or under two sets of flags, makes two keys. */
export function cacheKey({ source, form, flags }: CellKey): string {
  return [hash('sha256', source), form, ...flags].join('|');
}

/**
 * Reads a size from a text, as an environment gives it. Nothing means the default, and so does what is no size, with a
 * warning.
 */
export function parseCacheSize(text: string | undefined, onWarning: (message: string) => void): number {
  if (text === undefined || text.trim() === '') return defaultCacheSize;
  const size = Number(text);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  onWarning(`Ignored the cache size "${text}": expected an integer from 0`);
  return defaultCacheSize;
}
