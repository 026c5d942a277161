/**
 * The rows of a transaction as the machine sees them: what was read, with what it changed on top. A row that was not read
 * ends the request with {@link NotLoaded}; once it is there, the whole batch begins again, for it changed nothing yet.
 */
import { calleeName } from '../machine/backend.ts';
import type { Payload, PromiseView, ProtocolState, SearchPromises, TaskState } from '../machine/messages.ts';
import type { PromiseRow, Records, TaskRow } from '../machine/records.ts';
import { Wanted, type KeptTask, type LoadedRows } from './loaded-rows.ts';

export class NotLoaded extends Error {}

/** What a batch did, to be written at once. */
export interface Changes {
  readonly inserted: readonly PromiseRow[];
  readonly settled: readonly PromiseRow[];
  readonly tasks: readonly KeptTask[];
  readonly taken: readonly string[];
  readonly dropped: readonly string[];
  readonly callbacks: readonly (readonly [awaited: string, awaiter: string])[];
  readonly listeners: readonly (readonly [awaited: string, address: string])[];
}

export class StagedRecords implements Records {
  readonly missing = new Wanted();
  readonly #loaded: LoadedRows;
  readonly #promises = new Map<string, PromiseRow>();
  readonly #inserted = new Set<string>();
  readonly #tasks = new Map<string, KeptTask>();
  readonly #callbacks = new Map<string, Set<string>>();
  readonly #listeners = new Map<string, Set<string>>();
  readonly #taken = new Set<string>();
  readonly #dropped = new Set<string>();

  constructor(loaded: LoadedRows) {
    this.#loaded = loaded;
  }

