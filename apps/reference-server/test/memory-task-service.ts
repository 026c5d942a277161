import type { EventStore } from '@holdfast/event-store';
import type { Intervention, SubmitTaskRequest, TaskQuestionView, TaskService, TaskStatus, TaskView } from '@holdfast/orchestrator';
import { HoldfastError, type JsonValue } from '@holdfast/protocol';

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

function failure(code: string, message: string): HoldfastError {
  return new HoldfastError(`HOLDFAST_ORCHESTRATOR_${code}`, message, { hint: 'For the tests' });
}

/**
 * A task service without a queue and without a model: a task runs until the test ends it. Its events are in the store,
 * as those of every task service are.
 */
export class MemoryTaskService implements TaskService {
  readonly #events: EventStore;
  readonly #tasks = new Map<string, Mutable<TaskView>>();
  submissions = 0;

  constructor(events: EventStore) {
    this.#events = events;
  }

  async submit({ prompt, taskId = crypto.randomUUID(), priority = 'MEDIUM' }: SubmitTaskRequest): Promise<TaskView> {
    if (this.#tasks.has(taskId)) throw failure('TASK_EXISTS', `Cannot start task "${taskId}": it exists`);
    this.submissions += 1;
    const now = new Date().toISOString();
    const usage = { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: null };
    this.#tasks.set(taskId, { taskId, status: 'created', prompt, priority, createdAt: now, updatedAt: now, version: 0, sequence: 0, model: 'none', isRecorded: false, codeVersion: 0, modules: [], questions: [], usage });
    return this.#record(taskId, 'TASK_CREATED', { prompt });
  }

  async get(taskId: string): Promise<TaskView> {
    return { ...this.#task(taskId) };
  }

  async list({ status }: { readonly status?: TaskStatus } = {}): Promise<readonly TaskView[]> {
    return [...this.#tasks.values()].filter((task) => status === undefined || task.status === status);
  }

  async cancel(taskId: string): Promise<{ readonly cancelled: boolean; readonly status: TaskStatus }> {
    const task = this.#task(taskId);
    if (!isOver(task)) {
      task.status = 'cancelled';
      await this.#record(taskId, 'TASK_CANCELLED', {});
    }
    return { cancelled: task.status === 'cancelled', status: task.status };
  }

  async intervene(taskId: string, intervention: Intervention): Promise<TaskView> {
    const task = this.#task(taskId);
    if (isOver(task)) throw failure('TASK_ENDED', `Cannot intervene in task "${taskId}": it has ended`);
    if (intervention.kind !== 'message' && intervention.kind !== 'bug_report') this.#settle(task, intervention.promiseId);
    return this.#record(taskId, 'USER_INTERVENTION', { ...intervention });
  }

  async answer(taskId: string, answer: { readonly value: JsonValue; readonly promiseId?: string }): Promise<TaskView> {
    return this.intervene(taskId, { kind: 'answer', ...answer });
  }

  async questions(taskId?: string): Promise<readonly (TaskQuestionView & { readonly taskId: string })[]> {
    const tasks = taskId === undefined ? [...this.#tasks.values()] : [this.#task(taskId)];
    return tasks.flatMap((task) => task.questions.map((question) => ({ ...question, taskId: task.taskId })));
  }

  watch(taskId: string, options: { readonly afterSequence?: number; readonly afterVersion?: number; readonly signal?: AbortSignal } = {}): ReturnType<TaskService['watch']> {
    this.#task(taskId);
    return this.#untilEnd(this.#events.subscribe({ taskId, ...options }));
  }

  stats(): never {
    throw new Error('The tests do not ask');
  }

  async checkModel(): ReturnType<TaskService['checkModel']> {
    return { state: 'ok', model: 'none', isRecorded: false, message: '' };
  }

  /** The task asks something. */
  async ask(taskId: string, kind: 'approval' | 'question', question: string): Promise<string> {
    const promiseId = crypto.randomUUID();
    const task = this.#task(taskId);
    task.status = 'waiting';
    task.questions = [...task.questions, { promiseId, kind, question, askedAt: new Date().toISOString() }];
    await this.#record(taskId, 'MODULE_STARTED', { question });
    return promiseId;
  }

  async complete(taskId: string, summary: string): Promise<void> {
    const task = this.#task(taskId);
    task.status = 'completed';
    task.result = { summary, folder: null, files: [] };
    await this.#record(taskId, 'TASK_COMPLETE', {});
  }

  /** Something happens in the task. */
  async happen(taskId: string, count = 1): Promise<void> {
    for (let each = 0; each < count; each += 1) await this.#record(taskId, 'MODULE_ITERATION', { each });
  }

  #settle(task: Mutable<TaskView>, promiseId = task.questions[0]?.promiseId): void {
    if (!task.questions.some((question) => question.promiseId === promiseId)) throw failure('PROMISE_NOT_PENDING', `Cannot answer promise "${promiseId ?? ''}": it does not wait for an answer`);
    task.questions = task.questions.filter((question) => question.promiseId !== promiseId);
    if (task.questions.length === 0) task.status = 'running';
  }

  async *#untilEnd(events: ReturnType<EventStore['subscribe']>): ReturnType<TaskService['watch']> & AsyncGenerator {
    for await (const event of events) {
      yield event;
      if (['TASK_COMPLETE', 'TASK_FAILED', 'TASK_CANCELLED'].includes(event.type)) return;
    }
  }

  #task(taskId: string): Mutable<TaskView> {
    const task = this.#tasks.get(taskId);
    if (task) return task;
    throw failure('TASK_NOT_FOUND', `Cannot find task "${taskId}"`);
  }

  async #record(taskId: string, type: string, data: object): Promise<TaskView> {
    const task = this.#task(taskId);
    for (const event of await this.#events.append(taskId, [{ type, data: data as Record<string, JsonValue> }])) {
      task.version = event.streamVersion;
      task.sequence = event.sequenceNumber;
    }
    return { ...task };
  }
}

function isOver({ status }: TaskView): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
