/**
 * Which tasks wait for which. A task that waits for others has no place in the queue yet, so a queue full of waiting
 * tasks can never keep out the one that they wait for.
 */
import { assertNoCircle } from './circle.ts';
import { dependencyError } from './ending.ts';
import type { EndStatus, Entry } from './entry.ts';

/** How many ended tasks are remembered at least for those that will depend on them. */
const remembered = 10_000;

export class Dependencies {
  /** What each blocked task still waits for. */
  readonly #waitsFor = new Map<string, Set<string>>();
  /** Who waits for a task. */
  readonly #dependents = new Map<string, Set<Entry>>();
  /** How tasks ended: the last ones, and those before them. */
  #ended = new Map<string, EndStatus>();
  #endedBefore = new Map<string, EndStatus>();
  /** Whether a task of this id waits or runs: then it counts, and no earlier one. */
  readonly #isLive: (id: string) => boolean;

  constructor(isLive: (id: string) => boolean) {
    this.#isLive = isLive;
  }

  get size(): number {
    return this.#waitsFor.size;
  }

  /**
   * Notes what a task waits for; false when it need not wait.
   *
   * @throws HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY, HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED; nothing is noted then
   */
  block(entry: Entry, dependsOn: readonly string[]): boolean {
    const open = new Set(dependsOn.filter((id) => this.#endOf(id) !== 'completed'));
    for (const id of open) if (this.#endOf(id) !== undefined) throw dependencyError(entry.id, id);
    assertNoCircle(entry.id, open, (id) => this.#waitsFor.get(id) ?? []);
    if (open.size === 0) return false;
    this.#waitsFor.set(entry.id, open);
    for (const id of open) this.#dependents.set(id, (this.#dependents.get(id) ?? new Set()).add(entry));
    return true;
  }

  /** A blocked task waits no longer. */
  release(entry: Entry): void {
    for (const id of this.#waitsFor.get(entry.id) ?? []) this.#dependents.get(id)?.delete(entry);
    this.#waitsFor.delete(entry.id);
  }

  /** Notes the end of a task, and gives who waits for nothing more and who waited in vain. */
  end(id: string, status: EndStatus): { readonly free: readonly Entry[]; readonly failed: readonly Entry[] } {
    this.#remember(id, status);
    const dependents = this.#dependents.get(id);
    if (!dependents) return none;
    this.#dependents.delete(id);
    if (status !== 'completed') {
      for (const entry of dependents) this.release(entry);
      return { free: [], failed: [...dependents] };
    }
    const free = [...dependents].filter((entry) => {
      const open = this.#waitsFor.get(entry.id);
      open?.delete(id);
      return open?.size === 0;
    });
    for (const entry of free) this.release(entry);
    return { free, failed: [] };
  }

  #endOf(id: string): EndStatus | undefined {
    return this.#isLive(id) ? undefined : (this.#ended.get(id) ?? this.#endedBefore.get(id));
  }

  /** Forgets by the thousand, because a map that always loses its first entry gets slow. */
  #remember(id: string, status: EndStatus): void {
    this.#ended.set(id, status);
    if (this.#ended.size < remembered) return;
    this.#endedBefore = this.#ended;
    this.#ended = new Map();
  }
}

const none = { free: [], failed: [] } as const;
