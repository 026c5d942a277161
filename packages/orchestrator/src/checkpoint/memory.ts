import type { CheckpointData } from '@holdfast/protocol';
import type { CheckpointInfo, CheckpointStore } from './checkpoint-store.ts';

/** Checkpoints that end with this process. Reads like the specification of the port. */
export function createMemoryCheckpointStore(): CheckpointStore {
  const sessions = new Map<string, Map<string, CheckpointData>>();
  const of = (sessionId: string): ReadonlyMap<string, CheckpointData> => sessions.get(sessionId) ?? new Map<string, CheckpointData>();
  return {
    save: async (sessionId, checkpoint) => {
      const kept = new Map(of(sessionId));
      kept.delete(checkpoint.checkpointId);
      kept.set(checkpoint.checkpointId, checkpoint);
      sessions.set(sessionId, kept);
    },
    find: async (sessionId, checkpointId) =>
      checkpointId === undefined ? [...of(sessionId).values()].at(-1) : of(sessionId).get(checkpointId),
    list: async (sessionId) => [...of(sessionId).values()].map(infoOf),
    remove: async (sessionId) => {
      sessions.delete(sessionId);
    },
  };
}

/** A checkpoint without its bytes. */
export function infoOf({ namespace: _bytes, ...info }: CheckpointData): CheckpointInfo {
  return info;
}
