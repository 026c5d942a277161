import { createClock, type ClockMap } from '../clock/clock-map.ts';

/** Where a task stands. `unknown` until its first event says more. */
export type TaskStatus = 'unknown' | 'created' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface ModuleState {
  readonly status: 'started' | 'complete';
  readonly iterations: number;
}

/** Something odd in the history that did not stop the projection. */
export interface StateWarning {
  readonly sequenceNumber: number;
  readonly message: string;
}

/** What the events of one task add up to. Deep-frozen. */
export interface TaskState {
  readonly taskId: string;
  readonly status: TaskStatus;
  /** Whether any code was generated; only then do the next two mean something. */
  readonly hasCode: boolean;
  readonly codeVersion: number;
  readonly codeHash: string | null;
  /** Module name to its state; a map without a prototype. */
  readonly modules: Readonly<Record<string, ModuleState>>;
  /** Of the current code. */
  readonly tests: { readonly started: number; readonly passed: number; readonly failed: number };
  /** Of the current code. */
  readonly bugReports: number;
  readonly correcting: boolean;
  readonly interventions: number;
  /** All the clocks of the task merged. */
  readonly vectorClock: ClockMap;
  readonly streamVersion: number;
  readonly lastSequence: number;
  readonly lastEventId: string | null;
  readonly updatedAt: string | null;
  /** How many events spoke of code that was replaced already. */
  readonly ignored: number;
  /** Type to count, for types that this projection does not know; a map without a prototype. */
  readonly unknownTypes: Readonly<Record<string, number>>;
  /** The first hundred warnings. */
  readonly warnings: readonly StateWarning[];
  readonly warningCount: number;
}

/** The state of a task without events. */
export function emptyState(taskId: string): TaskState {
  return Object.freeze({
    taskId,
    status: 'unknown',
    hasCode: false,
    codeVersion: 0,
    codeHash: null,
    modules: withEntry<ModuleState>({}),
    tests: noTests,
    bugReports: 0,
    correcting: false,
    interventions: 0,
    vectorClock: createClock(),
    streamVersion: 0,
    lastSequence: 0,
    lastEventId: null,
    updatedAt: null,
    ignored: 0,
    unknownTypes: withEntry<number>({}),
    warnings: Object.freeze([]),
    warningCount: 0,
  });
}

/** The tests of code that nobody has tested yet. */
export const noTests: TaskState['tests'] = Object.freeze({ started: 0, passed: 0, failed: 0 });

/** A frozen copy of a map, with one entry set where it is given; names like `__proto__` are names like any other. */
export function withEntry<Value>(map: Readonly<Record<string, Value>>, entry?: readonly [string, Value]): Readonly<Record<string, Value>> {
  const copy: Record<string, Value> = Object.assign(Object.create(null), map);
  if (entry) copy[entry[0]] = entry[1];
  return Object.freeze(copy);
}
