/**
 * Tasks as the outside sees them. Every face calls this interface and adds nothing but its own transport; what a task
 * is doing stands in the event store, and each view here is folded from it. `HoldfastService.tasks` is one.
 */
import type { Event } from '@holdfast/event-store';
import type { JsonValue, TaskPriorityName } from '@holdfast/protocol';
import type { BackpressureStatus } from '../queue/backpressure.ts';
import type { QueueStatistics } from '../queue/queue-statistics.ts';

/**
 * Where a task stands, as its events tell it.
 *
 * - `created`: it is kept and waits for the tasks that it depends on, or for room in the queue.
 * - `queued`: it has a place in the queue.
 * - `waiting`: it runs, and needs an answer before it goes on.
 */
export type TaskStatus = 'created' | 'queued' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';

export interface SubmitTaskRequest {
  /** What is to be made, in the words of whoever wants it. */
  readonly prompt: string;
  /** @default a new id */
  readonly taskId?: string;
  /** @default 'MEDIUM' */
  readonly priority?: TaskPriorityName;
  /** What was asked and answered before: the planner reads it. @default none */
  readonly answers?: readonly JsonValue[];
  /** Tasks that have to be completed before this one is queued. @default none */
  readonly dependsOn?: readonly string[];
  /** Cancels the task when it has run this long. 0 cancels it at once. @default no limit */
  readonly timeoutMs?: number;
  /** Asks for approval before the task completes. @default the service decides */
  readonly approval?: 'always' | 'never';
}

export interface SubmitTaskOptions {
  /** How long to wait for room in a full queue before the task is refused. @default 5000 */
  readonly admissionMs?: number;
  /** Stops waiting for room. */
  readonly signal?: AbortSignal;
}

/** One task. */
export interface TaskView {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly prompt: string;
  readonly priority: TaskPriorityName;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The version of its stream, gap-free. */
  readonly version: number;
  /** The global sequence number of its newest event. */
  readonly sequence: number;
  /** What writes the code, such as `ollama:qwen3:8b`. */
  readonly model: string;
  /** True where the answers of the model were recorded earlier and are only played back. */
  readonly isRecorded: boolean;
  /** How many generations of code there have been. */
  readonly codeVersion: number;
  readonly modules: readonly TaskModuleView[];
  /** What it asks and has no answer to. */
  readonly questions: readonly TaskQuestionView[];
  readonly usage: ModelUsageView;
  /** What it made; only when it is completed. */
  readonly result?: TaskResultView;
  /** Why it failed or was cancelled. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** A module that a task writes. */
export interface TaskModuleView {
  readonly name: string;
  readonly status: 'planned' | 'started' | 'complete';
  /** How often it was generated and tested. */
  readonly iterations: number;
  readonly testsPassed: number;
  readonly testsFailed: number;
}

/** A question of a running task. Whoever answers first decides. */
export interface TaskQuestionView {
  /** Also the id of the durable promise behind it: `POST /promises/ID/resolve` answers it as well. */
  readonly promiseId: string;
  /** `approval` takes true or false, `question` any JSON value. */
  readonly kind: 'approval' | 'question';
  readonly question: string;
  readonly askedAt: string;
}

/** What the model calls of a task used. */
export interface ModelUsageView {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null where nobody said what the model costs. */
  readonly costUsd: number | null;
}

/** What a completed task left on disk. */
export interface TaskResultView {
  readonly summary: string;
  /** Null where the task ran without a folder. */
  readonly folder: string | null;
  /** Paths in that folder, modules and their tests. */
  readonly files: readonly string[];
}

/** Something that a person tells a task while it runs. */
export type Intervention =
  /** Advice that the next call of the model reads. */
  | { readonly kind: 'message'; readonly message: string }
  /** An answer to a question; `promiseId` may be left out where one question is open. */
  | { readonly kind: 'answer'; readonly value: JsonValue; readonly promiseId?: string; readonly message?: string }
  | { readonly kind: 'approve' | 'reject'; readonly promiseId?: string; readonly message?: string }
  /** A fault in the code of one version. It is dropped when that code is replaced by the time it is read. */
  | { readonly kind: 'bug_report'; readonly message: string; readonly module?: string; readonly codeVersion?: number };

export interface WatchTaskOptions {
  /** Only what has a greater global sequence number. @default 0 */
  readonly afterSequence?: number;
  /** Only what has a greater version in the task's own stream. @default 0 */
  readonly afterVersion?: number;
  readonly signal?: AbortSignal;
}

export interface TaskStatistics {
  readonly queue: QueueStatistics;
  readonly backpressure: BackpressureStatus;
  /** How many tasks there are of each status. */
  readonly tasks: Readonly<Record<TaskStatus, number>>;
}

/** Whether coding tasks can run. */
export interface ModelHealth {
  readonly state: 'ok' | 'failed' | 'not configured';
  /** The model's name; null where none is configured. */
  readonly model: string | null;
  readonly isRecorded: boolean;
  /** What is wrong, or how to configure one. Empty when all is well. */
  readonly message: string;
}

/** Submit, look at, follow, talk to and stop tasks. */
export interface TaskService {
  /**
   * Keeps a task and queues it. It is in the event store when this answers.
   *
   * @throws HOLDFAST_ORCHESTRATOR_NO_MODEL when no model is configured
   * @throws HOLDFAST_ORCHESTRATOR_TASK_EXISTS
   * @throws HOLDFAST_ORCHESTRATOR_QUEUE_FULL when no room came in time; nothing is kept then
   * @throws HOLDFAST_ORCHESTRATOR_INVALID_TASK, HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY, HOLDFAST_ORCHESTRATOR_CLOSED
   */
  submit(request: SubmitTaskRequest, options?: SubmitTaskOptions): Promise<TaskView>;
  /** @throws HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND */
  get(taskId: string): Promise<TaskView>;
  /** Tasks of this process and earlier ones, oldest first. */
  list(filter?: { readonly status?: TaskStatus }): Promise<readonly TaskView[]>;
  /**
   * Stops a task and waits until it has ended. Idempotent: `cancelled` is false for a task that ended in another way.
   *
   * @throws HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND
   */
  cancel(taskId: string, options?: { readonly by?: string }): Promise<{ readonly cancelled: boolean; readonly status: TaskStatus }>;
  /**
   * Tells a task something. It is in the event store when this answers, and survives a restart.
   *
   * @throws HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND, HOLDFAST_ORCHESTRATOR_TASK_ENDED, HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING
   */
  intervene(taskId: string, intervention: Intervention): Promise<TaskView>;
  /** The same as an intervention of kind `answer`. @throws as `intervene` */
  answer(taskId: string, answer: { readonly value: JsonValue; readonly promiseId?: string }): Promise<TaskView>;
  /** What waits for an answer: of one task, or of all. @throws HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND */
  questions(taskId?: string): Promise<readonly (TaskQuestionView & { readonly taskId: string })[]>;
  /**
   * What happened in a task and then what happens, each event once and in order. Ends after the event that ends the
   * task.
   *
   * @throws HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND at the call
   */
  watch(taskId: string, options?: WatchTaskOptions): AsyncIterable<Event>;
  /** Never waits; costs the same however many tasks there are. */
  stats(): TaskStatistics;
  /** Asks the model whether it is there. Never rejects. */
  checkModel(): Promise<ModelHealth>;
}
