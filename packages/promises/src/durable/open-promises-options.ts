import type { Durability } from '../store/sqlite/durability.ts';
import type { PromiseStoreTime } from '../store/promise-store.ts';
import { inPieces, setUnreferencedTimer } from '../store/timer.ts';

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

/** Where several processes share them: at a Resonate server, or in a PostgreSQL database. */
export interface RemotePromisesOptions extends EngineOptions {
  readonly mode: 'remote';
  /**
   * `https://…` of a server, or `postgres://user:password@host/database` of PostgreSQL 14 or newer, where tables are made.
   * Install the driver `pg` beside this package for the latter.
   */
  readonly url: string;
  /** For a server. */
  readonly token?: string;
  /** Processes of one group share the work. @default 'default' */
  readonly group?: string;
  /**
   * For a database: which schema holds the tables; it is made where it is missing. In the schema `resonate` resonate-pg is
   * expected, and its functions are used instead.
   *
   * @default 'holdfast_promises'
   */
  readonly schema?: string;
  /** For a database: how many runs this process works on before it leaves more to others. @default 100 */
  readonly concurrency?: number;
}

export interface EngineOptions extends PromiseStoreTime {
  /** How long a finished run is remembered; its id may be used again afterwards. Not for servers, which decide themselves. @default 30 days */
  readonly keepFinishedMs?: number;
  /** The largest input, result or step outcome, in characters of its kept form. @default 16_777_216 */
  readonly maxValueCharacters?: number;
  /** How long `close` waits for running steps after it has aborted them. @default 5000 */
  readonly closeGraceMs?: number;
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
  /** A dependency could not be disposed of; without a run it is a singleton. */
  | { readonly type: 'dispose-failed'; readonly runId?: string; readonly message: string }
  /** The backend could not be reached; it is tried again. */
  | { readonly type: 'backend-unavailable'; readonly message: string };

export type ResolvedEngineOptions = Required<EngineOptions>;

export function resolveEngineOptions(options: EngineOptions): ResolvedEngineOptions {
  return {
    keepFinishedMs: options.keepFinishedMs ?? 30 * 86_400_000,
    maxValueCharacters: options.maxValueCharacters ?? 16_777_216,
    closeGraceMs: options.closeGraceMs ?? 5000,
    leaseMs: options.leaseMs ?? 60_000,
    maxAttempts: options.maxAttempts ?? 8,
    newId: options.newId ?? (() => crypto.randomUUID()),
    onEvent: options.onEvent ?? (() => undefined),
    now: options.now ?? Date.now,
    setTimer: inPieces(options.setTimer ?? setUnreferencedTimer),
  };
}
