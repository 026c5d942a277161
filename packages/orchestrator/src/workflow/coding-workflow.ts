/**
 * A coding task from its prompt to tested modules on disk: plan, then for each module generate, test and correct until
 * its tests pass, then a review. Written as a durable function: everything that takes time is a step of its context, so
 * that a later run of the same task goes on where an earlier one was ended. A step ends in an event, and what the event
 * says is not recorded a second time: the log has the answers of the models, the durable function has the order.
 */
import { EventType, type Event, type NewEvent } from '@holdfast/event-store';
import { isHoldfastError, type JsonValue, type TaskPriorityName } from '@holdfast/protocol';
import { z } from 'zod';
import { orchestratorError } from '../errors.ts';
import { TaskEventType } from '../task/task-event.ts';
import { Emitter, type EmitterFaults, type EmitterOptions } from './emitter.ts';
import { contextFromEvents, contextShare, type ContextProvider, type ContextRequest } from './model-context.ts';
import { codeSchema, generations, writeModule } from './write-module.ts';
import { parsePlan, type ModulePlan } from './module-plan.ts';
import { reviewByApproval, type CallContext, type Coder, type GeneratedModule, type ModelCall, type Reviewer, type TestRunner } from './ports.ts';
import type { WorkflowContext } from './workflow-context.ts';

export interface CodingTask {
  readonly taskId: string;
  readonly prompt: string;
  /** @default [] */
  readonly answers?: readonly JsonValue[];
  readonly priority?: TaskPriorityName;
  /** @default 'never' */
  readonly approval?: 'always' | 'never';
  /** Where an earlier run of the same task stopped so that it does not get too long. @default the beginning */
  readonly from?: CodingPosition;
}

/** Between two modules. */
export interface CodingPosition {
  /** How many modules of the plan are complete. */
  readonly modules: number;
  readonly codeVersion: number;
}

export interface CodingWorkflowOptions extends Omit<EmitterOptions, 'taskId'> {
  readonly coder: Coder;
  readonly testRunner: TestRunner;
  /** @default reviewByApproval */
  readonly reviewer?: Reviewer;
  /** What a model is told. @default contextFromEvents */
  readonly context?: ContextProvider;
  /** How often one module is written before the task fails. @default 4 */
  readonly maxIterations?: number;
  /** What people have said about the task so far. @default nothing */
  readonly interventions?: () => Promise<readonly Event[]>;
  /** How long a person may take for an answer. @default 30 days */
  readonly answerWithinMs?: number;
  /**
   * After so many steps the next module begins in a new run, where the context can do so and the log can be asked for
   * what was: whoever goes on after a crash repeats the steps of one run only. @default 100
   */
  readonly maxSteps?: number;
  /** Tells the task to end; whoever does so says how it stands. */
  readonly signal?: AbortSignal;
}

export interface CodingResult {
  readonly summary: string;
  readonly folder: string | null;
  /** Paths in the folder: each module and its tests. */
  readonly files: readonly string[];
  readonly codeVersion: number;
  readonly faults: EmitterFaults;
}

/**
 * Runs a coding task.
 *
 * @throws HOLDFAST_ORCHESTRATOR_GAVE_UP, HOLDFAST_ORCHESTRATOR_REJECTED, HOLDFAST_ORCHESTRATOR_INVALID_PLAN
 * @throws what a port throws; a TASK_FAILED event says so, unless the task was told to end
 */
export async function runCodingWorkflow(context: WorkflowContext, task: CodingTask, options: CodingWorkflowOptions): Promise<CodingResult> {
  return new CodingRun(context, task, options).run();
}

/** One run of the workflow: what its parts share. */
export class CodingRun {
  readonly task: CodingTask;
  readonly options: CodingWorkflowOptions;
  readonly emitter: Emitter;
  /** How many generations of code there have been. */
  codeVersion: number;
  readonly #context: WorkflowContext;
  readonly #heard = new Set<string>();
  #steps = 0;
  /** Of the step that ran last in this process. */
  #stepSignal: AbortSignal | undefined;

  constructor(context: WorkflowContext, task: CodingTask, options: CodingWorkflowOptions) {
    this.#context = context;
    this.task = task;
    this.options = options;
    this.codeVersion = task.from?.codeVersion ?? 0;
    this.emitter = new Emitter({ ...options, taskId: task.taskId });
  }

