import type { Durability } from '../store/sqlite/durability.ts';
import type { PromiseStoreTime } from '../store/promise-store.ts';

/** Where promises are kept. */
export type OpenPromisesOptions = MemoryPromisesOptions | LocalPromisesOptions | RemotePromisesOptions;

/** In this process alone, for tests. */
export interface MemoryPromisesOptions extends EngineOptions {
  readonly mode: 'memory';
}

/** In one file that this process owns. */
export interface LocalPromisesOptions extends EngineOptions {
  readonly mode: 'local';
  /** Made when it does not exist. Its folder has to exist. */
  readonly path: string;
  /** @default 'power' */
  readonly durability?: Durability;
}

/** On a Resonate server that several processes share. */
export interface RemotePromisesOptions extends EngineOptions {
  readonly mode: 'remote';
  readonly url: string;
  readonly token?: string;
  /** Processes of one group share the work. @default 'default' */
  readonly group?: string;
}

export interface EngineOptions extends PromiseStoreTime {
  /** How long a run whose process stopped answering stays with it. @default 60_000 */
  readonly leaseMs?: number;
  /** After this many passes without progress a run ends with `HOLDFAST_PROMISES_POISONED`. @default 8 */
  readonly maxAttempts?: number;
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
  /** What nobody waits for and somebody should know. @default nothing */
  readonly onEvent?: (event: PromisesEvent) => void;
}

export type PromisesEvent =
  /** A run was given up. */
  | { readonly type: 'run-poisoned'; readonly runId: string; readonly attempts: number; readonly message: string }
  /** A pass of a run failed and will be repeated after the delay. */
  | { readonly type: 'run-retried'; readonly runId: string; readonly attempt: number; readonly delayMs: number }
  /** The backend sent something that is no message of the protocol. */
  | { readonly type: 'message-dropped'; readonly reason: string }
  /** The backend could not be reached; it is tried again. */
  | { readonly type: 'backend-unavailable'; readonly message: string };
