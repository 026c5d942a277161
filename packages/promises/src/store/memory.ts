import { Deadlines } from './deadlines.ts';
import { PromiseKeeper } from './promise-keeper.ts';
import { timeoutFailure, type PendingPromise, type PromiseRecord, type SettledPromise, type Settlement } from './promise-record.ts';
import type { PromiseRecords } from './promise-records.ts';
import type { PromiseStore, PromiseStoreTime } from './promise-store.ts';

export interface MemoryPromiseStoreOptions extends PromiseStoreTime {
  /** How many settled promises are remembered, for those who ask late; the longest settled are forgotten first. @default 10_000 */
  readonly maxSettled?: number;
}

/** Promises that live as long as the process does. */
export function createMemoryPromiseStore(options: MemoryPromiseStoreOptions = {}): PromiseStore {
  return new PromiseKeeper(new MemoryRecords(options.maxSettled ?? 10_000), options);
}

class MemoryRecords implements PromiseRecords {
  readonly #pending = new Map<string, PendingPromise>();
  readonly #settled = new Map<string, SettledPromise>();
  readonly #deadlines = new Deadlines();
  readonly #maxSettled: number;

  constructor(maxSettled: number) {
    this.#maxSettled = maxSettled;
  }

  find(id: string): PromiseRecord | undefined {
    return this.#pending.get(id) ?? this.#settled.get(id);
  }

  insert(record: PendingPromise): void {
    this.#pending.set(record.id, record);
    if (record.deadline !== null) this.#deadlines.add(record.id, Date.parse(record.deadline));
  }

  settle(id: string, settlement: Settlement): SettledPromise | undefined {
    const record = this.#pending.get(id);
    if (!record) return undefined;
    const settled: SettledPromise = Object.freeze({ ...record, ...settlement });
    this.#pending.delete(id);
    if (record.deadline !== null) this.#deadlines.remove(id, Date.parse(record.deadline));
    this.#remember(settled);
    return settled;
  }

  expire(now: number): readonly SettledPromise[] {
    const settlement: Settlement = { state: 'timedout', error: timeoutFailure, settledAt: new Date(now).toISOString() };
    return this.#deadlines.due(now).flatMap((id) => this.settle(id, settlement) ?? []);
  }

  pending(kind: string | undefined): readonly PendingPromise[] {
    return [...this.#pending.values()].filter((record) => kind === undefined || record.kind === kind);
  }

  countPending(): number {
    return this.#pending.size;
  }

  nextDeadline(): number | undefined {
    return this.#deadlines.nearest;
  }

  close(): void {
    this.#pending.clear();
    this.#settled.clear();
    this.#deadlines.clear();
  }

  #remember(settled: SettledPromise): void {
    this.#settled.set(settled.id, settled);
    for (const id of this.#settled.keys()) {
      if (this.#settled.size <= this.#maxSettled) return;
      this.#settled.delete(id);
    }
  }
}
