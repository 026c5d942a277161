import { createMessage, isHoldfastError, type CheckpointData, type Completion, type Message, type MessageOf, type MessageType, type NamespaceEntry, type SkippedEntry } from '@holdfast/protocol';
import { executorError } from '../errors.ts';
import type { StartWorker, WorkerEvents, WorkerExit, WorkerOptions, WorkerProcess } from '../process/worker-process.ts';
import type { Clock } from './clock.ts';
import { HeartbeatMonitor } from './heartbeat-monitor.ts';
import type { SessionEmitter } from './session-events.ts';

export interface WorkerKeeperOptions {
  readonly sessionId: string;
  readonly worker: WorkerOptions;
  readonly heartbeat: { readonly intervalMs: number; readonly missedLimit: number };
  readonly start: StartWorker;
  readonly clock: Clock;
  readonly events: SessionEmitter;
  readonly listener: WorkerEvents;
  /** What a new worker is told first, if anything. */
  readonly greet: () => Message | undefined;
  /** Called before anybody else hears that the worker is gone. */
  readonly onExit: (exit: WorkerExit) => void;
}

export interface Checkpoint {
  readonly checkpoint: CheckpointData;
  /** The names that it holds. */
  readonly kept: readonly string[];
  /** The names that it could not hold, and why. */
  readonly skipped: readonly SkippedEntry[];
}

/** What became of the names of a session that was cleared. */
export interface ClearedNames {
  readonly cleared: readonly string[];
  /** Names that would not go. */
  readonly kept: readonly string[];
}

export interface Restore {
  readonly restored: readonly string[];
  readonly skipped: readonly SkippedEntry[];
}

/** How a worker fares, by its own account. */
export interface WorkerHealth {
  /** False while heartbeats stay away; a paused worker is not dead. */
  readonly isHealthy: boolean;
  readonly lastHeartbeat?: { readonly memoryUsage: number; readonly cpuPercent: number; readonly namespaceSize: number };
}

/** Sees that a session has a worker when it needs one, with the variables of the last checkpoint after one was lost. */
export class WorkerKeeper {
  readonly #options: WorkerKeeperOptions;
  #worker: WorkerProcess | undefined;
  #starting: Promise<WorkerProcess> | undefined;
  #monitor: HeartbeatMonitor | undefined;
  #lastHeartbeat: WorkerHealth['lastHeartbeat'];
  /** What the next worker begins with. */
  #checkpoint: CheckpointData | undefined;
  #isClosed = false;

  constructor(options: WorkerKeeperOptions) {
    this.#options = options;
  }

  get worker(): WorkerProcess | undefined {
    return this.#worker;
  }

  get isStarting(): boolean {
    return this.#starting !== undefined;
  }

  get hasCheckpoint(): boolean {
    return this.#checkpoint !== undefined;
  }

