import type { CheckpointData, SkippedEntry } from '@holdfast/protocol';
import type { WorkerExit } from '../process/worker-process.ts';
import type { ExecutionResult } from './execution-result.ts';
import type { SessionOutput } from './session-options.ts';

/** What a session tells of itself. */
export interface SessionEvents {
  /** A worker is ready to take cells: the first one, or one that follows a lost one. */
  readonly ready: { readonly pid: number };
  readonly output: SessionOutput;
  /** An execution ended, however it did. */
  readonly result: ExecutionResult;
  /** The worker process is gone. The session is not, unless it was closed. */
  readonly exit: WorkerExit & { readonly pid: number };
  /** Three heartbeats in a row did not come. The worker may be paused; it is not taken to be dead. */
  readonly unhealthy: { readonly silentMs: number };
  /** A heartbeat came after the worker was unhealthy. */
  readonly healthy: object;
  readonly checkpoint: { readonly checkpoint: CheckpointData; readonly skipped: readonly SkippedEntry[] };
  /** Variables of a checkpoint came into the worker, asked for or because it follows a lost one. */
  readonly restore: { readonly checkpointId: string; readonly restored: readonly string[]; readonly skipped: readonly SkippedEntry[] };
  /** The session was idle for so long that its worker was ended. The next cell starts one and restores the checkpoint. */
  readonly suspend: { readonly checkpointId: string; readonly skipped: readonly SkippedEntry[] };
}

export type SessionEventName = keyof SessionEvents;
export type SessionListener<Name extends SessionEventName> = (event: SessionEvents[Name]) => void;

/** Tells listeners of events, in the order in which they came; one that throws stops nobody. */
export class SessionEmitter {
  readonly #listeners: { [Name in SessionEventName]?: Set<SessionListener<Name>> } = {};
  readonly #onFailure: (listener: string, error: unknown) => void;

  constructor(onFailure: (listener: string, error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Adds a listener and gives what removes it. */
  on<Name extends SessionEventName>(name: Name, listener: SessionListener<Name>): () => void {
    const added: SessionListener<Name> = (event) => listener(event);
    const listeners: Set<SessionListener<Name>> = this.#listeners[name] ?? new Set();
    Object.assign(this.#listeners, { [name]: listeners });
    listeners.add(added);
    return () => void listeners.delete(added);
  }

  emit<Name extends SessionEventName>(name: Name, event: SessionEvents[Name]): void {
    for (const listener of this.#listeners[name] ?? []) void this.guard(name, listener, event);
  }

  /** Calls a callback of the caller, whose exceptions are no reason to stop. Gives what settles when it is done, where it takes its time. */
  guard<Value>(name: string, callback: ((value: Value) => unknown) | undefined, value: Value): Promise<void> | undefined {
    try {
      const pending = callback?.(value);
      if (pending instanceof Promise) return pending.then(() => undefined, (error: unknown) => this.#onFailure(name, error));
    } catch (error) {
      this.#onFailure(name, error);
    }
    return undefined;
  }
}
