import type { SearchPromises } from '../machine/messages.ts';
import { treeOf, type PromiseRow, type TaskRow } from '../machine/records.ts';
import type { Row } from './connect.ts';

export interface KeptTask extends TaskRow {
  /** When its lease ends, or when it is offered again. */
  readonly dueAt: number | null;
  /** The function that it runs, with its version; null where that cannot be told. */
  readonly callee: string | null;
}

/** What has to be asked of the database. */
export class Wanted {
  /** Promises and their tasks. */
  readonly ids = new Set<string>();
  /** Promises that are settled: who waits for them. */
  readonly awaited = new Set<string>();
  readonly branches = new Set<string>();
  /** Promises whose branch is not known before they are read. */
  readonly branchesOf = new Set<string>();
  readonly searches = new Map<string, SearchPromises>();

  get isNothing(): boolean {
    return [this.ids, this.awaited, this.branches, this.branchesOf, this.searches].every(({ size }) => size === 0);
  }
}

/** The part of the database that a transaction has read. Of everything else it says that it does not know. */
export class LoadedRows {
  /** All rows of these trees are locked, and what is due in them was read. */
  readonly trees: ReadonlySet<string>;
  readonly promises = new Map<string, PromiseRow>();
  readonly tasks = new Map<string, KeptTask>();
  readonly awaiters = new Map<string, readonly string[]>();
  readonly listeners = new Map<string, readonly string[]>();
  readonly branches = new Set<string>();
  readonly found = new Map<string, readonly PromiseRow[]>();
  readonly #ids = new Set<string>();
  /** The database's clock when the transaction began to read. */
  now = 0;

  constructor(trees: ReadonlySet<string>) {
    this.trees = trees;
  }

  knows(id: string): boolean {
    return this.#ids.has(id);
  }

  isLocked(id: string): boolean {
    return this.trees.has(treeOf(id));
  }

  /** Takes what `load` gave for what was wanted. */
  add(wanted: Wanted, answer: Row): void {
    this.now ||= Number(answer['now']);
    const { promises, tasks, callbacks, listeners, branches, due }: Loaded = JSON.parse(String(answer['rows']));
    for (const id of wanted.ids) this.#ids.add(id);
    for (const promise of promises ?? []) {
      this.#ids.add(promise.id);
      this.promises.set(promise.id, readPromise(promise));
    }
    for (const task of tasks ?? []) this.tasks.set(task.id, readTask(task));
    for (const awaited of [...wanted.awaited, ...(due ?? [])]) {
      this.awaiters.set(awaited, (callbacks ?? []).flatMap((each) => (each.awaited === awaited ? [each.awaiter] : [])));
      this.listeners.set(awaited, (listeners ?? []).flatMap((each) => (each.awaited === awaited ? [each.address] : [])));
    }
    for (const branch of [...wanted.branches, ...(branches ?? [])]) this.branches.add(branch);
  }

  addFound(key: string, rows: readonly Row[]): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the statement gives
    this.found.set(key, rows.map((row) => readPromise(JSON.parse(String(row['promise'])) as PromiseInJson)));
  }
}

type PromiseInJson = Omit<PromiseRow, 'tags'> & { readonly tags: string };
type TaskInJson = Omit<KeptTask, 'resumes'> & { readonly resumes: string };

interface Loaded {
  readonly promises: readonly PromiseInJson[] | null;
  readonly tasks: readonly TaskInJson[] | null;
  readonly callbacks: readonly { readonly awaited: string; readonly awaiter: string }[] | null;
  readonly listeners: readonly { readonly awaited: string; readonly address: string }[] | null;
  readonly branches: readonly string[] | null;
  readonly due: readonly string[] | null;
}

function readPromise(promise: PromiseInJson): PromiseRow {
  return { ...promise, tags: JSON.parse(promise.tags) };
}

function readTask(task: TaskInJson): KeptTask {
  return { ...task, resumes: JSON.parse(task.resumes) };
}
