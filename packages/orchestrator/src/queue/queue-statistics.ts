import type { TaskPriorityName } from '@holdfast/protocol';

/** What a queue holds and has done, at one instant. */
export interface QueueStatistics {
  /** How many tasks wait in the queue; never more than `capacity`. */
  readonly queued: number;
  readonly queuedByPriority: Readonly<Record<TaskPriorityName, number>>;
  /** How many submitters wait for room or for other tasks. */
  readonly waitingSubmitters: number;
  readonly running: number;
  readonly capacity: number;
  readonly maxRunning: number;
  /** How full the queue is, from 0 to 1. */
  readonly fill: number;
  /** How long the task that waits longest has waited. 0 when none waits. */
  readonly oldestWaitMs: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly timedOut: number;
  /** How often a running task made way for a more urgent one. */
  readonly preempted: number;
  /** Tasks that did not end in time after they were told to; they may still run, without a slot. */
  readonly abandoned: number;
  readonly dispatchers: number;
  readonly dispatcherRestarts: number;
  readonly isPaused: boolean;
}
