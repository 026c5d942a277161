import type { IsolationLevel, Session, SessionManager, SessionOptions } from '@holdfast/executor';
import type { Language } from '@holdfast/protocol';
import { orchestratorError } from '../errors.ts';
import type { SessionView } from '../service-views.ts';
import type { SessionFolders } from './session-folders.ts';
import type { SessionLedger, SessionRecord } from './session-ledger.ts';

/** What a session is told to do with what its cells print and ask. */
export type SessionHooks = Pick<SessionOptions, 'onOutput' | 'onInput'>;

export interface LiveSessionsOptions {
  readonly sessions: SessionManager;
  readonly folders: SessionFolders | undefined;
  /** Where the code of sessions starts, unless a session names another. */
  readonly directory: string | undefined;
  readonly isolation: IsolationLevel | undefined;
  readonly ledger: SessionLedger;
  readonly hooksOf: (sessionId: string) => SessionHooks;
}

/** The sessions that the log knows, and those of them that this process has already. */
export class LiveSessions {
  readonly #options: LiveSessionsOptions;

  constructor(options: LiveSessionsOptions) {
    this.#options = options;
  }

  /** What the log knows of an open session. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  record(sessionId: string): SessionRecord {
    const record = this.#options.ledger.findSession(sessionId.normalize('NFC'));
    if (record && !record.isClosed) return record;
    throw orchestratorError('HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND', `Cannot find session "${sessionId}"`);
  }

  /** The session itself, where this process has it. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  find(sessionId: string): Session | undefined {
    return this.#options.sessions.find(this.record(sessionId).sessionId);
  }

  /** The session itself; new in this process where only the log knew it. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  open(sessionId: string): { readonly session: Session; readonly isNew: boolean } {
    const { sessionId: id, language, directory } = this.record(sessionId);
    const session = this.#options.sessions.find(id);
    return session ? { session, isNew: false } : { session: this.add(id, language, directory), isNew: true };
  }

  /** @param given the directory that was asked for */
  add(sessionId: string, language: Language, given?: string): Session {
    const { folders, directory, sessions, hooksOf } = this.#options;
    // A worker that waits does so in its own folder, and does for no session that starts elsewhere.
    const isSpare = given === undefined && folders?.giveSpare(sessionId) === true;
    try {
      const folder = folders?.pathOf(sessionId);
      const start = given ?? folder ?? directory;
      return sessions.create({
        sessionId,
        language,
        ...(folder !== undefined && { writableDirectory: folder }),
        ...(start !== undefined && { directory: start }),
        ...hooksOf(sessionId),
      });
    } catch (error) {
      if (isSpare) folders?.takeBack(sessionId);
      throw error;
    }
  }

  /** A session as faces show it. */
  view({ sessionId, language, createdAt }: SessionRecord): SessionView {
    const { sessions, isolation = 'process', ledger } = this.#options;
    const session = sessions.find(sessionId);
    return {
      sessionId,
      state: session?.state ?? 'suspended',
      language,
      isolation: session?.isolation ?? isolation,
      createdAt,
      pid: session?.pid ?? null,
      runningExecutionId: session?.runningExecutionId ?? null,
      executions: ledger.countExecutions(sessionId),
    };
  }
}
