import { executorError } from '../errors.ts';
import { Session, type SessionOptions } from './session.ts';

export interface SessionManagerOptions {
  /** How many sessions may exist at the same time. @default 64 */
  readonly maxSessions?: number;
}

/** The sessions of one host. */
export class SessionManager {
  readonly #maxSessions: number;
  readonly #sessions = new Map<string, Session>();

  constructor({ maxSessions = 64 }: SessionManagerOptions = {}) {
    this.#maxSessions = maxSessions;
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
    const session = new Session(options);
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

  /** Closes every session. */
  async close(): Promise<void> {
    const sessions = this.list();
    this.#sessions.clear();
    await Promise.all(sessions.map(async (session) => session.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
