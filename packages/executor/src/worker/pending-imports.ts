import { Map, Set } from './intrinsics.ts';

interface PendingImport {
  readonly ordinal: number;
  /** The modules that nobody had asked for before it. */
  readonly modules: Set<string>;
}

/**
 * Imports of cells that have not come back. A module of one that was cancelled is evaluated by half: whoever imports it
 * again would wait without end, or get the error of the cancelling. So its modules get another address from then on, under
 * which they begin anew.
 */
export class PendingImports {
  readonly #pending = new Set<PendingImport>();
  readonly #known = new Set<string>();
  readonly #attempts = new Map<string, number>();

  /** Does an import for a cell. One that the engine terminates never comes back. */
  async during<Loaded>(ordinal: number, load: () => Promise<Loaded>): Promise<Loaded> {
    const pending: PendingImport = { ordinal, modules: new Set() };
    this.#pending.add(pending);
    try {
      return await load();
    } finally {
      this.#pending.delete(pending);
    }
  }

  /** Where a module is to be found now. */
  address(url: string): string {
    if (!url.startsWith('file:')) return url;
    if (!this.#known.has(url)) {
      this.#known.add(url);
      for (const { modules } of this.#pending) modules.add(url);
    }
    const attempts = this.#attempts.get(url);
    return attempts === undefined ? url : `${url}#${attempts}`;
  }

  /** Takes note that a cell no longer waits for its imports. */
  abandon(ordinal: number): void {
    for (const pending of this.#pending) {
      if (pending.ordinal !== ordinal) continue;
      this.#pending.delete(pending);
      for (const url of pending.modules) {
        this.#known.delete(url);
        this.#attempts.set(url, (this.#attempts.get(url) ?? 1) + 1);
      }
    }
  }
}
