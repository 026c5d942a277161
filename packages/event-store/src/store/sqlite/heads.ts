import type { DatabaseSync } from 'node:sqlite';
import type { StreamInfo } from '../event-store.ts';
import { integer, rowsOf, selectLast, selectStreams, text } from './rows.ts';

export interface StreamHead extends StreamInfo {
  /** The key of the stream in the database. */
  readonly id: number;
}

/** Where the log and each of its streams end, as of the last commit. Kept in memory, so that an append reads nothing. */
export class Heads {
  position = 0;
  timestampMs = 0;
  /** Streams are never removed, so the next id is the one after the greatest. */
  lastStreamId = 0;
  readonly streams = new Map<string, StreamHead>();
  readonly #taskIds = new Map<number, string>();

  /** Reads the heads from the database: a few look-ups for each stream, none for each event. */
  constructor(database: DatabaseSync) {
    for (const row of rowsOf(database, selectStreams)) {
      this.set({
        id: integer(row, 'id'),
        taskId: text(row, 'task_id'),
        streamVersion: integer(row, 'version'),
        firstSequence: integer(row, 'first_position'),
        lastSequence: integer(row, 'last_position'),
      });
    }
    for (const row of rowsOf(database, selectLast)) {
      this.position = integer(row, 'position');
      this.timestampMs = integer(row, 'timestamp');
    }
  }

  set(head: StreamHead): void {
    this.streams.set(head.taskId, head);
    this.#taskIds.set(head.id, head.taskId);
    this.lastStreamId = Math.max(this.lastStreamId, head.id);
  }

  taskIdOf(streamId: number): string {
    return this.#taskIds.get(streamId) ?? '';
  }
}

/** The heads as they will be if the transaction commits. The committed ones stay as they are until {@link settle}. */
export class StagedHeads {
  readonly #committed: Heads;
  readonly #streams = new Map<string, StreamHead>();
  position: number;
  timestampMs: number;
  lastStreamId: number;

  constructor(committed: Heads) {
    this.#committed = committed;
    this.position = committed.position;
    this.timestampMs = committed.timestampMs;
    this.lastStreamId = committed.lastStreamId;
  }

  find(taskId: string): StreamHead | undefined {
    return this.#streams.get(taskId) ?? this.#committed.streams.get(taskId);
  }

  set(head: StreamHead): void {
    this.#streams.set(head.taskId, head);
  }

  settle(): void {
    this.#committed.position = this.position;
    this.#committed.timestampMs = this.timestampMs;
    for (const head of this.#streams.values()) this.#committed.set(head);
  }
}