  get health(): WorkerHealth {
    return { isHealthy: this.#monitor?.isSilent !== true, ...(this.#lastHeartbeat && { lastHeartbeat: this.#lastHeartbeat }) };
  }

  /** The worker, started and restored where none runs. Calls at the same time share one start. */
  async ensure(): Promise<WorkerProcess> {
    if (this.#worker?.connection.isClosed) await this.#worker.exited; // it is about to
    if (this.#worker && !this.#starting) return this.#worker;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Hears a heartbeat. */
  beat({ memoryUsage, cpuPercent, namespaceSize }: MessageOf<'heartbeat'>): void {
    this.#lastHeartbeat = { memoryUsage, cpuPercent, namespaceSize };
    this.#monitor?.beat();
  }

  /** Expects no heartbeat while nobody reads what the worker sends; gives what expects them again. */
  pauseWatch(): () => void {
    const monitor = this.#monitor;
    monitor?.stop();
    return () => {
      if (monitor === this.#monitor) monitor?.beat();
    };
  }

  /** The names that user code made; none where neither a worker nor a checkpoint has any. */
  async listNames(): Promise<readonly NamespaceEntry[]> {
    if (!this.#worker && !this.#checkpoint) return [];
    const { names } = await this.#request(await this.ensure(), createMessage('namespace-query', {}), 'namespace-listing');
    return names;
  }

  /** How a text may go on; by no names where nothing runs that has some. */
  async complete(code: string): Promise<Completion> {
    const { start, candidates } = await this.#request(await this.ensure(), createMessage('completion-query', { code }), 'completion-listing');
    return { start, candidates };
  }

  /** Lets go of every name; there is nothing to go back to then. */
  async clearNames(): Promise<ClearedNames> {
    this.#checkpoint = undefined;
    if (!this.#worker) return { cleared: [], kept: [] };
    const { cleared, kept } = await this.#request(await this.ensure(), createMessage('namespace-clear', {}), 'namespace-cleared');
    return { cleared, kept };
  }

  async checkpoint(): Promise<Checkpoint> {
    const worker = await this.ensure();
    const message = createMessage('checkpoint', { checkpointId: crypto.randomUUID() });
    const { checkpoint, kept, skipped } = await this.#request(worker, message, 'checkpoint-taken');
    this.#checkpoint = checkpoint;
    this.#options.events.emit('checkpoint', { checkpoint, skipped });
    return { checkpoint, kept, skipped };
  }

  async restore(checkpoint: CheckpointData): Promise<Restore> {
    const worker = await this.ensure();
    const restored = await this.#restoreInto(worker, checkpoint);
    this.#checkpoint = checkpoint;
    return restored;
  }

  /** Ends the worker and everything it started. Idempotent. */
  async end(): Promise<void> {
    const worker = this.#worker;
    worker?.signal('SIGKILL');
    await worker?.exited;
  }

  /** Ends the worker, also one that starts just now, and starts none again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.end();
    await this.#starting?.catch(() => undefined); // whoever waits for the start hears of it
  }

  async #start(): Promise<WorkerProcess> {
    const { start, worker: options, listener, events } = this.#options;
    const worker = await start(options);
    if (this.#isClosed) {
      worker.signal('SIGKILL');
      await worker.exited;
      throw executorError('HOLDFAST_EXECUTOR_SESSION_CLOSED', `Cannot use session "${this.#options.sessionId}": it is closed`);
    }
    this.#worker = worker;
    this.#monitor = this.#watch();
    worker.listen(listener);
    void worker.exited.then((exit) => this.#onExit(worker, exit));
    const greeting = this.#options.greet();
    if (greeting) await worker.connection.send(greeting);
    const checkpoint = this.#checkpoint;
    if (checkpoint) await this.#restoreAgain(worker, checkpoint);
    events.emit('ready', { pid: worker.pid });
    return worker;
  }

  /** A checkpoint that cannot be restored is told of once and then left, or the session could never go on. */
  async #restoreAgain(worker: WorkerProcess, checkpoint: CheckpointData): Promise<void> {
    try {
      await this.#restoreInto(worker, checkpoint);
    } catch (error) {
      if (!isHoldfastError(error, 'HOLDFAST_EXECUTOR_WORKER_DIED')) this.#checkpoint = undefined;
      throw error;
    }
  }

  async #restoreInto(worker: WorkerProcess, checkpoint: CheckpointData): Promise<Restore> {
    const { restored, skipped } = await this.#request(worker, createMessage('restore', { checkpoint }), 'restored');
    this.#options.events.emit('restore', { checkpointId: checkpoint.checkpointId, restored, skipped });
    return { restored, skipped };
  }

  /** Asks the worker; when it dies first, the error says so. */
  async #request<Type extends MessageType>({ connection }: WorkerProcess, message: Message, answer: Type): Promise<MessageOf<Type>> {
    try {
      return await connection.request(message, answer);
    } catch (cause) {
      if (!isHoldfastError(cause, 'HOLDFAST_PROTOCOL_TRANSPORT_CLOSED')) throw cause;
      throw executorError('HOLDFAST_EXECUTOR_WORKER_DIED', `Cannot answer "${message.type}": the worker of session "${this.#options.sessionId}" died`, { cause });
    }
  }

  #watch(): HeartbeatMonitor {
    const { clock, events, heartbeat } = this.#options;
    return new HeartbeatMonitor({
      clock,
      ...heartbeat,
      onSilent: (silentMs) => events.emit('unhealthy', { silentMs }),
      onHeard: () => events.emit('healthy', {}),
    });
  }

  #onExit(worker: WorkerProcess, exit: WorkerExit): void {
    this.#monitor?.stop();
    this.#monitor = undefined;
    this.#worker = undefined;
    this.#options.onExit(exit);
    this.#options.events.emit('exit', { ...exit, pid: worker.pid });
  }
}
