/**
 * Group commit: the appends of one turn of the event loop share a transaction, and so a flush of the disk.
 *
 * Each append has its own outcome. Versions are judged against the appends before it in the same transaction, and
 * nobody hears of an outcome, good or bad, before the commit that makes it true.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Event } from '../../event.ts';
import { assertExpectedVersion, numberEvent, type PreparedAppend } from '../prepare.ts';
import { StagedHeads, type Heads, type StreamHead } from './heads.ts';
import { insertEvent, insertStream, toRow } from './rows.ts';

export type Outcome = { readonly events: readonly Event[] } | { readonly conflict: unknown };

export class Writer {
  readonly #database: DatabaseSync;
  readonly #insertEvent: StatementSync;
  readonly #insertStream: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insertEvent = database.prepare(insertEvent);
    this.#insertStream = database.prepare(insertStream);
  }

  /** Commits a batch and moves the heads on. When it throws, nothing was kept and the heads are as before. */
  commit(batch: readonly PreparedAppend[], heads: Heads): readonly Outcome[] {
    const staged = new StagedHeads(heads);
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = batch.map((append) => this.#write(append, staged));
      this.#database.exec('COMMIT');
      staged.settle();
      return outcomes;
    } catch (error) {
      // SQLite ends the transaction by itself after some failures, a full disk among them.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #write(append: PreparedAppend, staged: StagedHeads): Outcome {
    const head = staged.find(append.taskId);
    try {
      assertExpectedVersion(append, head?.streamVersion ?? 0);
    } catch (conflict) {
      return { conflict };
    }
    if (append.drafts.length === 0) return { events: Object.freeze([]) };

    const stream = head ?? this.#open(append.taskId, staged);
    const events = append.drafts.map(({ event, text }, index) => {
      const numbered = numberEvent(event, staged.position + 1, stream.streamVersion + index + 1, staged.timestampMs);
      this.#insertEvent.run(...toRow(numbered, stream.id, text));
      staged.position += 1;
      staged.timestampMs = Date.parse(numbered.timestamp);
      return numbered;
    });
    staged.set({ ...stream, streamVersion: stream.streamVersion + events.length, lastSequence: staged.position });
    return { events: Object.freeze(events) };
  }

  #open(taskId: string, staged: StagedHeads): StreamHead {
    staged.lastStreamId += 1;
    const id = staged.lastStreamId;
    this.#insertStream.run(id, taskId);
    return { id, taskId, streamVersion: 0, firstSequence: staged.position + 1, lastSequence: staged.position };
  }
}
