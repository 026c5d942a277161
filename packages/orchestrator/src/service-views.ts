import type { ExecutionResult, IsolationLevel, SessionState } from '@holdfast/executor';
import type { Language, SkippedEntry } from '@holdfast/protocol';

/** One session as the outside sees it. */
export interface SessionView {
  readonly sessionId: string;
  readonly state: SessionState;
  readonly language: Language;
  /** How far its workers are locked in. */
  readonly isolation: IsolationLevel;
  readonly createdAt: string;
  /** The process id of its worker, or null while none runs. */
  readonly pid: number | null;
  readonly runningExecutionId: string | null;
  readonly executions: number;
}

/** One execution as the outside sees it: its result, or that it runs. */
export type ExecutionView =
  | { readonly state: 'running'; readonly executionId: string; readonly sessionId: string; readonly startedAt: string }
  | { readonly state: 'ended'; readonly executionId: string; readonly sessionId: string; readonly startedAt: string; readonly result: ExecutionResult };

export interface CreateSessionRequest {
  /** @default a new id */
  readonly sessionId?: string;
  /** @default 'typescript' */
  readonly language?: Language;
  /**
   * Where the code of the session starts. @default the session's own folder where sessions have one, otherwise the
   * directory that the service was given for sessions
   */
  readonly directory?: string;
}

export interface ExecuteRequest {
  readonly code: string;
  /** @default a new id */
  readonly executionId?: string;
  /** @default the language of the session */
  readonly language?: Language;
  /** What stack frames call the cell, and where its imports are resolved from. */
  readonly filename?: string;
  /** Cancels the execution after this long. @default no limit */
  readonly timeoutMs?: number;
  /** Answers `running` after this long; the execution goes on. @default waits for the end */
  readonly waitMs?: number;
  /**
   * `always`: the variables are kept before and after the cell, and after a crash of this process it begins anew with those
   * it began with. What it asked people is not asked again, what else it did may be done twice; one that ended never runs
   * again. `auto`: so where it awaits at its top level or blocks. @default 'never'
   */
  readonly durable?: 'auto' | 'always' | 'never';
}

/** What a checkpoint holds, and what it could not hold. */
export interface CheckpointView {
  readonly checkpointId: string;
  /** In bytes. */
  readonly size: number;
  readonly kept: readonly string[];
  readonly skipped: readonly SkippedEntry[];
}

/** What came back from a checkpoint, and what did not. */
export interface RestoreView {
  readonly checkpointId: string;
  readonly restored: readonly string[];
  readonly skipped: readonly SkippedEntry[];
}
