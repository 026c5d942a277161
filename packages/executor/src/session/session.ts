import { randomUUID } from 'node:crypto';
import {
  createMessage,
  type ExecutionMode,
  type Language,
  type Message,
  type MessageOf,
  type NamespaceEntry,
  type OutputStream,
} from '@holdfast/protocol';
import { stopExecution } from '../cancellation/stop-execution.ts';
import { executorError } from '../errors.ts';
import { startWorker, type WorkerExit, type WorkerOptions, type WorkerProcess } from '../process/worker-process.ts';
import { isEndMessage, outcomeOf, type ExecutionResult, type Outcome } from './execution-result.ts';
import { OutputBuffer } from './output-buffer.ts';

/** `suspended`: no worker runs; the next cell starts one. */
export type SessionState = 'starting' | 'ready' | 'busy' | 'suspended' | 'closed';

export interface SessionOptions extends WorkerOptions {
  /** @default a random UUID */
  readonly sessionId?: string;
  /** What cells are written in unless they say otherwise. @default 'typescript' */
  readonly language?: Language;
  /** How much of stdout and of stderr a result holds, in characters. @default 1 048 576 */
  readonly maxOutputCharacters?: number;
  /** Everything that this session's executions write, as it comes. */
  readonly onOutput?: (output: SessionOutput) => void;
}

export interface SessionOutput {
  readonly executionId?: string;
  readonly stream: OutputStream;
  readonly text: string;
  /** Whether it came after the end of the execution that caused it. */
  readonly late: boolean;
}

