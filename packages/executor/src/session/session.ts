import { randomUUID } from 'node:crypto';
import { createMessage, isHoldfastError, type CheckpointData, type Completion, type Language, type MessageOf, type NamespaceEntry } from '@holdfast/protocol';
import { listenForCancellation } from '../cancellation/listen-for-cancellation.ts';
import { stopExecution } from '../cancellation/stop-execution.ts';
import { resolveTimeoutMs, type ExecutorConfig } from '../config/executor-config.ts';
import { elapsedMs } from '../elapsed.ts';
import { executorError } from '../errors.ts';
import type { IsolationLevel } from '../process/isolation-level.ts';
import { startWorker, type WorkerExit, type WorkerProcess } from '../process/worker-process.ts';
import { systemClock, type Clock } from './clock.ts';
import { QuestionDesk } from './question-desk.ts';
import { outcomeOf, type EndMessage, type ExecutionResult } from './execution-result.ts';
import { IdleWatch } from './idle-watch.ts';
import { lostWorkerError } from './lost-worker.ts';
import { measureResult } from './measure-result.ts';
import { noMetrics, type Metrics } from './metrics.ts';
import { OutputFlow } from './output-flow.ts';
import { OutputBuffer } from './output-buffer.ts';
import { Router, type Interceptor, type Routes, type RoutingMetrics } from './router.ts';
import { SessionEmitter, type SessionEventName, type SessionListener } from './session-events.ts';
import { cancelledEarly, withNotes, type Cancellation, type RunningExecution } from './running-execution.ts';
import { resolveSessionOptions, type ExecuteOptions, type SessionOptions, type SessionOutput, type SessionParts } from './session-options.ts';
import { stayAwake, wakefulMs } from '../stay-awake.ts';
import { WarningLimiter } from './session-warning.ts';
import { WorkerKeeper, type Checkpoint, type ClearedNames, type Restore, type WorkerHealth } from './worker-keeper.ts';

/**
 * `busy`: a cell runs, or a checkpoint is taken or restored. `suspended`: no worker runs; the next cell starts one.
 */
export type SessionState = 'starting' | 'ready' | 'busy' | 'suspended' | 'closed';

/**
 * A place that runs cells one after the other in one worker process and keeps their variables.
 * Create it with {@link createSession}.
 *
 * Its methods may be called at the same time: one cell, checkpoint, restore or clearing has the worker, and another is
 * refused with an error, not queued. `cancel`, `listNames`, `offerCapabilities` and `close` are safe at any moment. What
 * background work of earlier cells does to variables while a cell runs is not fenced.
 */
export class Session {
  readonly id: string;
  readonly language: Language;
  readonly createdAt = new Date();
  readonly #options: SessionOptions;
  readonly #config: ExecutorConfig;
  readonly #metrics: Metrics;
  readonly #flow: OutputFlow;
  readonly #clock: Clock;
  readonly #warnings: WarningLimiter;
  readonly #events: SessionEmitter;
  readonly #router: Router;
  readonly #keeper: WorkerKeeper;
  readonly #questions: QuestionDesk;
  readonly #idleWatch: IdleWatch;
  #execution: RunningExecution | undefined;
  #isCheckpointing = false;
  #isClosed = false;
  #cells = 0;

