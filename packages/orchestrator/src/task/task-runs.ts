/**
 * The coding workflow of each task as a durable run. The queue says when a task may work, the log says what it did, and
 * the durable function where it is: it is picked up as soon as this is made, and its next step waits for the task's turn.
 */
import { EventType, type Event } from '@holdfast/event-store';
import type { DurableContext, DurableFunction, Promises } from '@holdfast/promises/durable';
import { z } from 'zod';
import { orchestratorError } from '../errors.ts';
import type { RunContext } from '../queue/queue-task.ts';
import { runCodingWorkflow, type CodingTask, type CodingWorkflowOptions } from '../workflow/coding-workflow.ts';
import type { WorkflowContext } from '../workflow/workflow-context.ts';
import { answerIn, isSaidByPeople } from './intervention.ts';
import { runIdOf } from '../run-id.ts';
import { TaskEventType } from './task-event.ts';
import { hasEnded, type TaskRecord } from './task-fold.ts';
import type { TaskLog } from './task-log.ts';
import { TaskTurn } from './task-turn.ts';

export interface TaskRunsOptions {
  readonly promises: Promises;
  readonly coding: Omit<CodingWorkflowOptions, keyof EventOptions>;
  readonly find: (taskId: string) => TaskRecord | undefined;
  /** The log of a task that has no end, which was read. */
  readonly log: (taskId: string) => TaskLog;
  readonly onFault: (error: unknown) => void;
}

/** What the workflow is told of events, which this file decides. */
type EventOptions = Pick<CodingWorkflowOptions, 'store' | 'broadcast' | 'onEventFailure' | 'history' | 'interventions' | 'onFault' | 'signal'>;

/** A year: people may take their time, and each question has a deadline of its own. */
const timeoutMs = 365 * 86_400_000;

/** All else that a run needs to know stands in the log. */
const inputSchema = z.object({ taskId: z.string(), from: z.object({ modules: z.int().min(0), codeVersion: z.int().min(0) }).optional() });
type Input = Pick<CodingTask, 'taskId' | 'from'>;

export class TaskRuns {
  readonly #options: TaskRunsOptions;
  readonly #turns = new Map<string, TaskTurn>();
  readonly #function: DurableFunction<Input, void>;

  constructor(options: TaskRunsOptions) {
    this.#options = options;
    const input = { parse: (value: unknown): Input => asInput(inputSchema.parse(value)) };
    this.#function = options.promises.define('coding_task', async (context, task: Input) => this.#work(context, task), { input, timeoutMs });
  }

  /** Runs a task in its slot until it ends, from its beginning or from where it was. */
  async run({ id: taskId, signal, park, attempt }: RunContext): Promise<void> {
    const { promises } = this.#options;
    const cancel = (): void => {
      promises.cancel(runIdOf('task', taskId), 'The task was told to end').catch(() => undefined); // closed: it goes on in the next process
    };
    const turn = this.#turn(taskId);
    try {
      await this.#sayThatItGoesOn(taskId);
      turn.begin({ id: taskId, signal, park, attempt });
      for (const { promiseId } of this.#record(taskId).view.questions) {
        this.#park(turn, promiseId);
        await this.#passOn(taskId, promiseId);
      }
      const run = await promises.start(this.#function, runIdOf('task', taskId), { taskId });
      signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) cancel();
      await run.result();
    } finally {
      signal.removeEventListener('abort', cancel);
      await turn.idle();
      this.#turns.delete(taskId);
    }
  }

  /** What the log says may change what a task waits for. */
  hear({ taskId, type, data }: Event): void {
    if (type === TaskEventType.QUESTION_ASKED && typeof data['promiseId'] === 'string') this.#park(this.#turn(taskId), data['promiseId']);
  }

  async #sayThatItGoesOn(taskId: string): Promise<void> {
    const log = this.#options.log(taskId);
    if (!log.events.some(({ type }) => type === EventType.TASK_STARTED)) return;
    await log.append('workflow', { type: TaskEventType.TASK_RESUMED, codeVersion: this.#record(taskId).view.codeVersion, data: {} });
  }

  /** Gives a question the answer that stands in the log, if the process that wrote it there ended before it could. */
  async #passOn(taskId: string, promiseId: string): Promise<void> {
    const answer = this.#options.log(taskId).events.map((event) => answerIn(event, promiseId)).find((value) => value !== undefined);
    if (answer !== undefined) await this.#options.promises.external.resolve(promiseId, answer);
  }

  async #work(context: DurableContext, { taskId, from }: Input): Promise<void> {
    const { created, view } = this.#record(taskId);
    if (hasEnded(view.status)) throw orchestratorError('HOLDFAST_ORCHESTRATOR_TASK_ENDED', `Cannot go on with task "${taskId}": it has ended`);
    const { coding, log, onFault } = this.#options;
    const { prompt, answers, approval } = created;
    const kept = log(taskId);
    await runCodingWorkflow(this.#inTurn(context, taskId), { taskId, prompt, answers, approval, ...(from && { from }) }, {
      ...coding,
      history: kept.events,
      store: { append: async (_taskId, event) => kept.append('workflow', event), find: (eventId) => kept.find(eventId) },
      onEventFailure: 'abort', // the log is the truth here: what it cannot keep must not go on
      interventions: async () => (await kept.history()).filter(isSaidByPeople),
      onFault,
    });
  }

  /** Work is done in the task's turn alone; what is only read again waits for nothing. */
  #inTurn(context: DurableContext, taskId: string): WorkflowContext {
    return {
      step: async (name, work) => context.step(name, async ({ signal }) => this.#turn(taskId).work(signal, async () => work({ signal }))),
      external: (question) => context.external(question),
      continueAs: async (input) => context.continueAs(asInput(inputSchema.parse(input))),
    };
  }

  /** Who waits for a person keeps no other task from running. */
  #park(turn: TaskTurn, promiseId: string): void {
    turn.waitFor(this.#options.promises.external.wait(promiseId)).catch(this.#options.onFault);
  }

  #turn(taskId: string): TaskTurn {
    const turn = this.#turns.get(taskId) ?? new TaskTurn();
    this.#turns.set(taskId, turn);
    return turn;
  }

  #record(taskId: string): TaskRecord {
    const record = this.#options.find(taskId);
    if (record) return record;
    throw orchestratorError('HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND', `Cannot find task "${taskId}"`, { data: { taskId } });
  }
}

function asInput({ taskId, from }: z.infer<typeof inputSchema>): Input {
  return { taskId, ...(from && { from }) };
}
