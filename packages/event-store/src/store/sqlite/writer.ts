/**
 * Group commit: everything that was asked for in one turn of the event loop shares a transaction, and so a flush of the
 * disk. What to write was decided before, in a staging; here it is written, all of it or nothing.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventRecord } from '../event-record.ts';
import type { Staging } from '../staging.ts';
import { ConsumerWriter } from './consumer-tables.ts';
import { maxTail, type LogIndex, type StreamKey } from './log-index.ts';
import { RowWriter } from './rows.ts';
import { StreamRunWriter } from './stream-runs.ts';

/** Those of the events that the index does not have, in the order of the index, which costs a fraction of one by one. */
const indexIds = `
  INSERT OR IGNORE INTO event_index SELECT unhex(event_id, '-') AS id, position FROM events
    WHERE position > (SELECT indexed FROM progress) ORDER BY id;
  UPDATE progress SET indexed = (SELECT max(position) FROM events);
`;

export class Writer {
  readonly #database: DatabaseSync;
  readonly #index: LogIndex;
  readonly #consumers: ConsumerWriter;
  readonly #runs: StreamRunWriter;
  readonly #rows: RowWriter;
  readonly #insertStream: StatementSync;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;

  constructor(database: DatabaseSync, index: LogIndex) {
    this.#database = database;
    this.#index = index;
    this.#consumers = new ConsumerWriter(database);
    this.#runs = new StreamRunWriter(database);
    this.#rows = new RowWriter(database);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#end = database.prepare('COMMIT');
    this.#insertStream = database.prepare('INSERT INTO streams (id, task_id, first_position) VALUES (?, ?, ?)');
  }

  /** Writes what was staged, and notes in the index where everything stands then. When it throws, nothing was kept. */
  commit(staging: Staging): void {
    const changes = [...staging.consumerChanges, ...staging.inlineProgress()];
    if (staging.events.length === 0 && changes.length === 0) return;
    this.transaction(() => {
      const covered = this.#index.position - this.#index.indexed >= maxTail ? this.#cover() : this.#index.indexed;
      const opened = new Map<string, StreamKey>();
      const streamIds = staging.events.map((record) => this.#insert(record, opened));
      for (const change of changes) this.#consumers.write(change);
      return () => {
        if (covered !== this.#index.indexed) this.#index.covered(covered);
        for (const [taskId, key] of opened) this.#index.keep(taskId, key);
        this.#index.lastStreamId += opened.size;
        for (const [index, { event }] of staging.events.entries()) this.#index.tail.add(event.sequenceNumber, streamIds[index] ?? 0, event.streamVersion, event.eventId);
        const last = staging.events.at(-1);
        if (!last) return;
        this.#index.position = last.event.sequenceNumber;
        this.#index.timestampMs = Date.parse(last.event.timestamp);
        this.#index.hash = last.hash;
      };
    });
  }

  /** Brings the indexes up to the end of the log now. */
  fold(): void {
    if (this.#index.indexed === this.#index.position) return;
    this.transaction(() => {
      const covered = this.#cover();
      return () => this.#index.covered(covered);
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

  /** Writes what is in the tail into the indexes, and gives how far they go then. */
  #cover(): number {
    for (const [streamId, firstVersion, positions] of this.#index.tail.streams()) this.#runs.write(streamId, firstVersion, positions);
    this.#database.exec(indexIds);
    return this.#index.position;
  }

  /** Gives the id of its stream. */
  #insert(record: EventRecord, opened: Map<string, StreamKey>): number {
    const { taskId, sequenceNumber } = record.event;
    let stream = opened.get(taskId) ?? this.#index.findStream(taskId);
    if (!stream) {
      stream = { id: this.#index.lastStreamId + opened.size + 1, firstPosition: sequenceNumber };
      this.#insertStream.run(stream.id, taskId, sequenceNumber);
      opened.set(taskId, stream);
    }
    this.#rows.write(record, stream.id);
    return stream.id;
  }
}