  constructor(options: SessionOptions = {}, { startWorker: start = startWorker, clock = systemClock }: SessionParts = {}) {
    const config = resolveSessionOptions(options);
    const { interceptorBudgetMs, maxRoutingConcurrency, inputTimeoutMs, capabilityTimeoutMs } = config;
    const { onWarning = () => undefined, metrics = noMetrics } = options;
    this.#options = options;
    this.#config = config;
    this.#metrics = metrics;
    this.#clock = clock;
    this.id = options.sessionId ?? randomUUID();
    this.language = options.language ?? 'typescript';
    this.#warnings = new WarningLimiter(this.id, () => clock.now(), onWarning);
    this.#events = new SessionEmitter((listener, error) => this.#warnings.warn({ kind: 'failed-listener', listener, error }, listener));
    this.#router = new Router(this.#routes(), { sessionId: this.id, clock, warnings: this.#warnings, interceptorBudgetMs, maxRoutingConcurrency });
    this.#flow = new OutputFlow({
      maxPendingCharacters: config.maxPendingOutputCharacters,
      tell: (listener, output) => this.#events.guard('onOutput', listener, output),
      onPending: (characters) => metrics.gauge('output.pendingCharacters', characters),
    });
    this.#questions = new QuestionDesk({
      sessionId: this.id,
      clock,
      onInput: options.onInput,
      capabilities: options.capabilities,
      inputTimeoutMs,
      capabilityTimeoutMs,
      reply: async (message) => this.#keeper.worker?.connection.send(message),
    });
    this.#idleWatch = new IdleWatch({ afterMs: config.idleTimeoutMs, clock, onIdle: async () => this.#suspend() });
    this.#keeper = new WorkerKeeper({
      sessionId: this.id,
      worker: options,
      heartbeat: { intervalMs: config.heartbeatIntervalMs, missedLimit: config.missedHeartbeats },
      start,
      clock,
      events: this.#events,
      listener: {
        onMessage: (message) => {
          this.#router.route(message);
          return this.#waitForRoom();
        },
        onText: (stream, text) => {
          this.#emitOutput({ ...this.#current, stream, text, late: this.#execution === undefined });
          return this.#waitForRoom();
        },
      },
      greet: () => {
        metrics.count('workers.started');
        return this.#questions.offerMessage;
      },
      onExit: (exit) => this.#onExit(exit),
    });
  }

  get state(): SessionState {
    if (this.#isClosed) return 'closed';
    if (this.#keeper.isStarting) return 'starting';
    if (this.#isBusy) return this.#keeper.worker ? 'busy' : 'starting';
    return this.#keeper.worker ? 'ready' : 'suspended';
  }

  /** The process id of the worker, while there is one. */
  get pid(): number | undefined {
    return this.#keeper.worker?.pid;
  }

  /** How far its workers are locked in. A level that does not work here starts none, so this is never a wish. */
  get isolation(): IsolationLevel {
    return this.#options.isolation ?? 'process';
  }

  get runningExecutionId(): string | undefined {
    return this.#execution?.executionId;
  }

  get health(): WorkerHealth {
    return this.#keeper.health;
  }

  /** How the messages of the worker fare on their way through the session. */
  get routing(): RoutingMetrics {
    return this.#router.metrics;
  }

  /** Listens for an event and gives what ends it. A listener that throws is reported as a warning and stops nobody. */
  on<Name extends SessionEventName>(name: Name, listener: SessionListener<Name>): () => void {
    return this.#events.on(name, listener);
  }

  /** Shows the messages of the worker to an interceptor, all but answers to requests, and gives what ends it. */
  intercept(interceptor: Interceptor): () => void {
    return this.#router.intercept(interceptor);
  }

  /**
   * Runs a cell. What user code throws is in the result; this rejects only when the cell could not be run.
   *
   * @throws HOLDFAST_EXECUTOR_SESSION_BUSY, HOLDFAST_EXECUTOR_SESSION_CLOSED, HOLDFAST_EXECUTOR_WORKER_START_FAILED, RangeError or TypeError for a time limit that makes no sense
   */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecutionResult> {
    this.#assertFree('run a cell');
    const timeoutMs = resolveTimeoutMs(options.timeoutMs ?? this.#config.executionTimeoutMs);
    const execution: RunningExecution = {
      executionId: options.executionId ?? randomUUID(),
      code,
      requestedAt: performance.now(),
      output: new OutputBuffer(this.#config.maxOutputCharacters),
      options,
      timeoutMs,
      ended: Promise.withResolvers(),
      mode: 'unknown',
      warnings: [],
    };
    this.#execution = execution;
    this.#idleWatch.end();
    try {
      const result = await this.#run(execution);
      this.#execution = undefined;
      measureResult(this.#metrics, result);
      this.#events.emit('result', result);
      return result;
    } finally {
      this.#execution = undefined;
      this.#flow.lift(false);
      this.#waitForIdleness();
    }
  }

  /** Stops the running execution, or the named one if it is that. Idempotent; false when it did not run. */
  async cancel({ executionId, by = 'user' }: { executionId?: string; by?: string } = {}): Promise<boolean> {
    const execution = this.#execution;
    if (!execution || (executionId !== undefined && executionId !== execution.executionId)) return false;
    await this.#stop(execution, by);
    return true;
  }

  /** Lets cells ask for more capabilities, each name with a sentence on what it is for. A cell that runs can use them too. */
  async offerCapabilities(names: Readonly<Record<string, string>>): Promise<void> {
    this.#assertOpen();
    this.#questions.offer(names);
    const offer = this.#questions.offerMessage;
    if (offer) await this.#keeper.worker?.connection.send(offer);
  }

  /** The names that user code made. Answers when the running cell lets the worker answer. */
  async listNames(): Promise<readonly NamespaceEntry[]> {
    return this.#look(async () => this.#keeper.listNames());
  }

  /**
   * How code may go on at its end: names of the session and of the platform, members of what a chain of names leads to,
   * modules inside of an import. No getter and no proxy is asked. Answers when the running cell lets the worker answer.
   *
   * @throws HOLDFAST_EXECUTOR_SESSION_CLOSED, HOLDFAST_EXECUTOR_WORKER_DIED
   */
  async complete(code: string): Promise<Completion> {
    return this.#look(async () => this.#keeper.complete(code));
  }

  /**
   * Keeps the variables as bytes that {@link restore} takes, in this session or another one. The session remembers the
   * last one and restores it by itself when its worker is lost.
   *
   * @throws HOLDFAST_EXECUTOR_SESSION_BUSY, HOLDFAST_EXECUTOR_SESSION_CLOSED, HOLDFAST_EXECUTOR_WORKER_DIED
   */
  async checkpoint(): Promise<Checkpoint> {
    return this.#exclusively('take a checkpoint', async () => this.#keeper.checkpoint());
  }

  /**
   * Merges the variables of a checkpoint into those that are there.
   *
   * @throws HOLDFAST_EXECUTOR_SESSION_BUSY, HOLDFAST_EXECUTOR_SESSION_CLOSED, HOLDFAST_EXECUTOR_WORKER_DIED
   */
  async restore(checkpoint: CheckpointData): Promise<Restore> {
    return this.#exclusively('restore a checkpoint', async () => this.#keeper.restore(checkpoint));
  }

  /**
   * Lets go of every name that cells made, and of the last checkpoint. What the engine and the platform gave stays, and
   * the namespace is the same object as before.
   *
   * @throws HOLDFAST_EXECUTOR_SESSION_BUSY, HOLDFAST_EXECUTOR_SESSION_CLOSED, HOLDFAST_EXECUTOR_WORKER_DIED
   */
  async clearNames(): Promise<ClearedNames> {
    return this.#exclusively('clear the names', async () => this.#keeper.clearNames());
  }

  /** Starts the worker now instead of with the first cell. */
  async start(): Promise<void> {
    this.#assertOpen();
    await this.#keeper.ensure();
    this.#waitForIdleness();
  }

  /** Ends the worker and everything it started. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#idleWatch.end();
    if (this.#execution && this.#keeper.worker) {
      this.#execution.cancellation ??= this.#cancellation('shutdown');
      this.#execution.killedBy = 'sigkill';
    }
    await this.#keeper.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(execution: RunningExecution): Promise<ExecutionResult> {
    const { executionId, code, options } = execution;
    await this.#idleWatch.acting;
    const worker = await this.#keeper.ensure();
    this.#cells += 1;
    const language = options.language ?? this.language;
    const filename = options.filename ?? `cell-${this.#cells}.${language === 'typescript' ? 'ts' : 'js'}`;

    if (options.signal?.aborted) execution.cancellation ??= this.#cancellation('signal');
    if (execution.cancellation) execution.ended.resolve(cancelledEarly(execution.cancellation.by));
    const stopListening = listenForCancellation({ timeoutMs: execution.timeoutMs, signal: options.signal }, (by) => void this.#stop(execution, by));
    const sleep = stayAwake(wakefulMs);
    try {
      // Half a surrogate pair has no form in UTF-8, so it becomes U+FFFD here, where that moves no position.
      if (!execution.cancellation) await this.#begin(execution, worker, createMessage('execution', { executionId, code: code.toWellFormed(), language, filename }));
      const outcome = withNotes(await execution.ended.promise, execution, { snippetCharacters: this.#config.snippetCharacters, now: this.#clock.now() });
      const outputPending = !(await this.#flow.drainsWithin(this.#config.drainTimeoutMs, this.#clock));
      if (outputPending) this.#warnings.warn({ kind: 'output-drain-timeout', executionId, drainTimeoutMs: this.#config.drainTimeoutMs });
      return {
        executionId,
        sessionId: this.id,
        mode: execution.mode,
        ...outcome,
        ...execution.output.fields,
        ...(outputPending && { outputPending }),
        queuedTimeMs: elapsedMs(execution.requestedAt, execution.startedAt ?? execution.requestedAt),
      };
    } finally {
      sleep();
      stopListening();
    }
  }

  /** Hands a cell to the worker, whose exit ends it from then on. */
  async #begin(execution: RunningExecution, worker: WorkerProcess, message: MessageOf<'execution'>): Promise<void> {
    execution.isBegun = true;
    try {
      await worker.connection.send(message);
    } catch (error) {
      if (!isHoldfastError(error, 'HOLDFAST_PROTOCOL_TRANSPORT_CLOSED')) throw error;
      this.#endAsLost(execution, await worker.exited);
    }
  }

  async #stop(execution: RunningExecution, by: string): Promise<void> {
    const { worker } = this.#keeper;
    execution.cancellation ??= this.#cancellation(by);
    this.#flow.lift(true); // its end comes behind its output
    this.#questions.cancel(execution.executionId);
    if (!worker) return;
    const { killGraceMs, termGraceMs } = this.#config;
    await stopExecution(execution.ended.promise, {
      askGraceMs: killGraceMs,
      termGraceMs,
      ask: async () => worker.connection.send(createMessage('cancel', { executionId: execution.executionId, by })),
      signal: (signal) => {
        execution.killedBy = signal === 'SIGTERM' ? 'sigterm' : 'sigkill';
        worker.signal(signal);
      },
    });
  }

  #cancellation(by: string): Cancellation {
    return { by, requestedAt: this.#clock.now() };
  }

  /** Has whoever reads the worker wait while too much output waits for a listener. */
  #waitForRoom(): Promise<void> | undefined {
    const { room } = this.#flow;
    if (!room) return undefined;
    const watchAgain = this.#keeper.pauseWatch();
    return room.then(watchAgain);
  }

  async #exclusively<Answer>(what: string, act: () => Promise<Answer>): Promise<Answer> {
    this.#assertFree(what);
    this.#isCheckpointing = true;
    this.#idleWatch.end();
    try {
      await this.#idleWatch.acting;
      return await act();
    } finally {
      this.#isCheckpointing = false;
      this.#waitForIdleness();
    }
  }

  /** Asks the worker without having it for itself, which may have started one. */
  async #look<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    this.#assertOpen();
    try {
      return await ask();
    } finally {
      if (!this.#isBusy) this.#waitForIdleness();
    }
  }

  #waitForIdleness(): void {
    if (!this.#isClosed) this.#idleWatch.begin();
  }

  /** Ends the worker when its variables are kept and nobody came for them meanwhile. */
  async #suspend(): Promise<void> {
    if (this.#isBusy || !this.#keeper.worker) return;
    try {
      const { checkpoint, skipped } = await this.#keeper.checkpoint();
      if (this.#isBusy || this.#isClosed) return;
      await this.#keeper.end();
      this.#events.emit('suspend', { checkpointId: checkpoint.checkpointId, skipped });
    } catch (error) {
      if (this.#isClosed) return;
      this.#warnings.warn({ kind: 'failed-checkpoint', error });
      this.#waitForIdleness();
    }
  }

  get #isBusy(): boolean {
    return this.#execution !== undefined || this.#isCheckpointing;
  }

  get #current(): { executionId?: string } {
    return this.#execution ? { executionId: this.#execution.executionId } : {};
  }

  #routes(): Routes {
    // What the cell's children wrote is there before its end, on a pipe that is read within the same turn.
    const end = (message: EndMessage): void => void setImmediate(() => this.#find(message)?.ended.resolve(outcomeOf(message)));
    return {
      heartbeat: (message) => this.#keeper.beat(message),
      output: (message) => this.#emitOutput(outputOf(message)),
      'input-request': (message) => {
        this.#metrics.count('questions.input');
        void this.#questions.input(message);
      },
      'capability-request': (message) => {
        this.#metrics.count('questions.capability');
        void this.#questions.capability(message);
      },
      'execution-start': (message) => {
        const execution = this.#find(message);
        if (!execution) return;
        execution.mode = message.mode;
        execution.startedAt = performance.now();
        for (const [name, by] of Object.entries(message.counts ?? {})) this.#metrics.count(name, by);
        execution.warnings = message.warnings ?? [];
        for (const warning of execution.warnings) this.#warnings.warn({ executionId: execution.executionId, ...warning }, warning.name);
        void this.#events.guard('onStart', execution.options.onStart, message.mode);
      },
      result: end,
      error: end,
      cancelled: end,
      busy: (message) => {
        const error = executorError('HOLDFAST_EXECUTOR_SESSION_BUSY', `Cannot run a cell in session "${this.id}": its worker is busy`);
        this.#find(message)?.ended.reject(error);
      },
    };
  }

  /** The execution that a message belongs to, while it runs. */
  #find({ executionId }: { readonly executionId: string }): RunningExecution | undefined {
    return this.#execution?.executionId === executionId ? this.#execution : undefined;
  }

  #emitOutput(output: SessionOutput): void {
    const execution = output.executionId === undefined ? undefined : this.#find({ executionId: output.executionId });
    execution?.output.add(output.stream, output.text);
    const listeners = [execution?.options.onOutput, this.#options.onOutput, this.#emit].filter((listener) => listener !== undefined);
    this.#flow.deliver(output, listeners);
  }

  readonly #emit = (output: SessionOutput): void => this.#events.emit('output', output);

  #onExit(exit: WorkerExit): void {
    this.#metrics.count('workers.ended');
    this.#questions.cancelAll();
    if (this.#execution?.isBegun) this.#endAsLost(this.#execution, exit);
  }

  #endAsLost(execution: RunningExecution, exit: WorkerExit): void {
    const executionTimeMs = elapsedMs(execution.startedAt ?? execution.requestedAt);
    const ended = { value: null, repr: '', executionTimeMs };
    if (execution.cancellation && execution.killedBy) {
      const cancelled = { by: execution.cancellation.by, step: execution.killedBy, namespaceKept: false };
      execution.ended.resolve({ ...ended, status: 'cancelled', cancelled });
      return;
    }
    const { maxHeapMegabytes } = this.#config;
    execution.ended.resolve({ ...ended, status: 'error', error: lostWorkerError(exit, { maxHeapMegabytes, isRestored: this.#keeper.hasCheckpoint }) });
  }

  #assertFree(what: string): void {
    this.#assertOpen();
    if (!this.#isBusy) return;
    throw executorError('HOLDFAST_EXECUTOR_SESSION_BUSY', `Cannot ${what} in session "${this.id}": it is busy`, {
      data: { sessionId: this.id, runningExecutionId: this.#execution?.executionId ?? null },
    });
  }

  #assertOpen(): void {
    if (this.#isClosed) throw executorError('HOLDFAST_EXECUTOR_SESSION_CLOSED', `Cannot use session "${this.id}": it is closed`);
  }
}

/** Creates a session and waits until its worker is ready. */
export async function createSession(options: SessionOptions = {}, parts: SessionParts = {}): Promise<Session> {
  const session = new Session(options, parts);
  await session.start();
  return session;
}

function outputOf({ executionId, stream, text, late }: MessageOf<'output'>): SessionOutput {
  return { ...(executionId !== undefined && { executionId }), stream, text, late };
}