  get changes(): Changes {
    const promises = [...this.#promises.values()];
    return {
      inserted: promises.filter(({ id }) => this.#inserted.has(id)),
      settled: promises.filter(({ id }) => !this.#inserted.has(id)),
      tasks: [...this.#tasks.values()],
      taken: [...this.#taken],
      dropped: [...this.#dropped],
      callbacks: pairsIn(this.#callbacks),
      listeners: pairsIn(this.#listeners),
    };
  }

  findPromise(id: string): PromiseRow | undefined {
    const staged = this.#promises.get(id);
    if (staged) return staged;
    if (!this.#loaded.knows(id)) throw this.#missing('ids', id);
    return this.#loaded.promises.get(id);
  }

  insertPromise(promise: Omit<PromiseRow, 'position' | 'param' | 'value'>, param: Payload): void {
    const position = Number.MAX_SAFE_INTEGER - 1_000_000 + this.#inserted.size; // After all that have one.
    this.#inserted.add(promise.id);
    this.#stage({ ...promise, position, param: JSON.stringify(param), value: '{}' });
  }

  settlePromise(id: string, state: ProtocolState, value: Payload, settledAt: number): void {
    const promise = this.findPromise(id);
    if (promise) this.#stage({ ...promise, state, value: JSON.stringify(value), settledAt });
  }

  duePromises(now: number): readonly PromiseRow[] {
    const due = [...this.#loaded.promises.values()].filter(({ id, state, timeoutAt }) => state === 'pending' && timeoutAt <= now && this.#loaded.isLocked(id));
    return due.toSorted((left, right) => left.timeoutAt - right.timeoutAt || left.position - right.position);
  }

  branchOf(id: string): readonly PromiseRow[] {
    const branch = this.findPromise(id)?.tags['resonate:branch'];
    if (branch === undefined) return [];
    if (!this.#loaded.branches.has(branch)) throw this.#missing('branches', branch);
    const all = new Map([...this.#loaded.promises, ...this.#promises]).values();
    return [...all].filter((promise) => promise.id !== id && promise.tags['resonate:branch'] === branch).toSorted((left, right) => left.position - right.position);
  }

  search(search: SearchPromises): readonly PromiseRow[] {
    const key = JSON.stringify(search);
    const found = this.#loaded.found.get(key);
    if (found) return found;
    this.missing.searches.set(key, search);
    throw new NotLoaded();
  }

  view({ id, state, param, value, tags, timeoutAt, createdAt, settledAt }: PromiseRow): PromiseView {
    return { id, state, param: JSON.parse(param), value: JSON.parse(value), tags, timeoutAt, createdAt, ...(settledAt !== null && { settledAt }) };
  }

  findTask(id: string): KeptTask | undefined {
    const staged = this.#tasks.get(id);
    if (staged) return staged;
    if (!this.#loaded.knows(id)) throw this.#missing('ids', id);
    return this.#loaded.tasks.get(id);
  }

  insertTask(task: Omit<TaskRow, 'resumes'>, dueAt: number | null): void {
    this.#put({ ...task, resumes: [], dueAt, callee: calleeOf(this.findPromise(task.id)) });
  }

  acquireTask(id: string, version: number, pid: string, ttl: number, dueAt: number | null): void {
    this.#change(id, { state: 'acquired', version, pid, ttl, resumes: [], dueAt });
  }

  putTask(id: string, state: TaskState, resumes: readonly string[], dueAt: number | null): void {
    this.#change(id, { state, pid: null, ttl: null, resumes, dueAt });
  }

  setResumes(id: string, resumes: readonly string[]): void {
    this.#change(id, { resumes });
  }

  setTaskDue(id: string, dueAt: number | null): void {
    this.#change(id, { dueAt });
  }

  dueTasks(now: number): readonly TaskRow[] {
    const all = new Map([...this.#loaded.tasks, ...this.#tasks]).values();
    const due = [...all].filter(({ id, dueAt }) => dueAt !== null && dueAt <= now && this.#loaded.isLocked(id));
    return due.toSorted((left, right) => Number(left.dueAt) - Number(right.dueAt) || (left.id < right.id ? -1 : 1));
  }

  /** None is without its worker because this process was started: leases tell. */
  openTasks(): readonly TaskRow[] {
    return [];
  }

  addCallback(awaited: string, awaiter: string): void {
    addTo(this.#callbacks, awaited, awaiter);
  }

  takeAwaiters(awaited: string): readonly string[] {
    const loaded = this.#taken.has(awaited) ? [] : this.#loaded.awaiters.get(awaited);
    if (!loaded) throw this.#missing('awaited', awaited);
    const awaiters = new Set([...loaded.filter((awaiter) => !this.#dropped.has(awaiter)), ...(this.#callbacks.get(awaited) ?? [])]);
    this.#callbacks.delete(awaited);
    this.#taken.add(awaited);
    return [...awaiters].toSorted();
  }

  dropCallbacksOf(awaiter: string): void {
    this.#dropped.add(awaiter);
    for (const awaiters of this.#callbacks.values()) awaiters.delete(awaiter);
  }

  addListener(awaited: string, address: string): void {
    addTo(this.#listeners, awaited, address);
  }

  /** Whoever takes the listeners of a promise has taken its awaiters before. */
  takeListeners(awaited: string): readonly string[] {
    const loaded = this.#loaded.listeners.get(awaited);
    if (!loaded) throw this.#missing('awaited', awaited);
    const addresses = new Set([...loaded, ...(this.#listeners.get(awaited) ?? [])]);
    this.#listeners.delete(awaited);
    return [...addresses];
  }

  /** The database is asked for it, for all trees at once. */
  nextDue(): number | undefined {
    return undefined;
  }

  /** The latest that is known of these trees: a clock that is set back does not bring back what has expired. */
  lastInstant(): number {
    return [...this.#loaded.promises.values()].reduce((last, { createdAt, settledAt }) => Math.max(last, createdAt, settledAt ?? 0), 0);
  }

  setLastInstant(): void {
    // It stands in the rows.
  }

  #stage(promise: PromiseRow): void {
    this.#promises.set(promise.id, promise);
  }

  #put(task: KeptTask): void {
    this.#tasks.set(task.id, task);
  }

  #change(id: string, change: Partial<KeptTask>): void {
    const task = this.findTask(id);
    if (task) this.#put({ ...task, ...change });
  }

  #missing(what: 'ids' | 'awaited' | 'branches', key: string): NotLoaded {
    this.missing[what].add(key);
    return new NotLoaded();
  }
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(value));
}

function pairsIn(sets: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly [string, string])[] {
  return [...sets].flatMap(([key, values]) => [...values].map((value) => [key, value] as const));
}

/** What the parameter of a promise says that is called. */
function calleeOf(promise: PromiseRow | undefined): string | null {
  try {
    const { data }: Payload = JSON.parse(promise?.param ?? '{}');
    const { func, version }: { readonly func?: unknown; readonly version?: unknown } = JSON.parse(String(data));
    return typeof func === 'string' ? calleeName(func, version) : null;
  } catch {
    return null;
  }
}
