import type { Fold } from '../projection/projection.ts';

const maxStates = 1000;

interface CachedState {
  readonly version: number;
  readonly state: unknown;
}

/** States of streams that decisions were made from, so that the next one folds only what is new. The least used go first. */
export class StateCache {
  readonly #folds = new WeakMap<Fold<unknown>, Map<string, CachedState>>();

  find(fold: Fold<unknown>, taskId: string): CachedState | undefined {
    return this.#folds.get(fold)?.get(taskId);
  }

  keep(fold: Fold<unknown>, taskId: string, version: number, state: unknown): void {
    const states = this.#folds.get(fold) ?? new Map<string, CachedState>();
    this.#folds.set(fold, states);
    states.delete(taskId);
    states.set(taskId, { version, state });
    for (const oldest of states.keys()) {
      if (states.size <= maxStates) return;
      states.delete(oldest);
    }
  }
}
