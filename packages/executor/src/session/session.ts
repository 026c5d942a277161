import { randomUUID } from 'node:crypto';
import { createMessage, type CheckpointData, type ExecutionMode, type Language, type MessageOf, type NamespaceEntry } from '@holdfast/protocol';
import { stopExecution } from '../cancellation/stop-execution.ts';
import { executorError } from '../errors.ts';
import { startWorker, type WorkerExit } from '../process/worker-process.ts';
import { systemClock, type Clock } from './clock.ts';
import { QuestionDesk } from './question-desk.ts';
import { outcomeOf, type EndMessage, type ExecutionResult, type Outcome } from './execution-result.ts';
import { lostWorkerError } from './lost-worker.ts';
import { OutputBuffer } from './output-buffer.ts';
import { Router, type Interceptor, type Routes, type RoutingMetrics } from './router.ts';
import { SessionEmitter, type SessionEventName, type SessionListener } from './session-events.ts';
import { checkSessionOptions, type ExecuteOptions, type SessionOptions, type SessionOutput, type SessionParts } from './session-options.ts';
import { WarningLimiter } from './session-warning.ts';
import { WorkerKeeper, type Checkpoint, type Restore, type WorkerHealth } from './worker-keeper.ts';

/**
 * `busy`: a cell runs, or a checkpoint is taken or restored. `suspended`: no worker runs; the next cell starts one.
 */
export type SessionState = 'starting' | 'ready' | 'busy' | 'suspended' | 'closed';

/** An execution under way. */
interface Execution {
  readonly executionId: string;
  readonly requestedAt: number;
  readonly output: OutputBuffer;
  readonly options: ExecuteOptions;
  readonly ended: PromiseWithResolvers<Outcome>;
  mode: ExecutionMode;
  startedAt?: number;
  cancelledBy?: string;
  /** The signal that this side had to send, when the worker did not end the cell itself. */
  killedBy?: 'sigterm' | 'sigkill';
}

/**
 * A place that runs cells one after the other in one worker process and keeps their variables.
 * Create it with {@link createSession}.
 */
export class Session {
  readonly id: string;
  readonly language: Language;
  readonly createdAt = new Date();
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #warnings: WarningLimiter;
  readonly #events: SessionEmitter;
  readonly #router: Router;
  readonly #keeper: WorkerKeeper;
  readonly #questions: QuestionDesk;
  #execution: Execution | undefined;
  #isCheckpointing = false;
  #isClosed = false;
  #cells = 0;
  /** Stops the wait for the idle time-out. */
  #stopIdling: () => void = () => undefined;
  /** Settles when an idle session has taken its checkpoint, and was suspended or went on. */
  #suspending: Promise<void> | undefined;

