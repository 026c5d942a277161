/**
 * Group commit: everything that was asked for in one turn of the event loop shares a transaction, and so a flush of the
 * disk. What to write was decided before, in a staging; here it is written, all of it or nothing.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventRecord } from '../event-record.ts';
import type { Staging } from '../staging.ts';
import { ConsumerWriter } from './consumer-tables.ts';
import { maxTail, type LogIndex, type StreamKey } from './log-index.ts';
import { insertEvent, toRow } from './rows.ts';
import type { TailEntry } from './tail.ts';

/** Brings the indexes up to the end of the log, in order, which costs a fraction of doing it event by event. */
export const foldIndexes = `
  INSERT OR IGNORE INTO stream_index SELECT stream_id, version, position FROM events
    WHERE position > (SELECT indexed FROM progress) ORDER BY stream_id, version;
  INSERT OR IGNORE INTO event_index SELECT unhex(replace(event_id, '-', '')) AS id, position FROM events
    WHERE position > (SELECT indexed FROM progress) ORDER BY id;
  UPDATE progress SET indexed = (SELECT max(position) FROM events);
`;

export class Writer {
  readonly #database: DatabaseSync;
  readonly #index: LogIndex;
  readonly #consumers: ConsumerWriter;
  readonly #insertEvent: StatementSync;
  readonly #insertStream: StatementSync;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;

  constructor(database: DatabaseSync, index: LogIndex) {
    this.#database = database;
    this.#index = index;
    this.#consumers = new ConsumerWriter(database);
    this.#insertEvent = database.prepare(insertEvent);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#end = database.prepare('COMMIT');
    this.#insertStream = database.prepare('INSERT INTO streams (id, task_id, first_position) VALUES (?, ?, ?)');
  }

  /** Writes what was staged, and notes in the index where everything stands then. When it throws, nothing was kept. */
  commit(staging: Staging): void {
    const changes = [...staging.consumerChanges, ...staging.inlineProgress()];
    if (staging.events.length === 0 && changes.length === 0) return;
    this.transaction(() => {
      const opened = new Map<string, StreamKey>();
      const entries = staging.events.map((record) => this.#insert(record, opened));
      for (const change of changes) this.#consumers.write(change);
      const last = staging.events.at(-1);
      const head = last?.event.sequenceNumber ?? this.#index.position;
      const isDue = head - this.#index.indexed >= maxTail;
      if (isDue) this.#database.exec(foldIndexes);
      return () => {
        for (const [taskId, key] of opened) this.#index.keep(taskId, key);
        this.#index.lastStreamId += opened.size;
        this.#index.advance(entries, isDue ? head : this.#index.indexed);
        if (!last) return;
        this.#index.position = head;
        this.#index.timestampMs = Date.parse(last.event.timestamp);
        this.#index.hash = last.hash;
      };
    });
  }

  /** Brings the indexes up to the end of the log now. */
  fold(): void {
    if (this.#index.indexed === this.#index.position) return;
    this.transaction(() => {
      this.#database.exec(foldIndexes);
      return () => this.#index.advance([], this.#index.position);
    });
  }

  /** Runs some writing in a transaction, and what it gives back once that is committed. */
  transaction(write: () => () => void): void {
    this.#begin.run();
    try {
      const settle = write();
      this.#end.run();
      settle();
    } catch (error) {
      // SQLite ends the transaction by itself after some failures, a full disk among them.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #insert(record: EventRecord, opened: Map<string, StreamKey>): TailEntry {
    const { taskId, sequenceNumber, streamVersion, eventId } = record.event;
    let stream = opened.get(taskId) ?? this.#index.findStream(taskId);
    if (!stream) {
      stream = { id: this.#index.lastStreamId + opened.size + 1, firstPosition: sequenceNumber };
      this.#insertStream.run(stream.id, taskId, sequenceNumber);
      opened.set(taskId, stream);
    }
    this.#insertEvent.run(...toRow(record, stream.id));
    return { position: sequenceNumber, streamId: stream.id, version: streamVersion, eventId };
  }
}
