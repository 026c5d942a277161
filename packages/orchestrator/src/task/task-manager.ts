/**
 * The tasks of one server. What is known of a task stands in the event store and nowhere else; the queue only says when
 * it may run. After a restart each task that has no end goes back into the queue, and its durable run goes on where it was.
 */
import { EventType, type Event, type EventStore, type NewEvent } from '@holdfast/event-store';
import { isHoldfastError, TaskPriority, type JsonValue } from '@holdfast/protocol';
import type { Promises } from '@holdfast/promises/durable';
import { z } from 'zod';
import { orchestratorError } from '../errors.ts';
import { BackpressureMonitor, type BackpressureAlert } from '../queue/backpressure.ts';
import { assertNoCircle } from '../queue/circle.ts';
import type { RunContext, TaskHandle } from '../queue/queue-task.ts';
import { resolveQueueOptions, type TaskQueueOptions } from '../queue/queue-options.ts';
import { TaskQueue } from '../queue/task-queue.ts';
import { describeFailure, type CodingWorkflowOptions } from '../workflow/coding-workflow.ts';
import { checkModel } from './check-model.ts';
import { answerOf, eventsOf, notPending } from './intervention.ts';
import { checkRequest, queueFull } from './check-request.ts';
import { TaskEventType } from './task-event.ts';
import { endsTask, hasEnded, type CreatedTask, type TaskRecord } from './task-fold.ts';
import { TaskLedger } from './task-ledger.ts';
import { TaskLog } from './task-log.ts';
import { TaskRuns } from './task-runs.ts';
import { runIdOf } from '../run-id.ts';
import { startTimer } from '../start-timer.ts';
import { within } from '../within.ts';
import type {
  Intervention,
  ModelHealth,
  SubmitTaskOptions,
  SubmitTaskRequest,
  TaskQuestionView,
  TaskService,
  TaskStatistics,
  TaskStatus,
  TaskView,
  WatchTaskOptions,
} from './task-service.ts';

/** What writes code and tests it. */
export type CodingOptions = Pick<CodingWorkflowOptions, 'coder' | 'testRunner' | 'reviewer' | 'context' | 'maxIterations' | 'maxSteps' | 'answerWithinMs'> & {
  /** Whether tasks ask for approval that do not say so themselves. @default 'never', and 'always' for a recorded coder */
  readonly approval?: 'always' | 'never';
};

/** How many tasks wait and run, and for how long. */
export type TaskLimits = Omit<TaskQueueOptions, 'onChange' | 'onFault'>;

export interface TaskManagerOptions {
  readonly events: EventStore;
  /** Where the runs of tasks and what they ask are kept. The manager closes them first when it closes. */
  readonly promises: Promises;
  /** Left out where no model is configured; tasks are then refused. */
  readonly coding?: CodingOptions;
  readonly queue?: TaskLimits;
  /** Told when the queue fills up, and when it is clear again. @default nobody */
  readonly onAlert?: (alert: BackpressureAlert) => void;
  /** Told of what nobody waits for. @default nobody */
  readonly onFault?: (error: unknown) => void;
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
}

export class TaskManager implements TaskService {
  readonly #options: TaskManagerOptions;
  readonly #onFault: (error: unknown) => void;
  readonly #ledger: TaskLedger;
  readonly #queue: TaskQueue;
  readonly #monitor: BackpressureMonitor;
  readonly #logs = new Map<string, TaskLog>();
  /** What runs or ends in this process; settles when the log knows how it stands. */
  readonly #active = new Map<string, Promise<void>>();
  /** Undefined where no model is configured: what was begun stays where it is then. */
  #runs: TaskRuns | undefined;
  /** The workflows that run, also those that were told to end and have not. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #submitting = new Set<string>();
  #isClosing = false;

  private constructor(options: TaskManagerOptions, ledger: TaskLedger) {
    this.#options = options;
    this.#onFault = options.onFault ?? (() => undefined);
    this.#ledger = ledger;
    this.#queue = new TaskQueue({ ...options.queue, onChange: () => this.#monitor.check(), onFault: () => undefined });
    this.#monitor = new BackpressureMonitor({
      fill: () => this.#queue.fill,
      onFault: this.#onFault,
      ...(options.onAlert && { onAlert: options.onAlert }),
    });
  }

  /** Reads the log, and takes up what an earlier process left unfinished. */
  static async open(options: TaskManagerOptions): Promise<TaskManager> {
    const manager = new TaskManager(options, await TaskLedger.read(options.events));
    await manager.#takeUpRuns();
    await manager.#takeUp();
    return manager;
  }

