import type { CheckpointData, ExecutionMode, JsonValue, Language, ThrownError } from '@holdfast/protocol';

/** Some code to be run in a session. */
export interface CellRequest {
  readonly sessionId: string;
  /** The same id is the same execution. */
  readonly executionId: string;
  readonly code: string;
  readonly language?: Language;
  readonly timeoutMs?: number;
}

/** What became of it; never nothing, whatever the value is. */
export interface CellResult {
  readonly status: 'ok' | 'error' | 'cancelled';
  /** The completion value as JSON, or null. */
  readonly value: JsonValue;
  /** The value as a prompt would show it. */
  readonly repr: string;
  readonly executionTimeMs: number;
  readonly mode?: ExecutionMode;
  readonly error?: ThrownError;
}

/** Runs code. Durability is put around it from outside; it knows nothing of that. */
export type ExecuteFn = (request: CellRequest, options: { readonly signal: AbortSignal }) => Promise<CellResult>;

/** What runs the cells of sessions. */
export interface CellExecutor {
  readonly execute: ExecuteFn;
  /** The variables of a session as they are. Without it nothing is restored after a crash. */
  checkpoint?(sessionId: string): Promise<CheckpointData>;
  /** Called before a cell with the newest checkpoint. Merges it where the session was lost, and does nothing where it lives. */
  restore?(sessionId: string, checkpoint: CheckpointData): Promise<void>;
}

/** A checkpoint, with the result of the cell after which it was taken. */
export interface CellCheckpoint {
  readonly checkpoint: CheckpointData;
  /** The execution before or after which it was taken. */
  readonly executionId: string;
  /** Undefined for one that was taken before the cell. */
  readonly result?: CellResult;
}

/** Where they are kept. What `save` acknowledged is there for every later call. */
export interface CellCheckpoints {
  save(sessionId: string, checkpoint: CellCheckpoint): Promise<void>;
  /** The newest of a session. */
  latest(sessionId: string): Promise<CellCheckpoint | undefined>;
}

/** Keeps the newest checkpoint of each session in memory. */
export function createMemoryCellCheckpoints(): CellCheckpoints {
  const kept = new Map<string, CellCheckpoint>();
  return {
    save: async (sessionId, checkpoint) => void kept.set(sessionId, checkpoint),
    latest: async (sessionId) => kept.get(sessionId),
  };
}
