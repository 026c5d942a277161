import { executorError } from '../errors.ts';
import { WarmPool } from '../process/warm-pool.ts';
import { startWorker } from '../process/worker-process.ts';
import type { SessionOptions, SessionParts } from './session-options.ts';
import { Session } from './session.ts';

export interface SessionManagerOptions {
  /** How many sessions may exist at the same time. @default 64 */
  readonly maxSessions?: number;
  /** What sessions are created with unless they say otherwise. */
  readonly defaults?: Omit<SessionOptions, 'sessionId'>;
  /**
   * How many workers are kept ready ahead. A session takes one when the options of its worker are those of `defaults`,
   * and then need not wait for a process to start. @default 0
   */
  readonly warmWorkers?: number;
  /**
   * What each of them has beside `defaults`, such as a `writableDirectory` of its own. It serves the session that is
   * created with just that, and no other. @default nothing
   */
  readonly warmWorkerOptions?: () => Pick<SessionOptions, 'directory' | 'writableDirectory'>;
}

/** The sessions of one host. Its methods are safe at the same time; each session looks after its own cells. */
export class SessionManager {
  readonly #maxSessions: number;
  readonly #defaults: Omit<SessionOptions, 'sessionId'>;
  readonly #parts: SessionParts;
  readonly #pool: WarmPool | undefined;
  readonly #sessions = new Map<string, Session>();

  constructor({ maxSessions = 64, defaults = {}, warmWorkers = 0, warmWorkerOptions = () => ({}) }: SessionManagerOptions = {}, parts: SessionParts = {}) {
    this.#maxSessions = maxSessions;
    this.#defaults = defaults;
    this.#pool = warmWorkers > 0 ? new WarmPool({ size: warmWorkers, worker: () => ({ ...defaults, ...warmWorkerOptions() }), start: parts.startWorker ?? startWorker }) : undefined;
    this.#parts = { ...parts, ...(this.#pool && { startWorker: this.#pool.take }) };
  }

  /** How many workers are ready ahead. */
  get warmWorkers(): number {
    return this.#pool?.readyCount ?? 0;
  }

  /** Settles when no worker is being started ahead. */
  async warmedUp(): Promise<void> {
    await this.#pool?.settled();
  }

  /**
   * Adds a session. Its worker starts with {@link Session.start} or with the first cell.
   *
   * @throws HOLDFAST_EXECUTOR_TOO_MANY_SESSIONS, HOLDFAST_EXECUTOR_SESSION_EXISTS
   */
  create(options: SessionOptions = {}): Session {
    if (this.#sessions.size >= this.#maxSessions) {
      throw executorError('HOLDFAST_EXECUTOR_TOO_MANY_SESSIONS', `Cannot create session: ${this.#maxSessions} exist already`, {
        data: { maxSessions: this.#maxSessions },
      });
    }
    const session = new Session({ ...this.#defaults, ...options }, this.#parts);
    if (this.#sessions.has(session.id)) {
      throw executorError('HOLDFAST_EXECUTOR_SESSION_EXISTS', `Cannot create session "${session.id}": it exists`);
    }
    this.#sessions.set(session.id, session);
    return session;
  }

  /** @throws HOLDFAST_EXECUTOR_SESSION_NOT_FOUND */
  get(sessionId: string): Session {
    const session = this.#sessions.get(sessionId);
    if (!session) throw executorError('HOLDFAST_EXECUTOR_SESSION_NOT_FOUND', `Cannot find session "${sessionId}"`);
    return session;
  }

  find(sessionId: string): Session | undefined {
    return this.#sessions.get(sessionId);
  }

  list(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** Closes a session and forgets it. @throws HOLDFAST_EXECUTOR_SESSION_NOT_FOUND */
  async remove(sessionId: string): Promise<void> {
    const session = this.get(sessionId);
    this.#sessions.delete(sessionId);
    await session.close();
  }

  /** Closes every session, and ends the workers that were started ahead. */
  async close(): Promise<void> {
    const sessions = this.list();
    this.#sessions.clear();
    await Promise.all([this.#pool?.close(), ...sessions.map(async (session) => session.close())]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
