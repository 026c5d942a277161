/** What the machine needs of whatever keeps its rows. */
import type { Payload, PromiseView, ProtocolState, SearchPromises, Tags, TaskState } from './messages.ts';

export interface PromiseRow {
  readonly position: number;
  readonly id: string;
  readonly state: ProtocolState;
  readonly param: string;
  readonly value: string;
  readonly tags: Tags;
  readonly timeoutAt: number;
  readonly createdAt: number;
  readonly settledAt: number | null;
}

export interface TaskRow {
  readonly id: string;
  readonly state: TaskState;
  readonly version: number;
  readonly pid: string | null;
  readonly ttl: number | null;
  readonly address: string;
  readonly resumes: readonly string[];
}

/** Rows as one transaction sees them. Everything is synchronous, so that the transitions of the protocol can be read in one go. */
export interface Records {
  findPromise(id: string): PromiseRow | undefined;
  insertPromise(promise: Omit<PromiseRow, 'position' | 'param' | 'value'>, param: Payload): void;
  settlePromise(id: string, state: ProtocolState, value: Payload, settledAt: number): void;
  /** Pending ones whose deadline passed, the earliest first. */
  duePromises(now: number): readonly PromiseRow[];
  /** What was recorded below the same branch, so that a worker need not ask for each. */
  branchOf(id: string): readonly PromiseRow[];
  search(search: SearchPromises): readonly PromiseRow[];
  view(promise: PromiseRow): PromiseView;

  findTask(id: string): TaskRow | undefined;
  insertTask(task: Omit<TaskRow, 'resumes'>, dueAt: number | null): void;
  acquireTask(id: string, version: number, pid: string, ttl: number, dueAt: number | null): void;
  /** Every state but `acquired`. */
  putTask(id: string, state: TaskState, resumes: readonly string[], dueAt: number | null): void;
  setResumes(id: string, resumes: readonly string[]): void;
  setTaskDue(id: string, dueAt: number | null): void;
  /** Those whose lease ended, or that are to be offered again, the earliest first. */
  dueTasks(now: number): readonly TaskRow[];
  /** Those that are held, and those that are offered. */
  openTasks(): readonly TaskRow[];

  /** A task waits for a promise. */
  addCallback(awaited: string, awaiter: string): void;
  /** The tasks that waited for a promise, in the order of their ids; they wait no more. */
  takeAwaiters(awaited: string): readonly string[];
  dropCallbacksOf(awaiter: string): void;
  /** An address that is told when a promise is settled. */
  addListener(awaited: string, address: string): void;
  takeListeners(awaited: string): readonly string[];

  /** The first instant at which something happens by itself. */
  nextDue(): number | undefined;
  /** No instant may be earlier. */
  lastInstant(): number;
  setLastInstant(now: number): void;
}

/** The root of the tree that a promise belongs to: what stands before the first colon of its id. */
export function treeOf(id: string): string {
  const colon = id.indexOf(':');
  return colon === -1 ? id : id.slice(0, colon);
}
