import type { Event, EventStore } from '@holdfast/event-store';
import type { ExecutionResult } from '@holdfast/executor';
import { language, type Language } from '@holdfast/protocol';
import { resultOf, sessionOfStream, sessionStream, SessionEventType, startedOf, type StartedExecution } from './session-event.ts';

/** What the log tells of one execution. */
export interface ExecutionRecord {
  readonly executionId: string;
  readonly sessionId: string;
  readonly startedAt: string;
  /** Undefined while it runs. */
  readonly status: ExecutionResult['status'] | undefined;
  /** The version of the event that started it, where the code stands. */
  readonly startVersion: number;
  /** The version of the event that ended it, where the result stands. */
  readonly endVersion: number | undefined;
  /** Whether it goes on after a crash. */
  readonly isDurable: boolean;
}

/** A checkpoint that the log knows, and the execution that it was taken before or after. */
export interface CheckpointRecord {
  readonly checkpointId: string;
  readonly executionId: string | undefined;
}

/** What the log tells of one session. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly language: Language;
  /** Where its code starts; undefined where the service decides. */
  readonly directory: string | undefined;
  readonly createdAt: string;
  readonly isClosed: boolean;
}

const facts: readonly string[] = [
  SessionEventType.SESSION_CREATED,
  SessionEventType.EXECUTION_STARTED,
  SessionEventType.EXECUTION_ENDED,
  SessionEventType.SESSION_CHECKPOINTED,
  SessionEventType.SESSION_CLOSED,
];

/** Which sessions and executions there are, folded from the log; results stay in the log until they are asked for. */
export class SessionLedger {
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #executions = new Map<string, ExecutionRecord>();
  /** The ids of a session's executions, oldest first: a session is looked at far more often than all of them. */
  readonly #ofSession = new Map<string, string[]>();
  readonly #newestCheckpoints = new Map<string, CheckpointRecord>();

  /** Folds the whole log. */
  static async read(events: EventStore): Promise<SessionLedger> {
    const ledger = new SessionLedger();
    for await (const event of events.read({ types: facts })) ledger.apply(event);
    return ledger;
  }

  apply(event: Event): void {
    const sessionId = sessionOfStream(event.taskId);
    if (sessionId === undefined) return;
    const executionId = typeof event.data['executionId'] === 'string' ? event.data['executionId'] : '';
    switch (event.type) {
      case SessionEventType.SESSION_CREATED:
        this.#sessions.set(sessionId, {
          sessionId,
          language: language.catch('typescript').parse(event.data['language']),
          directory: typeof event.data['directory'] === 'string' ? event.data['directory'] : undefined,
          createdAt: event.timestamp,
          isClosed: false,
        });
        return;
      case SessionEventType.EXECUTION_STARTED:
        if (!this.#executions.has(executionId)) this.#idsOf(sessionId).push(executionId);
        this.#executions.set(executionId, { executionId, sessionId, startedAt: event.timestamp, status: undefined, startVersion: event.streamVersion, endVersion: undefined, isDurable: event.data['durable'] !== undefined });
        return;
      case SessionEventType.EXECUTION_ENDED: {
        const started = this.#executions.get(executionId);
        if (started) this.#executions.set(executionId, { ...started, status: resultOf(event).status, endVersion: event.streamVersion });
        this.#learnCheckpoint(sessionId, event);
        return;
      }
      case SessionEventType.SESSION_CHECKPOINTED:
        this.#learnCheckpoint(sessionId, event);
        return;
      case SessionEventType.SESSION_CLOSED: {
        const session = this.#sessions.get(sessionId);
        if (session) this.#sessions.set(sessionId, { ...session, isClosed: true });
        return;
      }
      default: // output, which changes neither
    }
  }

  findSession(sessionId: string): SessionRecord | undefined {
    return this.#sessions.get(sessionId);
  }

  /** Sessions that were not closed, oldest first. */
  openSessions(): readonly SessionRecord[] {
    return [...this.#sessions.values()].filter(({ isClosed }) => !isClosed);
  }

  findExecution(executionId: string): ExecutionRecord | undefined {
    return this.#executions.get(executionId);
  }

  executions(sessionId: string): readonly ExecutionRecord[] {
    return this.#idsOf(sessionId).flatMap((executionId) => this.#executions.get(executionId) ?? []);
  }

  countExecutions(sessionId: string): number {
    return this.#idsOf(sessionId).length;
  }

  /** The newest checkpoint of a session that the log speaks of. */
  newestCheckpoint(sessionId: string): CheckpointRecord | undefined {
    return this.#newestCheckpoints.get(sessionId);
  }

  /** Executions without an end: they run, or their server died. */
  unfinished(): readonly ExecutionRecord[] {
    return [...this.#executions.values()].filter(({ status }) => status === undefined);
  }

  /** The result of an execution that ended, read from the log. */
  async readResult(events: EventStore, { sessionId, endVersion }: ExecutionRecord): Promise<ExecutionResult | undefined> {
    if (endVersion === undefined) return undefined;
    for await (const event of events.read({ taskId: sessionStream(sessionId), afterVersion: endVersion - 1, limit: 1 })) return resultOf(event);
    return undefined;
  }

  /** What an execution was started with, read from the log. */
  async readStart(events: EventStore, { sessionId, startVersion }: ExecutionRecord): Promise<StartedExecution | undefined> {
    for await (const event of events.read({ taskId: sessionStream(sessionId), afterVersion: startVersion - 1, limit: 1 })) return startedOf(event);
    return undefined;
  }

  #learnCheckpoint(sessionId: string, { data }: Event): void {
    const { checkpointId, executionId } = data;
    if (typeof checkpointId !== 'string') return;
    this.#newestCheckpoints.set(sessionId, { checkpointId, executionId: typeof executionId === 'string' ? executionId : undefined });
  }

  #idsOf(sessionId: string): string[] {
    const known = this.#ofSession.get(sessionId) ?? [];
    this.#ofSession.set(sessionId, known);
    return known;
  }
}