  async run(): Promise<CodingResult> {
    try {
      await this.fact('started', () => ({ type: EventType.TASK_STARTED, data: { prompt: this.task.prompt, model: this.options.coder.name } }));
      const plan = await this.#plan();
      const modules = await this.#write(plan);
      return await this.#finish(plan, modules);
    } catch (error) {
      if (!this.#isToldToEnd) await this.#fail(error);
      throw error;
    }
  }

  /**
   * A step that ends in an event. The key names the event in the task: where the log has it, nothing is done again, and
   * what it says holds.
   */
  async fact(key: string, make: (call: CallContext) => NewEvent | PromiseLike<NewEvent>): Promise<Event> {
    const kept = await this.step(key, async (call) => this.emitter.keep(this.emitter.find(key) ?? (await this.emitter.emit(key, await make(call)))));
    return this.emitter.recall(kept);
  }

  /** An event on the way of a step: the same key again is the same event. */
  async tell(key: string, event: NewEvent): Promise<void> {
    await this.emitter.emit(key, event);
  }

  async step<Value>(name: string, work: (call: CallContext) => Value | PromiseLike<Value>): Promise<Value> {
    const { taskId } = this.task;
    this.#steps += 1;
    return this.#context.step(name, async ({ signal }) => {
      this.#stepSignal = signal;
      return work({ taskId, signal, onModelCall: async (call) => this.#count(call) });
    });
  }

  /** What a model is told for one purpose. */
  async contextFor(request: Pick<ContextRequest, 'purpose' | 'module'>): Promise<string> {
    const { coder, context = contextFromEvents } = this.options;
    const { taskId, prompt } = this.task;
    const { text } = await context({ ...request, taskId, prompt, events: this.emitter.events, budgetTokens: contextShare(coder.contextTokens) });
    return text;
  }

  /** What people said since the last time, as a step: a later run hears the same at the same place. */
  async hear(name: string): Promise<readonly Event[]> {
    const { interventions } = this.options;
    if (!interventions) return [];
    const kept = await this.step(`hear ${name}`, async () => {
      const said = await interventions();
      return said.filter(({ eventId }) => !this.#heard.has(eventId)).map((event) => this.emitter.keep(event));
    });
    const heard = kept.map((each) => this.emitter.recall(each));
    for (const { eventId } of heard) this.#heard.add(eventId);
    return heard;
  }

  async #plan(): Promise<ModulePlan> {
    const { prompt, answers = [] } = this.task;
    if (!this.task.from) await this.hear('before the plan');
    const { data } = await this.fact('planned', async (call) => {
      const context = await this.contextFor({ purpose: 'plan' });
      const plan = parsePlan(await this.options.coder.plan({ prompt, answers, context }, call));
      const modules = plan.modules.map((module) => ({ ...module, dependencies: [...module.dependencies] }));
      return { type: EventType.PLANNING_COMPLETE, data: { ...plan, modules, message: `The plan has ${modules.length} modules: ${plan.summary}` } };
    });
    return parsePlan(data);
  }

  async #write({ modules }: ModulePlan): Promise<GeneratedModule[]> {
    const { from = { modules: 0 } } = this.task;
    const written = modules.slice(0, from.modules).map(({ name }) => this.#writtenBefore(name));
    for (const module of modules.slice(from.modules)) {
      if (this.#isLong) await this.#context.continueAs?.({ ...this.task, from: { modules: written.length, codeVersion: this.codeVersion } });
      written.push(await writeModule(this, module, written));
    }
    return written;
  }

  /** A run does more than read the plan again before it may end, so that each gets further than the last. */
  get #isLong(): boolean {
    const { store, maxSteps = 100 } = this.options;
    return store?.find !== undefined && this.#steps >= Math.max(3, maxSteps);
  }

  /** A module of an earlier run, as the log has it. */
  #writtenBefore(name: string): GeneratedModule {
    const event = this.emitter.events.findLast(({ type, data }) => generations.has(type) && data['module'] === name);
    return { name, ...codeSchema.parse(event?.data) };
  }

