/**
 * The application service: what Holdfast does, without saying how it is reached. Every face, REST, WebSocket or a
 * command line, calls this and adds nothing but its own transport.
 *
 * The log comes first: an execution starts when its start is in the event store, and is answered when its end is.
 *
 * It is long because it is the whole list of what a face may ask for; what goes on behind each stands in files of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { buildContext, type BuiltContext } from '@holdfast/context-cache';
import type { Event, EventQuery, EventStore, NewEvent } from '@holdfast/event-store';
import { findCellMode, type ExecutionResult, type IsolationLevel, type Session, type SessionManager } from '@holdfast/executor';
import { parseId, type Completion, type JsonValue, type Language, type NamespaceEntry } from '@holdfast/protocol';
import type { FailureInput, PendingPromise, PromiseStore } from '@holdfast/promises';
import { defaultDurableModes, type Promises } from '@holdfast/promises/durable';
import type { CheckpointStore } from './checkpoint/checkpoint-store.ts';
import { createMemoryCheckpointStore } from './checkpoint/memory.ts';
import { orchestratorError } from './errors.ts';
import { askPerson, inputKind } from './session/ask-person.ts';
import { checkAnswer, type AnswerForm } from './session/check-answer.ts';
import { DurableCells } from './session/durable-cells.ts';
import { LiveSessions, type SessionHooks } from './session/live-sessions.ts';
import { QuestionIds } from './session/question-ids.ts';
import { interruptedResult } from './session/interrupted-result.ts';
import {
  executionEnded,
  executionOutput,
  executionStarted,
  inputRequested,
  sessionCheckpointed,
  sessionClosed,
  sessionCreated,
  sessionRestored,
  sessionStream,
  type StartedExecution,
} from './session/session-event.ts';
import type { CheckpointView, CreateSessionRequest, ExecuteRequest, ExecutionView, RestoreView, SessionView } from './service-views.ts';
import type { SessionFolders } from './session/session-folders.ts';
import type { BackpressureAlert } from './queue/backpressure.ts';
import { TaskManager, type CodingOptions, type TaskLimits } from './task/task-manager.ts';
import type { ModelHealth, TaskService } from './task/task-service.ts';
import { SessionLedger, type ExecutionRecord } from './session/session-ledger.ts';

/** What the service stands on. Whoever opened these closes them, after the service. */
export interface ServicePorts {
  readonly events: EventStore;
  /** What runs on after a crash, and what waits for somebody. The service closes them first when it closes. */
  readonly promises: Promises;
  readonly sessions: SessionManager;
  /** @default createMemoryCheckpointStore() */
  readonly checkpoints?: CheckpointStore;
  /** Gives each session a folder of its own, the only one that it may write to. @default none */
  readonly folders?: SessionFolders;
  /** What sessions are created with by the session manager, as they are shown. @default 'process' */
  readonly isolation?: IsolationLevel;
  /** Where the code of sessions starts, unless a session names another. @default the working directory of this process */
  readonly directory?: string;
  /** What writes code and tests it. @default none: coding tasks are refused */
  readonly coding?: CodingOptions;
  /** What the answer to a promise of some kind has to look like, for kinds of others. @default anything */
  readonly answerForm?: (kind: string) => AnswerForm | undefined;
  /** How many tasks wait and run. @default as TaskQueue has it */
  readonly queue?: TaskLimits;
  /** Told when the queue of tasks fills up, and when it is clear again. @default nobody */
  readonly onAlert?: (alert: BackpressureAlert) => void;
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
  /** Told of failures that no caller waits for, such as output that could not be kept. @default nobody */
  readonly onFault?: (error: unknown) => void;
}

/** Sessions, their executions and what waits for an answer, over one event store. */
export class HoldfastService {
  readonly #ports: ServicePorts;
  readonly #checkpoints: CheckpointStore;
  readonly #newId: () => string;
  readonly #onFault: (error: unknown) => void;
  readonly #ledger: SessionLedger;
  readonly #tasks: TaskManager;
  readonly #live: LiveSessions;
  readonly #cells: DurableCells;
  readonly #running = new Map<string, Promise<void>>();
  /** Sessions in which a cell runs. */
  readonly #claimed = new Set<string>();
  /** Executions whose start is on its way into the log. */
  readonly #starting = new Set<string>();
  readonly #asked = new QuestionIds();
  /** How many outputs are on their way into the log. */
  #keeping = 0;
  #isClosing = false;

