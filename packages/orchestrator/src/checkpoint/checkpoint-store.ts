import type { CheckpointData } from '@holdfast/protocol';

/** What is known of a checkpoint without its bytes. */
export type CheckpointInfo = Omit<CheckpointData, 'namespace'>;

/** Where the checkpoints of sessions are kept. What `save` acknowledged is there for every later call. */
export interface CheckpointStore {
  /** Keeps a checkpoint; one of the same id is replaced. */
  save(sessionId: string, checkpoint: CheckpointData): Promise<void>;
  /**
   * The named checkpoint of a session, or its newest. Undefined where there is none.
   *
   * @throws HOLDFAST_ORCHESTRATOR_CHECKPOINT_CORRUPT
   */
  find(sessionId: string, checkpointId?: string): Promise<CheckpointData | undefined>;
  /** The checkpoints of a session, oldest first. */
  list(sessionId: string): Promise<readonly CheckpointInfo[]>;
  /** Forgets the checkpoints of a session. */
  remove(sessionId: string): Promise<void>;
}