  async #finish(plan: ModulePlan, modules: GeneratedModule[]): Promise<CodingResult> {
    const { taskId, prompt, approval = 'never' } = this.task;
    const { testRunner, reviewer = reviewByApproval, maxIterations = 4 } = this.options;
    for (let round = 1; ; round += 1) {
      const review = await this.step(`review ${round}`, async (call) => reviewer.review({ taskId, prompt, approval, summary: plan.summary, modules }, call));
      const verdict = review.decision === 'ask' ? await this.#ask(review.question, round) : review;
      if (verdict.decision === 'approve') break;
      const [last, previous] = [plan.modules.at(-1), modules.pop()];
      if (!last || !previous || verdict.reason === '' || round >= maxIterations) throw rejected(taskId, verdict.reason);
      modules.push(await writeModule(this, last, modules, { previous, problems: [verdict.reason] }));
    }
    const folder = testRunner.folderOf(taskId);
    const files = modules.flatMap(({ name }) => [`${name}.ts`, `${name}.test.ts`]);
    await this.fact('complete', () => ({ type: EventType.TASK_COMPLETE, codeVersion: this.codeVersion, data: { summary: plan.summary, folder, files } }));
    return { summary: plan.summary, folder, files, codeVersion: this.codeVersion, faults: this.emitter.faults };
  }

  async #ask(question: string, round: number): Promise<{ decision: 'approve' } | { decision: 'reject'; reason: string }> {
    const { answerWithinMs = 30 * 24 * 3_600_000 } = this.options;
    const answer = this.#context.external({ kind: 'approval', data: { taskId: this.task.taskId, question }, deadline: answerWithinMs });
    answer.catch(() => undefined); // heard below, after the question stands in the log
    await this.fact(`asked ${round}`, () => ({
      type: TaskEventType.QUESTION_ASKED,
      codeVersion: this.codeVersion,
      data: { promiseId: answer.id, kind: 'approval', question, message: `Waits for an answer: ${question}` },
    }));
    const value = await answer;
    await this.fact(`answered ${round}`, () => ({ type: TaskEventType.QUESTION_ANSWERED, codeVersion: this.codeVersion, data: { promiseId: answer.id, value } }));
    return verdictOf(value);
  }

  async #count({ purpose, model, inputTokens, outputTokens, durationMs, costUsd, error }: ModelCall): Promise<void> {
    const message = `${model} took ${inputTokens} and gave ${outputTokens} tokens to ${purpose}${error === null ? '' : `, in vain: ${error}`}`;
    const data = { purpose, model, inputTokens, outputTokens, durationMs, costUsd, error, message };
    // Each call counts, also that of a step which is done again, so its key is its own.
    await this.tell(`call ${crypto.randomUUID()}`, { type: TaskEventType.MODEL_CALLED, codeVersion: this.codeVersion, data });
  }

  /** Whether an error is only the echo of being told to end; a later run may go on then. */
  get #isToldToEnd(): boolean {
    return (this.options.signal?.aborted ?? false) || (this.#stepSignal?.aborted ?? false);
  }

  async #fail(error: unknown): Promise<void> {
    const { code, message } = describeFailure(error);
    try {
      await this.fact('failed', () => ({ type: EventType.TASK_FAILED, codeVersion: this.codeVersion, data: { code, message } }));
    } catch (fault) {
      this.options.onFault?.(fault); // the error itself is what the caller has to hear
    }
  }
}

/** A yes, or a no with a reason: `true`, `false`, or an object with `approved` and `message`. */
function verdictOf(value: JsonValue): { decision: 'approve' } | { decision: 'reject'; reason: string } {
  const { approved, message } = answerSchema.catch({ approved: value === true }).parse(value);
  return approved ? { decision: 'approve' } : { decision: 'reject', reason: message ?? '' };
}

const answerSchema = z.object({ approved: z.boolean(), message: z.string().optional() });

function rejected(taskId: string, reason: string): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_REJECTED', `Cannot complete task "${taskId}": the review rejected it${reason === '' ? '' : `: ${reason}`}`, { data: { taskId, reason } });
}

/** What an event says of an error. */
export function describeFailure(error: unknown): { readonly code: string; readonly message: string } {
  const message = (error instanceof Error ? error.message : String(error)).toWellFormed();
  return { code: isHoldfastError(error) ? error.code : 'HOLDFAST_ORCHESTRATOR_TASK_FAILED', message };
}