  async submit(request: SubmitTaskRequest, { admissionMs = 5000, signal }: SubmitTaskOptions = {}): Promise<TaskView> {
    this.#assertOpen();
    const coding = this.#coding();
    const { newId = () => crypto.randomUUID() } = this.#options;
    const taskId = checkRequest({ taskId: newId(), ...request }, coding.coder);
    if (this.#ledger.find(taskId) || this.#submitting.has(taskId)) {
      throw orchestratorError('HOLDFAST_ORCHESTRATOR_TASK_EXISTS', `Cannot submit task "${taskId}": it exists`, { data: { taskId } });
    }
    this.#submitting.add(taskId);
    const patience = new AbortController();
    const stopTimer = startTimer(() => patience.abort(new DOMException('No room came in time', 'TimeoutError')), admissionMs);
    try {
      await this.#admit(taskId, request, coding, signal ? AbortSignal.any([signal, patience.signal]) : patience.signal);
    } finally {
      stopTimer();
      this.#submitting.delete(taskId);
    }
    return this.get(taskId);
  }

  async get(taskId: string): Promise<TaskView> {
    return this.#record(taskId).view;
  }

  async list({ status }: { readonly status?: TaskStatus } = {}): Promise<readonly TaskView[]> {
    return this.#ledger.list(status).map(({ view }) => view);
  }

  async cancel(taskId: string, { by = 'user' }: { readonly by?: string } = {}): Promise<{ cancelled: boolean; status: TaskStatus }> {
    const { view } = this.#record(taskId);
    if (!hasEnded(view.status)) {
      this.#queue.cancel(view.taskId, by);
      await this.#active.get(view.taskId);
      await this.#end(view.taskId, { type: EventType.TASK_CANCELLED, data: { by, code: 'HOLDFAST_ORCHESTRATOR_TASK_CANCELLED', message: `The task was cancelled by ${by}` } });
    }
    const { status } = this.#record(taskId).view;
    return { cancelled: status === 'cancelled', status };
  }

  async intervene(taskId: string, intervention: Intervention): Promise<TaskView> {
    const { view } = this.#record(taskId);
    const answer = answerOf(view, intervention);
    const { external } = this.#options.promises;
    const isDone = await this.#log(view.taskId).alone('user', async (append) => {
      if (answer && (await external.find(answer.promiseId))?.state !== 'pending') throw notPending(answer.promiseId);
      // The event comes first: where this process ends in between, the next one settles the promise by it.
      await append(eventsOf(intervention, this.#record(taskId).view, answer?.promiseId));
      if (answer && !(await external.resolve(answer.promiseId, answer.value))) throw notPending(answer.promiseId);
      return true;
    });
    if (isDone !== true) throw orchestratorError('HOLDFAST_ORCHESTRATOR_TASK_ENDED', `Cannot tell task "${taskId}" anything: it has ended`, { data: { taskId } });
    return this.get(taskId);
  }

  async answer(taskId: string, answer: { readonly value: JsonValue; readonly promiseId?: string }): Promise<TaskView> {
    return this.intervene(taskId, { kind: 'answer', ...answer });
  }

  async questions(taskId?: string): Promise<readonly (TaskQuestionView & { readonly taskId: string })[]> {
    const records = taskId === undefined ? this.#ledger.unfinished() : [this.#record(taskId)];
    return records.flatMap(({ view }) => view.questions.map((question) => ({ ...question, taskId: view.taskId })));
  }

  watch(taskId: string, options: WatchTaskOptions = {}): AsyncIterable<Event> {
    return this.#follow(this.#record(taskId).view, options);
  }

