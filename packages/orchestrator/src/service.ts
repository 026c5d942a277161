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
import type { Event, EventQuery } from '@holdfast/event-store';
import type { ExecutionResult, Session } from '@holdfast/executor';
import { parseId, type Completion, type JsonValue, type NamespaceEntry } from '@holdfast/protocol';
import type { FailureInput, PendingPromise, PromiseStore } from '@holdfast/promises';
import { createMemoryCheckpointStore } from './checkpoint/memory.ts';
import { orchestratorError } from './errors.ts';
import { askPerson, inputKind } from './session/ask-person.ts';
import { checkAnswer } from './session/check-answer.ts';
import { DurableCells } from './session/durable-cells.ts';
import { SessionCheckpoints } from './session/session-checkpoints.ts';
import { SessionJournal } from './session/session-journal.ts';
import { startOf } from './session/start-of-execution.ts';
import { LiveSessions, type SessionHooks } from './session/live-sessions.ts';
import { QuestionIds } from './session/question-ids.ts';
import { interruptedResult } from './session/interrupted-result.ts';
import { executionEnded, executionOutput, executionStarted, inputRequested, sessionClosed, sessionCreated, sessionStream } from './session/session-event.ts';
import type { ServicePorts } from './service-ports.ts';
import type { CheckpointView, CreateSessionRequest, ExecuteRequest, ExecutionView, RestoreView, SessionView } from './service-views.ts';
import { TaskManager } from './task/task-manager.ts';
import { describeModel } from './task/check-model.ts';
import type { TaskService } from './task/task-service.ts';
import { SessionLedger, type ExecutionRecord } from './session/session-ledger.ts';
import { within } from './within.ts';

/** How often it is looked whether a cell that is to be cancelled has begun, and how many times: for two seconds. */
const [beginPauseMs, maxBeginTries] = [5, 400];

/** Sessions, their executions and what waits for an answer, over one event store. */
export class HoldfastService {
  readonly #ports: ServicePorts;
  readonly #checkpoints: SessionCheckpoints;
  readonly #journal: SessionJournal;
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
  #isClosing = false;

  private constructor(ports: ServicePorts, ledger: SessionLedger, tasks: TaskManager) {
    this.#ports = ports;
    this.#tasks = tasks;
    this.#onFault = ports.onFault ?? (() => undefined);
    this.#newId = ports.newId ?? (() => crypto.randomUUID());
    this.#ledger = ledger;
    this.#journal = new SessionJournal(ports.events, ledger, this.#onFault);
    const { sessions, folders, directory, isolation, checkpoints = createMemoryCheckpointStore() } = ports;
    this.#checkpoints = new SessionCheckpoints(checkpoints, this.#journal, this.#onFault);
    this.#live = new LiveSessions({ sessions, folders, directory, isolation, ledger, hooksOf: (sessionId) => this.#hooksOf(sessionId) });
    this.#cells = new DurableCells({ promises: ports.promises, checkpoints, ledger, append: async (sessionId, event) => this.#journal.append(sessionId, event) });
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
      await this.#journal.append(id, sessionCreated({ language, directory: directory ?? null }));
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
    await this.#journal.append(id, sessionClosed());
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
      await this.#journal.append(session.id, executionStarted(started));
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
    const session = this.#live.find(sessionId);
    if (!session) return false;
    for (let tries = 0; tries < maxBeginTries; tries += 1) {
      if (await session.cancel({ by, ...(executionId !== undefined && { executionId }) })) return true;
      // A cell whose start stands in the log is about to begin, and may be long about it where variables come back first.
      const isAboutToBegin = this.#claimed.has(session.id) && session.runningExecutionId === undefined;
      if (!isAboutToBegin) return false;
      await sleep(beginPauseMs);
    }
    return false;
  }

  /**
   * Keeps the variables of a session, so that they outlive its worker and this process.
   *
   * @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND, HOLDFAST_EXECUTOR_SESSION_BUSY
   */
  async checkpoint(sessionId: string): Promise<CheckpointView> {
    this.#assertOpen();
    const { session, isNew } = this.#live.open(sessionId);
    if (isNew) await this.#checkpoints.restoreNewest(session);
    return this.#checkpoints.take(session);
  }

  /**
   * Merges a checkpoint, the newest unless named, into the variables of a session; starts its worker where none runs.
   *
   * @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND, HOLDFAST_ORCHESTRATOR_CHECKPOINT_NOT_FOUND, HOLDFAST_EXECUTOR_SESSION_BUSY
   */
  async restore(sessionId: string, { checkpointId }: { checkpointId?: string } = {}): Promise<RestoreView> {
    this.#assertOpen();
    const { session } = this.#live.open(sessionId);
    return this.#checkpoints.restore(session, checkpointId);
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
    if (isNew) await this.#checkpoints.restoreNewest(session);
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
    if (result) await this.#journal.append(sessionId, executionEnded(result));
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
        await this.#journal.append(sessionId, executionEnded(interruptedResult(executionId, sessionId, `The cell could not go on: ${describe(error)}`)));
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
      await this.#journal.append(sessionId, executionEnded(result));
    }
  }

  /** What the log is told of a session, and what a cell of it asks a person. */
  #hooksOf(sessionId: string): SessionHooks {
    return {
      onOutput: (output) => this.#journal.keepOutput(sessionId, executionOutput(output)),
      onInput: async (request, { signal }) =>
        askPerson(this.#questions, { promiseId: this.#asked.next(request), request }, {
          signal,
          announce: ({ promiseId }) => this.#journal.keep(sessionId, inputRequested({ promiseId, executionId: request.executionId, prompt: request.prompt, secret: request.secret })),
        }),
    };
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

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The execution whose cell asks. */
function executionOf(data: JsonValue): string | undefined {
  const executionId: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'executionId') : undefined;
  return typeof executionId === 'string' ? executionId : undefined;
}

function notPending(promiseId: string): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING', `Cannot answer promise "${promiseId}": it does not wait for an answer`);
}