  constructor(options: SessionOptions = {}, { startWorker: start = startWorker, clock = systemClock }: SessionParts = {}) {
    checkSessionOptions(options);
    const { interceptorBudgetMs = 10, maxRoutingConcurrency = Infinity, onWarning = () => undefined } = options;
    this.#options = options;
    this.#clock = clock;
    this.id = options.sessionId ?? randomUUID();
    this.language = options.language ?? 'typescript';
    this.#warnings = new WarningLimiter(this.id, () => clock.now(), onWarning);
    this.#events = new SessionEmitter((listener, error) => this.#warnings.warn({ kind: 'failed-listener', listener, error }, listener));
    this.#router = new Router(this.#routes(), { sessionId: this.id, clock, warnings: this.#warnings, interceptorBudgetMs, maxRoutingConcurrency });
    this.#questions = new QuestionDesk({
      sessionId: this.id,
      clock,
      onInput: options.onInput,
      capabilities: options.capabilities,
      inputTimeoutMs: options.inputTimeoutMs ?? 300_000,
      capabilityTimeoutMs: options.capabilityTimeoutMs ?? 30_000,
      reply: (message) => void this.#keeper.worker?.connection.send(message).catch(() => undefined), // its exit is heard elsewhere
    });
    this.#keeper = new WorkerKeeper({
      sessionId: this.id,
      worker: options,
      start,
      clock,
      events: this.#events,
      listener: {
        onMessage: (message) => this.#router.route(message),
        onText: (stream, text) => this.#emitOutput({ ...this.#current, stream, text, late: this.#execution === undefined }),
      },
      greet: () => this.#questions.offerMessage,
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
   * @throws HOLDFAST_EXECUTOR_SESSION_BUSY, HOLDFAST_EXECUTOR_SESSION_CLOSED, HOLDFAST_EXECUTOR_WORKER_START_FAILED
   */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecutionResult> {
    this.#assertFree('run a cell');
    const execution: Execution = {
      executionId: options.executionId ?? randomUUID(),
      requestedAt: performance.now(),
      output: new OutputBuffer(this.#options.maxOutputCharacters ?? 1 << 20),
      options,
      ended: Promise.withResolvers<Outcome>(),
      mode: 'unknown',
    };
    this.#execution = execution;
    this.#stopIdling();
    try {
      const result = await this.#run(execution, code);
      this.#execution = undefined;
      this.#events.emit('result', result);
      return result;
    } finally {
      this.#execution = undefined;
      this.#idle();
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
    this.#assertOpen();
    return this.#keeper.listNames();
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

  /** Starts the worker now instead of with the first cell. */
  async start(): Promise<void> {
    this.#assertOpen();
    await this.#keeper.ensure();
    this.#idle();
  }

  /** Ends the worker and everything it started. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopIdling();
    if (this.#execution && this.#keeper.worker) {
      this.#execution.cancelledBy ??= 'shutdown';
      this.#execution.killedBy = 'sigkill';
    }
    await this.#keeper.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(execution: Execution, code: string): Promise<ExecutionResult> {
    const { executionId, options } = execution;
    await this.#suspending;
    const worker = await this.#keeper.ensure();
    this.#cells += 1;
    const language = options.language ?? this.language;
    const filename = options.filename ?? `cell-${this.#cells}.${language === 'typescript' ? 'ts' : 'js'}`;

    if (options.signal?.aborted) execution.cancelledBy ??= 'signal';
    if (execution.cancelledBy !== undefined) execution.ended.resolve(cancelledEarly(execution.cancelledBy));
    const stopListening = this.#listenForCancellation(execution);
    try {
      // Half a surrogate pair has no form in UTF-8, so it becomes U+FFFD here, where that moves no position.
      if (execution.cancelledBy === undefined) await worker.connection.send(createMessage('execution', { executionId, code: code.toWellFormed(), language, filename }));
      const outcome = await execution.ended.promise;
      return {
        executionId,
        sessionId: this.id,
        mode: execution.mode,
        ...outcome,
        ...execution.output.fields,
        queuedTimeMs: Math.max(0, (execution.startedAt ?? execution.requestedAt) - execution.requestedAt),
      };
    } finally {
      stopListening();
    }
  }

  #listenForCancellation(execution: Execution): () => void {
    const { timeoutMs, signal } = execution.options;
    const abort = (): void => void this.#stop(execution, 'signal');
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => void this.#stop(execution, 'timeout'), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  }

  async #stop(execution: Execution, by: string): Promise<void> {
    const { worker } = this.#keeper;
    execution.cancelledBy ??= by;
    this.#questions.cancel(execution.executionId);
    if (!worker) return;
    await stopExecution(execution.ended.promise, {
      ask: async () => worker.connection.send(createMessage('cancel', { executionId: execution.executionId, by })),
      signal: (signal) => {
        execution.killedBy = signal === 'SIGTERM' ? 'sigterm' : 'sigkill';
        worker.signal(signal);
      },
    });
  }

  async #exclusively<Answer>(what: string, act: () => Promise<Answer>): Promise<Answer> {
    this.#assertFree(what);
    this.#isCheckpointing = true;
    this.#stopIdling();
    try {
      await this.#suspending;
      return await act();
    } finally {
      this.#isCheckpointing = false;
      this.#idle();
    }
  }

  /** Waits for the idle time-out, where there is one. */
  #idle(): void {
    const { idleTimeoutMs } = this.#options;
    this.#stopIdling();
    if (idleTimeoutMs === undefined || this.#isClosed) return;
    this.#stopIdling = this.#clock.schedule(() => {
      this.#suspending ??= this.#suspend().finally(() => {
        this.#suspending = undefined;
      });
    }, idleTimeoutMs);
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
      this.#idle();
    }
  }

  get #isBusy(): boolean {
    return this.#execution !== undefined || this.#isCheckpointing;
  }

  get #current(): { executionId?: string } {
    return this.#execution ? { executionId: this.#execution.executionId } : {};
  }

  #routes(): Routes {
    const end = (message: EndMessage): void => this.#find(message)?.ended.resolve(outcomeOf(message));
    return {
      heartbeat: (message) => this.#keeper.beat(message),
      output: (message) => this.#emitOutput(outputOf(message)),
      'input-request': (message) => void this.#questions.input(message),
      'capability-request': (message) => void this.#questions.capability(message),
      'execution-start': (message) => {
        const execution = this.#find(message);
        if (!execution) return;
        execution.mode = message.mode;
        execution.startedAt = performance.now();
        this.#events.guard('onStart', execution.options.onStart, message.mode);
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
  #find({ executionId }: { readonly executionId: string }): Execution | undefined {
    return this.#execution?.executionId === executionId ? this.#execution : undefined;
  }

  #emitOutput(output: SessionOutput): void {
    const execution = this.#execution;
    if (execution && output.executionId === execution.executionId) {
      execution.output.add(output.stream, output.text);
      this.#events.guard('onOutput', execution.options.onOutput, output);
    }
    this.#events.guard('onOutput', this.#options.onOutput, output);
    this.#events.emit('output', output);
  }

  #onExit(exit: WorkerExit): void {
    this.#questions.cancelAll();
    const execution = this.#execution;
    if (!execution) return;
    const executionTimeMs = performance.now() - (execution.startedAt ?? execution.requestedAt);
    const ended = { value: null, repr: '', executionTimeMs };
    if (execution.cancelledBy !== undefined && execution.killedBy) {
      const cancelled = { by: execution.cancelledBy, step: execution.killedBy, namespaceKept: false };
      execution.ended.resolve({ ...ended, status: 'cancelled', cancelled });
      return;
    }
    const { maxHeapMegabytes = 2048 } = this.#options;
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

/** What becomes of a cell that was cancelled before it was sent. */
function cancelledEarly(by: string): Outcome {
  return { status: 'cancelled', value: null, repr: '', cancelled: { by, step: 'signal', namespaceKept: true }, executionTimeMs: 0 };
}

function outputOf({ executionId, stream, text, late }: MessageOf<'output'>): SessionOutput {
  return { ...(executionId !== undefined && { executionId }), stream, text, late };
}