export interface ExecuteOptions {
  /** @default a random UUID */
  readonly executionId?: string;
  /** @default the language of the session */
  readonly language?: Language;
  /** What stack frames call the cell, and where its imports are resolved from. @default `cell-<n>.ts` */
  readonly filename?: string;
  /** Cancels the execution after this long. @default no limit */
  readonly timeoutMs?: number;
  /** Cancels the execution when it aborts. */
  readonly signal?: AbortSignal;
  /** Called when the cell begins. */
  readonly onStart?: (mode: ExecutionMode) => void;
  /** What this execution writes, as it comes, before the result. */
  readonly onOutput?: (output: SessionOutput) => void;
}

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
  #worker: WorkerProcess | undefined;
  #execution: Execution | undefined;
  #cells = 0;
  #state: SessionState = 'suspended';

  constructor(options: SessionOptions) {
    this.#options = options;
    this.id = options.sessionId ?? randomUUID();
    this.language = options.language ?? 'typescript';
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The process id of the worker, while there is one. */
  get pid(): number | undefined {
    return this.#worker?.pid;
  }

  get runningExecutionId(): string | undefined {
    return this.#execution?.executionId;
  }

  /**
   * Runs a cell. What user code throws is in the result; this rejects only when the cell could not be run.
   *
   * @throws HOLDFAST_EXECUTOR_SESSION_BUSY, HOLDFAST_EXECUTOR_SESSION_CLOSED, HOLDFAST_EXECUTOR_WORKER_START_FAILED
   */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecutionResult> {
    this.#assertOpen();
    if (this.#execution || this.#state === 'starting') {
      throw executorError('HOLDFAST_EXECUTOR_SESSION_BUSY', `Cannot run a cell in session "${this.id}": it is busy`, {
        data: { sessionId: this.id, runningExecutionId: this.#execution?.executionId ?? null },
      });
    }
    const execution: Execution = {
      executionId: options.executionId ?? randomUUID(),
      requestedAt: performance.now(),
      output: new OutputBuffer(this.#options.maxOutputCharacters ?? 1 << 20),
      options,
      ended: Promise.withResolvers<Outcome>(),
      mode: 'unknown',
    };
    this.#execution = execution;
    try {
      return await this.#run(execution, code);
    } finally {
      this.#execution = undefined;
      if (this.#state === 'busy') this.#state = 'ready';
    }
  }

  /** Stops the running execution, or the named one if it is that. Idempotent; false when it did not run. */
  async cancel({ executionId, by = 'user' }: { executionId?: string; by?: string } = {}): Promise<boolean> {
    const execution = this.#execution;
    if (!execution || (executionId !== undefined && executionId !== execution.executionId)) return false;
    await this.#stop(execution, by);
    return true;
  }

  /** The names that user code made. Answers when the running cell lets the worker answer. */
  async listNames(): Promise<readonly NamespaceEntry[]> {
    this.#assertOpen();
    if (!this.#worker) return [];
    const { names } = await this.#worker.connection.request(createMessage('namespace-query', {}), 'namespace-listing');
    return names;
  }

  /** Starts the worker now instead of with the first cell. */
  async start(): Promise<void> {
    this.#assertOpen();
    await this.#ensureWorker();
  }

  /** Ends the worker and everything it started. Idempotent. */
  async close(): Promise<void> {
    this.#state = 'closed';
    const worker = this.#worker;
    if (!worker) return;
    if (this.#execution) {
      this.#execution.cancelledBy ??= 'shutdown';
      this.#execution.killedBy = 'sigkill';
    }
    worker.signal('SIGKILL');
    await worker.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(execution: Execution, code: string): Promise<ExecutionResult> {
    const { executionId, options } = execution;
    const worker = await this.#ensureWorker();
    this.#state = 'busy';
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
    const worker = this.#worker;
    execution.cancelledBy ??= by;
    if (!worker) return;
    await stopExecution(execution.ended.promise, {
      ask: async () => worker.connection.send(createMessage('cancel', { executionId: execution.executionId, by })),
      signal: (signal) => {
        execution.killedBy = signal === 'SIGTERM' ? 'sigterm' : 'sigkill';
        worker.signal(signal);
      },
    });
  }

  async #ensureWorker(): Promise<WorkerProcess> {
    if (this.#worker) return this.#worker;
    this.#state = 'starting';
    try {
      const worker = await startWorker(this.#options, {
        onMessage: (message) => this.#route(message),
        onText: (stream, text) => this.#emit({ ...this.#current, stream, text, late: this.#execution === undefined }),
      });
      this.#worker = worker;
      void worker.exited.then((exit) => this.#onExit(worker, exit));
    } catch (error) {
      this.#becomeSuspended();
      throw error;
    }
    // Closing while the worker started wins.
    if (this.#isClosed()) {
      this.#worker.signal('SIGKILL');
      this.#assertOpen();
    }
    this.#state = 'ready';
    return this.#worker;
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  get #current(): { executionId?: string } {
    return this.#execution ? { executionId: this.#execution.executionId } : {};
  }

  #route(message: Message): void {
    if (message.type === 'output') this.#emit(outputOf(message));
    const execution = this.#execution;
    if (!execution || !('executionId' in message) || message.executionId !== execution.executionId) return;
    if (message.type === 'execution-start') {
      execution.mode = message.mode;
      execution.startedAt = performance.now();
      execution.options.onStart?.(message.mode);
    } else if (isEndMessage(message)) {
      execution.ended.resolve(outcomeOf(message));
    } else if (message.type === 'busy') {
      execution.ended.reject(executorError('HOLDFAST_EXECUTOR_SESSION_BUSY', `Cannot run a cell in session "${this.id}": its worker is busy`));
    }
  }

  #emit(output: SessionOutput): void {
    const execution = this.#execution;
    if (execution && output.executionId === execution.executionId) {
      execution.output.add(output.stream, output.text);
      execution.options.onOutput?.(output);
    }
    this.#options.onOutput?.(output);
  }

  #onExit(worker: WorkerProcess, { code, signal }: WorkerExit): void {
    if (this.#worker === worker) this.#worker = undefined;
    this.#becomeSuspended();
    const execution = this.#execution;
    if (!execution) return;
    const executionTimeMs = performance.now() - (execution.startedAt ?? execution.requestedAt);
    const ended = { value: null, repr: '', executionTimeMs };
    if (execution.cancelledBy !== undefined && execution.killedBy) {
      const cancelled = { by: execution.cancelledBy, step: execution.killedBy, namespaceKept: false };
      execution.ended.resolve({ ...ended, status: 'cancelled', cancelled });
      return;
    }
    const message = `The worker process ended with ${signal === null ? `code ${String(code)}` : signal} while the cell ran; its variables are lost`;
    execution.ended.resolve({ ...ended, status: 'error', error: { name: 'WorkerDied', message, stack: '', notes: [] } });
  }

  #becomeSuspended(): void {
    if (!this.#isClosed()) this.#state = 'suspended';
  }

  #assertOpen(): void {
    if (this.#isClosed()) throw executorError('HOLDFAST_EXECUTOR_SESSION_CLOSED', `Cannot use session "${this.id}": it is closed`);
  }
}

/** Creates a session and waits until its worker is ready. */
export async function createSession(options: SessionOptions = {}): Promise<Session> {
  const session = new Session(options);
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
