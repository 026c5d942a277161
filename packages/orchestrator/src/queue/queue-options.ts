import { systemClock, type QueueClock } from './clock.ts';

export interface TaskQueueOptions {
  /** How many tasks may wait in the queue. @default 100 */
  readonly capacity?: number;
  /** How many tasks may run at the same time. @default 5 */
  readonly maxRunning?: number;
  /** @default 3 */
  readonly dispatchers?: number;
  /** How long work may take to end after its signal aborted, before its slot is given to another. @default 30 000 */
  readonly graceMs?: number;
  /** A task that waits counts as one level more urgent for each such time, up to HIGH. @default tasks do not age */
  readonly agingMs?: number;
  /**
   * `cooperative`: where no slot is free, a task that is at least two levels more urgent aborts the signal of the least
   * urgent running task that allows it; that one goes back to the head of its level, three times at most.
   *
   * @default 'off'
   */
  readonly preemption?: 'off' | 'cooperative';
  /** Called before a task starts. What it throws takes its dispatcher down for a moment, and not the task. */
  readonly onStart?: (id: string) => void;
  /** Called when tasks came, left or ended. */
  readonly onChange?: () => void;
  /** Told of what nobody waits for: work that failed, hooks that threw. @default nobody */
  readonly onFault?: (error: unknown) => void;
  readonly clock?: QueueClock;
}

export interface SubmitOptions {
  /** Stops waiting for room; the task is then not queued. */
  readonly signal?: AbortSignal;
}

export interface ShutdownOptions {
  /** How long running work may take to end. @default the grace of the queue */
  readonly graceMs?: number;
}

/** @throws RangeError for a number that makes no sense */
export function resolveQueueOptions(options: TaskQueueOptions): Required<TaskQueueOptions> {
  const resolved = {
    capacity: 100,
    maxRunning: 5,
    dispatchers: 3,
    graceMs: 30_000,
    agingMs: Number.POSITIVE_INFINITY,
    preemption: 'off' as const,
    onStart: nothing,
    onChange: nothing,
    onFault: nothing,
    clock: systemClock,
    ...options,
  };
  assertWhole('capacity', resolved.capacity === Number.POSITIVE_INFINITY ? 1 : resolved.capacity);
  assertWhole('maxRunning', resolved.maxRunning);
  assertWhole('dispatchers', resolved.dispatchers);
  return resolved;
}

function assertWhole(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(`Cannot open a queue with ${name} ${value}: expected a whole number from 1`);
}

const nothing = (): void => undefined;