  private constructor(ports: ServicePorts, ledger: SessionLedger, tasks: TaskManager) {
    this.#ports = ports;
    this.#tasks = tasks;
    this.#checkpoints = ports.checkpoints ?? createMemoryCheckpointStore();
    this.#onFault = ports.onFault ?? (() => undefined);
    this.#newId = ports.newId ?? (() => crypto.randomUUID());
    this.#ledger = ledger;
    const { sessions, folders, directory, isolation } = ports;
    this.#live = new LiveSessions({ sessions, folders, directory, isolation, ledger, hooksOf: (sessionId) => this.#hooksOf(sessionId) });
    this.#cells = new DurableCells({ promises: ports.promises, checkpoints: this.#checkpoints, ledger, append: async (sessionId, event) => this.#append(sessionId, event) });
  }

  /** Reads the log, ends what the last process left running, and goes on with what is durable. */
  static async open(ports: ServicePorts): Promise<HoldfastService> {
    const ledger = await SessionLedger.read(ports.events);
    const service = new HoldfastService(ports, ledger, await TaskManager.open(ports));
    await service.#endInterrupted();
    await service.#goOn();
    return service;
  }

  /** Coding tasks. */
  get tasks(): TaskService {
    return this.#tasks;
  }

  /** Creates a session and starts its worker. */
  async createSession({ sessionId = this.#newId(), language = 'typescript', directory }: CreateSessionRequest = {}): Promise<SessionView> {
    this.#assertOpen();
    const id = parseId(sessionId);
    const session = this.#live.add(id, language, directory);
    try {
      await session.start();
      await this.#append(id, sessionCreated({ language, directory: directory ?? null }));
    } catch (error) {
      await this.#ports.sessions.remove(id);
      throw error;
    }
    return this.getSession(id);
  }

  /** Sessions that are open, those of earlier processes included, oldest first. */
  listSessions(): readonly SessionView[] {
    return this.#ledger.openSessions().map((record) => this.#live.view(record));
  }

  /** @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  getSession(sessionId: string): SessionView {
    return this.#live.view(this.#live.record(sessionId));
  }

  /** Ends the worker and closes the session for good; its executions stay readable. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  async closeSession(sessionId: string): Promise<void> {
    const { sessionId: id } = this.#live.record(sessionId);
    if (this.#ports.sessions.find(id)) await this.#ports.sessions.remove(id);
    await this.#append(id, sessionClosed());
    await this.#checkpoints.remove(id);
    await this.#ports.folders?.remove(id);
  }

  /**
   * Runs a cell. What user code throws is in the result.
   *
   * @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND, HOLDFAST_ORCHESTRATOR_SESSION_BUSY
   */
  async execute(sessionId: string, request: ExecuteRequest): Promise<ExecutionView> {
    this.#assertOpen();
    const { session, isNew } = this.#live.open(sessionId);
    if (this.#claimed.has(session.id)) {
      throw orchestratorError('HOLDFAST_ORCHESTRATOR_SESSION_BUSY', `Cannot run a cell in session "${session.id}": it is busy`, {
        data: { sessionId: session.id, runningExecutionId: session.runningExecutionId ?? null },
      });
    }
    const executionId = parseId(request.executionId ?? this.#newId());
    if (this.#ledger.findExecution(executionId) || this.#starting.has(executionId)) {
      throw orchestratorError('HOLDFAST_ORCHESTRATOR_EXECUTION_EXISTS', `Cannot run execution "${executionId}": it exists`);
    }
    const started = startOf(executionId, session.language, request);
    this.#claimed.add(session.id);
    this.#starting.add(executionId);
    try {
      await this.#append(session.id, executionStarted(started));
    } catch (error) {
      this.#claimed.delete(session.id);
      throw error;
    } finally {
      this.#starting.delete(executionId);
    }
    if (started.durable) this.#cells.add({ ...started, session, isNew, isResumed: false });
    this.#track(session.id, executionId, started.durable ? this.#cells.run(executionId) : this.#run(session, executionId, request, isNew));
    if (request.waitMs === undefined) await this.#running.get(executionId);
    return this.getExecution(executionId, request.waitMs === undefined ? {} : { waitMs: request.waitMs });
  }

  /**
   * One execution, of this process or an earlier one. With `waitMs`, waits that long for its end.
   *
   * @throws HOLDFAST_ORCHESTRATOR_EXECUTION_NOT_FOUND
   */
  async getExecution(executionId: string, { waitMs = 0 }: { waitMs?: number } = {}): Promise<ExecutionView> {
    const running = this.#running.get(executionId);
    if (waitMs > 0 && running) await within(waitMs, running);
    const record = this.#ledger.findExecution(executionId);
    if (!record) throw orchestratorError('HOLDFAST_ORCHESTRATOR_EXECUTION_NOT_FOUND', `Cannot find execution "${executionId}"`);
    const { sessionId, startedAt } = record;
    const result = await this.#ledger.readResult(this.#ports.events, record);
    return result ? { state: 'ended', executionId, sessionId, startedAt, result } : { state: 'running', executionId, sessionId, startedAt };
  }

  /** The executions of a session, oldest first, those of earlier processes included. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  listExecutions(sessionId: string): readonly ExecutionRecord[] {
    return this.#ledger.executions(this.#live.record(sessionId).sessionId);
  }

  /** Stops what runs in a session. Idempotent; false when nothing did. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  async cancel(sessionId: string, { executionId, by = 'user' }: { executionId?: string; by?: string } = {}): Promise<boolean> {
    return (await this.#live.find(sessionId)?.cancel({ by, ...(executionId !== undefined && { executionId }) })) ?? false;
  }

  /**
   * Keeps the variables of a session, so that they outlive its worker and this process.
   *
   * @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND, HOLDFAST_EXECUTOR_SESSION_BUSY
   */
  async checkpoint(sessionId: string): Promise<CheckpointView> {
    this.#assertOpen();
    const { session, isNew } = this.#live.open(sessionId);
    if (isNew) await this.#restoreNewest(session);
    const { checkpoint, kept, skipped } = await session.checkpoint();
    await this.#checkpoints.save(session.id, checkpoint);
    const view = { checkpointId: checkpoint.checkpointId, size: checkpoint.size, kept, skipped };
    await this.#append(session.id, sessionCheckpointed(view));
    return view;
  }

  /**
   * Merges a checkpoint, the newest unless named, into the variables of a session; starts its worker where none runs.
   *
   * @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND, HOLDFAST_ORCHESTRATOR_CHECKPOINT_NOT_FOUND, HOLDFAST_EXECUTOR_SESSION_BUSY
   */
  async restore(sessionId: string, { checkpointId }: { checkpointId?: string } = {}): Promise<RestoreView> {
    this.#assertOpen();
    const { session } = this.#live.open(sessionId);
    const restored = await this.#restore(session, checkpointId);
    if (restored) return restored;
    const which = checkpointId === undefined ? 'a checkpoint' : `checkpoint "${checkpointId}"`;
    throw orchestratorError('HOLDFAST_ORCHESTRATOR_CHECKPOINT_NOT_FOUND', `Cannot find ${which} of session "${sessionId}"`);
  }

  /** The names that user code made. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  async listNames(sessionId: string): Promise<readonly NamespaceEntry[]> {
    return (await this.#live.find(sessionId)?.listNames()) ?? [];
  }

  /** How code may go on at its end; nothing where the session has no worker. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  async complete(sessionId: string, code: string): Promise<Completion> {
    return (await this.#live.find(sessionId)?.complete(code)) ?? { start: code.length, candidates: [] };
  }

  /** Everything that happened in a session after a version of its stream, and then what happens. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  subscribeSession(sessionId: string, { afterVersion = 0, signal }: { afterVersion?: number; signal?: AbortSignal } = {}): AsyncIterable<Event> {
    const taskId = sessionStream(this.#live.record(sessionId).sessionId);
    return this.#ports.events.subscribe({ taskId, afterVersion, ...(signal && { signal }) });
  }

  /** What is in a session's stream now. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  readSession(sessionId: string, query: Omit<EventQuery, 'taskId'> = {}): AsyncIterable<Event> {
    return this.readStream(sessionStream(this.#live.record(sessionId).sessionId), query);
  }

  /** What is in any stream now, of a task by its id or of a session by `sessionStream(id)`; nothing for one that there is not. */
  readStream(stream: string, query: Omit<EventQuery, 'taskId'> = {}): AsyncIterable<Event> {
    return this.#ports.events.read({ ...query, taskId: stream });
  }

  /** What a model needs to know of a session, within a budget. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  async buildSessionContext(sessionId: string, { budgetTokens }: { budgetTokens: number }): Promise<BuiltContext> {
    const { sessionId: id, language } = this.#live.record(sessionId);
    const events: Event[] = [];
    for await (const event of this.#ports.events.read({ taskId: sessionStream(id) })) events.push(event);
    const names = await this.listNames(id);
    const state = [`Session ${id}, ${language}`, ...names.map(({ name, type, preview }) => `${name}: ${type} = ${preview}`)].join('\n');
    return buildContext({ state, events, budgetTokens });
  }

  /** What waits for somebody's answer, oldest first. */
  async listPendingPromises(): Promise<readonly PendingPromise[]> {
    return this.#questions.pending();
  }

  /** Answers a promise. @throws HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING, HOLDFAST_ORCHESTRATOR_UNEXPECTED_ANSWER */
  async resolvePromise(promiseId: string, value: JsonValue): Promise<void> {
    const asked = await this.#questions.find(promiseId);
    if (asked?.state !== 'pending') throw notPending(promiseId);
    checkAnswer(asked, value, this.#ports.answerForm ?? (() => undefined));
    if (!(await this.#questions.resolve(promiseId, value))) throw notPending(promiseId);
  }

  /** Answers a promise with a refusal. @throws HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING */
  async rejectPromise(promiseId: string, error: FailureInput): Promise<void> {
    if (!(await this.#questions.reject(promiseId, error))) throw notPending(promiseId);
  }

  /** Whether the service can do its work now, part by part. */
  async checkHealth(): Promise<{ readonly isHealthy: boolean; readonly checks: Readonly<Record<string, string>> }> {
    const store = await this.#ports.events.head().then(
      () => 'ok',
      () => 'failed',
    );
    const model = await this.#tasks.checkModel();
    const checks = { store, service: this.#isClosing ? 'closing' : 'ok', model: describeModel(model) };
    return { isHealthy: store === 'ok' && !this.#isClosing && model.state !== 'failed', checks };
  }

  /** Ends every session's worker and waits until the log knows how each execution ended. Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#cells.close();
    await this.#tasks.close(); // and with it the promises: of what is broken off now nothing is recorded
    await this.#ports.sessions.close();
    await Promise.allSettled(this.#running.values());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(session: Session, executionId: string, { code, language, filename, timeoutMs }: ExecuteRequest, isNew: boolean): Promise<ExecutionResult> {
    if (isNew) await this.#restoreNewest(session);
    return session.execute(code, {
      executionId,
      ...(language && { language }),
      ...(filename !== undefined && { filename }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }

  /** Until the log knows how an execution ended, or that the next process has to find out. */
  #track(sessionId: string, executionId: string, running: Promise<ExecutionResult | undefined>): void {
    const ended = this.#untilKept(sessionId, executionId, running).finally(() => {
      this.#running.delete(executionId);
      this.#claimed.delete(sessionId);
      this.#asked.forget(executionId);
    });
    this.#running.set(executionId, ended);
    ended.catch(this.#onFault);
  }

  async #untilKept(sessionId: string, executionId: string, running: Promise<ExecutionResult | undefined>): Promise<void> {
    let result: ExecutionResult | undefined;
    try {
      result = await running;
    } catch (error) {
      result = interruptedResult(executionId, sessionId, `The cell was not run: ${describe(error)}`);
    }
    if (result) await this.#append(sessionId, executionEnded(result));
  }

  /** Durable cells of earlier processes begin anew, where they have not ended. */
  async #goOn(): Promise<void> {
    const left: ExecutionRecord[] = [];
    for (const record of this.#ledger.unfinished()) {
      const { sessionId, executionId } = record;
      try {
        const started = await this.#ledger.readStart(this.#ports.events, record);
        if (started) this.#cells.add({ ...started, ...this.#live.open(sessionId), isResumed: true });
        this.#claimed.add(sessionId);
        left.push(record);
      } catch (error) {
        await this.#append(sessionId, executionEnded(interruptedResult(executionId, sessionId, `The cell could not go on: ${describe(error)}`)));
      }
    }
    this.#cells.start();
    for (const { sessionId, executionId } of left) this.#track(sessionId, executionId, this.#cells.run(executionId));
  }

  async #endInterrupted(): Promise<void> {
    for (const question of await this.#questions.pending()) {
      if (this.#isLost(question)) await this.#questions.cancel(question.id, 'the server ended while the cell waited');
    }
    for (const { executionId, sessionId, isDurable } of this.#ledger.unfinished()) {
      if (isDurable && this.#ledger.findSession(sessionId)?.isClosed === false) continue;
      const result = interruptedResult(executionId, sessionId, 'The server ended while the cell ran; its variables are lost');
      await this.#append(sessionId, executionEnded(result));
    }
  }

  async #append(sessionId: string, event: NewEvent): Promise<void> {
    for (const appended of await this.#ports.events.append(sessionStream(sessionId), [event])) this.#ledger.apply(appended);
  }

  /** Appends what nobody waits for. Its place in the log is the order of the calls. */
  #keep(sessionId: string, event: NewEvent): void {
    this.#append(sessionId, event).catch(this.#onFault);
  }

  /** The same for output, of which there may be more than the log can take: then the session has to wait, and its code too. */
  #keepOutput(sessionId: string, event: NewEvent): Promise<void> | undefined {
    this.#keeping += 1;
    const kept = this.#append(sessionId, event)
      .catch(this.#onFault)
      .finally(() => {
        this.#keeping -= 1;
      });
    return this.#keeping > maxKeeping ? kept : undefined;
  }

  /** What the log is told of a session, and what a cell of it asks a person. */
  #hooksOf(sessionId: string): SessionHooks {
    return {
      onOutput: (output) => this.#keepOutput(sessionId, executionOutput(output)),
      onInput: async (request, { signal }) =>
        askPerson(this.#questions, { promiseId: this.#asked.next(request), request }, {
          signal,
          announce: ({ promiseId }) => this.#keep(sessionId, inputRequested({ promiseId, executionId: request.executionId, prompt: request.prompt, secret: request.secret })),
        }),
    };
  }

  /** Brings the variables of an earlier process back, as far as they were kept. */
  async #restoreNewest(session: Session): Promise<void> {
    await this.#restore(session).catch(this.#onFault); // a bad checkpoint must not keep the session from running
  }

  async #restore(session: Session, checkpointId?: string): Promise<RestoreView | undefined> {
    const checkpoint = await this.#checkpoints.find(session.id, checkpointId);
    if (!checkpoint) return undefined;
    const view = { checkpointId: checkpoint.checkpointId, ...(await session.restore(checkpoint)) };
    await this.#append(session.id, sessionRestored(view));
    return view;
  }