  stats(): TaskStatistics {
    return { queue: this.#queue.stats(), backpressure: this.#monitor.status, tasks: this.#ledger.counts() };
  }

  async checkModel(): Promise<ModelHealth> {
    return checkModel(this.#options.coding?.coder);
  }

  /**
   * Starts nothing more and ends what runs. What has no end in the log goes on in the next process: the promises are closed
   * first, so that nothing is recorded of what this breaks off. Idempotent.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#options.promises.close();
    await this.#queue.shutdown();
    await Promise.allSettled(this.#active.values());
    for (const taskId of this.#running.keys()) this.#logs.get(taskId)?.close(); // given up: from here on the next process writes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Waits for room, keeps the task, and lets it run. Nothing is kept of a task that finds no room. */
  async #admit(taskId: string, request: SubmitTaskRequest, coding: CodingOptions, signal: AbortSignal): Promise<void> {
    const { prompt, priority = 'MEDIUM', answers = [], dependsOn = [], timeoutMs = null } = request;
    const { coder } = coding;
    const approval = request.approval ?? coding.approval ?? (coder.isRecorded ? 'always' : 'never');
    const data = { prompt, priority, answers: [...answers], dependsOn: [...dependsOn], timeoutMs: finite(timeoutMs), approval, model: coder.name, isRecorded: coder.isRecorded };
    assertNoCircle(taskId, dependsOn, (id) => this.#ledger.waitsFor(id));
    const open = this.#ledger.notCompleted(taskId, dependsOn);
    const kept = Promise.withResolvers<void>();
    kept.promise.catch(() => undefined); // heard by the run, if there is one
    try {
      if (open.length === 0) await this.#enqueue(taskId, data, [], kept.promise, signal);
      await this.#log(taskId).append('user', { type: EventType.TASK_CREATED, data: { ...data, message: 'The task is kept' } });
      if (open.length === 0) await this.#log(taskId).append('queue', { type: TaskEventType.TASK_QUEUED, data: {} });
      else this.#track(taskId, this.#enqueueLater(taskId, data));
      kept.resolve();
    } catch (error) {
      kept.reject(error);
      this.#queue.cancel(taskId, 'its submission');
      this.#assertOpen();
      if (signal.aborted && error === signal.reason) throw queueFull(taskId, this.#queue.stats().capacity, error);
      throw error;
    }
  }

  /** For tasks that nobody waits for: the log says when they are queued. */
  async #enqueueLater(taskId: string, created: CreatedTask): Promise<void> {
    const kept = Promise.withResolvers<void>();
    kept.promise.catch(() => undefined); // heard by the run, if there is one
    try {
      await this.#enqueue(taskId, created, this.#ledger.notCompleted(taskId, created.dependsOn), kept.promise);
      await this.#log(taskId).append('queue', { type: TaskEventType.TASK_QUEUED, data: {} });
      kept.resolve();
    } catch (error) {
      kept.reject(error);
      await this.#settle(taskId, error);
    }
  }

  /** Resolves when the task has its place in the queue. It runs once the log has kept it. */
  async #enqueue(taskId: string, { priority, timeoutMs }: CreatedTask, dependsOn: readonly string[], kept: Promise<void>, signal?: AbortSignal): Promise<void> {
    const run = async (context: RunContext): Promise<void> => {
      const running = kept.then(async () => this.#runs?.run(context));
      this.#running.set(taskId, running);
      try {
        await running;
      } finally {
        this.#running.delete(taskId);
      }
    };
    const task = { id: taskId, priority: TaskPriority[priority], dependsOn, run, ...(timeoutMs !== null && { timeoutMs }) };
    const handle = await this.#queue.submit(task, signal && { signal });
    this.#track(taskId, this.#untilSettled(handle, kept));
  }

  /** Until a task has run to its end, or the log says why it has not. */
  async #untilSettled({ id, result }: TaskHandle<void>, kept: Promise<void>): Promise<void> {
    try {
      await result;
    } catch (error) {
      await this.#untilGrace(id);
      if (await isFulfilled(kept)) await this.#settle(id, error);
    }
  }

  /** A workflow that was told to end may take as long to do so as the queue grants it. Afterwards it is given up. */
  async #untilGrace(taskId: string): Promise<void> {
    const { graceMs, clock } = resolveQueueOptions(this.#options.queue ?? {});
    const running = this.#running.get(taskId);
    if (running) await within(graceMs, running, clock);
  }

  /** The log says how a task ended that did not end by itself. */
  async #settle(taskId: string, error: unknown): Promise<void> {
    if (this.#isClosing) return; // it goes on in the next process
    const { code, message } = describeFailure(error);
    const by = code === 'HOLDFAST_ORCHESTRATOR_TASK_TIMED_OUT' ? 'timeout' : cancelledBy(error);
    const type = by === undefined ? EventType.TASK_FAILED : EventType.TASK_CANCELLED;
    await this.#end(taskId, { type, data: { code, message, ...(by !== undefined && { by }) } });
  }

  async #end(taskId: string, event: NewEvent): Promise<void> {
    const { view } = this.#record(taskId);
    await this.#log(taskId).alone('queue', async (append) => append([{ ...event, codeVersion: view.codeVersion }]));
    if (!this.#isClosing) await this.#options.promises.cancel(runIdOf('task', taskId), 'The task has ended');
  }

  /** The logs are read first, because a run that goes on looks things up in them without waiting. */
  async #takeUpRuns(): Promise<void> {
    const { promises, coding } = this.#options;
    if (!coding) return;
    for (const { view } of this.#ledger.unfinished()) await this.#log(view.taskId).history();
    this.#runs = new TaskRuns({ promises, coding, find: (id) => this.#ledger.find(id), log: (id) => this.#log(id), onFault: this.#onFault });
  }

  /** What an earlier process left without an end. Without a model it stays queued, and says so. */
  async #takeUp(): Promise<void> {
    const { coding } = this.#options;
    const records = this.#ledger.unfinished().toSorted((left, right) => TaskPriority[left.created.priority] - TaskPriority[right.created.priority]);
    for (const { view, created } of records) {
      if (coding) this.#track(view.taskId, this.#enqueueLater(view.taskId, created));
      else if (view.status === 'running') {
        await this.#log(view.taskId).append('queue', { type: TaskEventType.TASK_QUEUED, data: { message: 'The task waits for a model to be configured' } });
      }
    }
  }

