import type { TaskPriority } from '@holdfast/protocol';

/** Some work that waits for its turn. */
export interface QueueTask<Result> {
  /** No other task of this id may wait or run at the same time. */
  readonly id: string;
  /** Called when the task's turn has come; again only after it made way for another. */
  readonly run: (context: RunContext) => Result | PromiseLike<Result>;
  /** @default TaskPriority.MEDIUM */
  readonly priority?: TaskPriority;
  /** Cancels the task when it has run this long. 0 cancels it at once and never calls `run`. @default no limit */
  readonly timeoutMs?: number;
  /** Tasks that have to complete first, submitted before or after this one. @default none */
  readonly dependsOn?: readonly string[];
  /** Whether it may be told to make way, where the queue preempts: its signal aborts, and it runs again later. @default false */
  readonly isPreemptible?: boolean;
}

/** What the work is given. */
export interface RunContext {
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborts when the task is cancelled, takes too long or has to make way; its reason says which. */
  readonly signal: AbortSignal;
  /**
   * Waits for something without a slot, which another task gets meanwhile; then for its turn again, before the others of
   * its level.
   *
   * @throws what it waited for throws; why the task ended, where it did meanwhile
   */
  readonly park: <Value>(wait: PromiseLike<Value>) => Promise<Value>;
}

/**
 * - `blocked`: it waits for the tasks it depends on.
 * - `admitting`: it waits for room in the queue.
 */
export type QueueTaskStatus = 'blocked' | 'admitting' | 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'timed_out';

/** A task that was submitted. */
export interface TaskHandle<Result> {
  readonly id: string;
  readonly status: QueueTaskStatus;
  /**
   * What the work gave. Not awaiting it is no unhandled rejection.
   *
   * @throws what the work threw
   * @throws HOLDFAST_ORCHESTRATOR_TASK_CANCELLED, HOLDFAST_ORCHESTRATOR_TASK_TIMED_OUT at once, though the work may take
   * until the end of its grace to notice
   */
  readonly result: Promise<Result>;
  /** False when it had ended before. */
  cancel(by?: string): boolean;
}