  /** Whether a cell of an earlier process waited for the answer, and does so no more: what it asked the person or the host. */
  #isLost({ kind, data }: PendingPromise): boolean {
    const execution = this.#ledger.findExecution(executionOf(data) ?? '');
    if (!execution) return kind === inputKind;
    return !execution.isDurable || execution.status !== undefined;
  }

  /** What waits for somebody outside. */
  get #questions(): PromiseStore {
    return this.#ports.promises.external;
  }

  #assertOpen(): void {
    if (this.#isClosing) throw orchestratorError('HOLDFAST_ORCHESTRATOR_CLOSED', 'Cannot start anything: the service is shutting down');
  }
}

/** How many outputs may be on their way into the log before the sessions that write have to wait. */
const maxKeeping = 64;

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The execution whose cell asks. */
function executionOf(data: JsonValue): string | undefined {
  const executionId: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'executionId') : undefined;
  return typeof executionId === 'string' ? executionId : undefined;
}

/** What the log says of a cell that begins; of a durable one, all that it takes to begin it anew. */
function startOf(executionId: string, spoken: Language, { code, language = spoken, filename, timeoutMs, durable = 'never' }: ExecuteRequest): StartedExecution {
  const isDurable = durable === 'always' || (durable === 'auto' && defaultDurableModes.includes(findCellMode(code, language)));
  if (!isDurable) return { executionId, code, language };
  return { executionId, code, language, durable: { ...(filename !== undefined && { filename }), ...(timeoutMs !== undefined && { timeoutMs }) } };
}

function describeModel({ state, model, isRecorded, message }: ModelHealth): string {
  if (state === 'not configured') return state;
  return state === 'ok' ? `ok: ${model ?? ''}${isRecorded ? ', plays back recorded answers' : ''}` : `failed: ${message}`;
}

function notPending(promiseId: string): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING', `Cannot answer promise "${promiseId}": it does not wait for an answer`);
}

/** Waits for the end of some work, or as long as given. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const ended = work.then(
    () => done.abort(),
    () => done.abort(),
  );
  await Promise.race([ended, sleep(ms, undefined, { signal: done.signal }).catch(() => undefined)]);
}