  async *#follow({ taskId, status, version, sequence }: TaskView, { afterSequence = 0, afterVersion = 0, signal }: WatchTaskOptions): AsyncIterable<Event> {
    if (hasEnded(status) && (afterVersion >= version || afterSequence >= sequence)) return;
    for await (const event of this.#options.events.subscribe({ taskId, afterSequence, afterVersion, ...(signal && { signal }) })) {
      yield event;
      if (endsTask(event.type)) return;
    }
  }

  #log(taskId: string): TaskLog {
    const known = this.#logs.get(taskId);
    if (known) return known;
    const log = new TaskLog({
      events: this.#options.events,
      taskId,
      onAppended: (event) => {
        this.#ledger.apply(event);
        this.#runs?.hear(event);
        if (endsTask(event.type)) this.#tellEnd(taskId);
      },
    });
    this.#logs.set(taskId, log);
    return log;
  }

  /** Those that depend on a task hear of its end, also where it never was in the queue. */
  #tellEnd(taskId: string): void {
    this.#logs.delete(taskId);
    const { status } = this.#record(taskId).view;
    if (hasEnded(status)) this.#queue.noteEnd(taskId, status);
  }

  #track(taskId: string, work: Promise<void>): void {
    const tracked = this.#untilBoth(this.#active.get(taskId), work);
    this.#active.set(taskId, tracked);
    const forget = (): void => {
      if (this.#active.get(taskId) === tracked) this.#active.delete(taskId);
    };
    tracked.then(forget, forget);
  }

  async #untilBoth(before: Promise<void> | undefined, work: Promise<void>): Promise<void> {
    await before;
    await work.catch(this.#onFault);
  }

  #record(taskId: string): TaskRecord {
    const record = this.#ledger.find(taskId.normalize('NFC'));
    if (record) return record;
    throw orchestratorError('HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND', `Cannot find task "${taskId}"`, { data: { taskId } });
  }

  #coding(): CodingOptions {
    if (this.#options.coding) return this.#options.coding;
    throw orchestratorError('HOLDFAST_ORCHESTRATOR_NO_MODEL', 'Cannot run a coding task: no model is configured');
  }

  #assertOpen(): void {
    if (this.#isClosing) throw orchestratorError('HOLDFAST_ORCHESTRATOR_CLOSED', 'Cannot submit a task: the service is shutting down');
  }
}

/** A limit as events can hold it: null is none. */
function finite(limit: number | null): number | null {
  return limit === Number.POSITIVE_INFINITY ? null : limit;
}

async function isFulfilled(promise: Promise<unknown>): Promise<boolean> {
  const [{ status }] = await Promise.allSettled([promise]);
  return status === 'fulfilled';
}

/** Who cancelled a task, where that is why it ended. */
function cancelledBy(error: unknown): string | undefined {
  if (!isHoldfastError(error, 'HOLDFAST_ORCHESTRATOR_TASK_CANCELLED')) return undefined;
  return cancelData.parse(error.data).by;
}

const cancelData = z.object({ by: z.string().catch('user') }).catch({ by: 'user' });
