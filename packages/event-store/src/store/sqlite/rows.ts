/** What an event is as a row, and back. Rows come as arrays: reading a million of them is a matter of every field. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { createClock, type ClockMap } from '../../clock/clock-map.ts';
import { eventStoreError } from '../../errors.ts';
import { instantOf, type Event } from '../../event.ts';
import { parseJsonObject } from '../../json.ts';
import { clockJson } from '../chain.ts';
import type { EventRecord } from '../event-record.ts';
import { InstantText } from './instant-text.ts';

const nothingKnown = createClock();

export type Row = readonly SQLOutputValue[];

/** The columns that {@link eventOf} reads, in its order; `hash` only where records are read. */
const columns = `events.position, stream_id, version, timestamp, events.type, event_id, schema_version, code_version, code_hash,
  causation_id, correlation_id, nullif(vector_clock, '{}'), data`;
const isWanted = `
  AND (:types IS NULL OR events.type IN (SELECT value FROM json_each(:types)))
  AND (:correlationId IS NULL OR correlation_id = :correlationId)
  AND (:causationId IS NULL OR causation_id = :causationId)`;

export const selectAll = `SELECT ${columns} FROM events WHERE position > ? AND position <= ? ORDER BY position`;
export const selectByPosition = `SELECT ${columns} FROM events
  WHERE position > :after AND position <= :end AND version > :afterVersion AND version <= :untilVersion ${isWanted} ORDER BY position`;
/** Events at positions, in the order of the positions. */
export const selectAt = `SELECT ${columns} FROM json_each(:positions) AS wanted CROSS JOIN events ON events.position = wanted.value WHERE TRUE ${isWanted}`;
export const selectRecords = `SELECT ${columns}, hash FROM events WHERE position > :after AND position <= :end ORDER BY position`;

const insertEvent = `INSERT INTO events (position, stream_id, version, timestamp, type, event_id, hash, data, schema_version, code_version,
  code_hash, causation_id, correlation_id, vector_clock) VALUES (?, ?, ?, ?, ?, ?, unhex(?), ?, ?, ?, ?, ?, ?, ?)`;
/** For an event with nothing but data, as most are: values that need not be bound save a tenth of the time. */
const insertPlainEvent = `INSERT INTO events (position, stream_id, version, timestamp, type, event_id, hash, data, schema_version, code_version,
  code_hash, causation_id, correlation_id, vector_clock) VALUES (?, ?, ?, ?, ?, ?, unhex(?), ?, 1, 0, NULL, NULL, NULL, '{}')`;

/** Writes the row of an event. Inserts give no rows; `get` is quicker than `run`, which makes an object of what changed. */
export class RowWriter {
  readonly #insert: StatementSync;
  readonly #insertPlain: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(insertEvent);
    this.#insertPlain = database.prepare(insertPlainEvent);
  }

  write({ event, schemaVersion, json, hash }: EventRecord, streamId: number): void {
    const { sequenceNumber, streamVersion, timestamp, type, eventId, codeVersion, codeHash, causationId, correlationId, vectorClock } = event;
    const clock = clockJson(vectorClock);
    const isPlain = schemaVersion === 1 && codeVersion === 0 && codeHash === null && causationId === null && correlationId === null && clock === '{}';
    if (isPlain) this.#insertPlain.get(sequenceNumber, streamId, streamVersion, instantOf(timestamp), type, eventId, hash, json);
    else this.#insert.get(sequenceNumber, streamId, streamVersion, instantOf(timestamp), type, eventId, hash, json, schemaVersion, codeVersion, codeHash, causationId, correlationId, clock);
  }
}

/** Rows as events and records. Remembers what neighbours have in common: clocks, and days. */
export class RowReader {
  readonly #path: string;
  readonly #taskIdOf: (streamId: number) => string | undefined;
  #clockText = '{}';
  #clock = nothingKnown;
  readonly #instants = new InstantText();

  /** @param taskIdOf - the name of a stream; undefined for one that is not there */
  constructor(path: string, taskIdOf: (streamId: number) => string | undefined) {
    this.#path = path;
    this.#taskIdOf = taskIdOf;
  }

  /** All rows after a position, up to another. @throws HOLDFAST_EVENT_STORE_CORRUPT where one is missing, as positions have no gaps */
  whole(rows: readonly Row[], after: number, end: number): readonly Row[] {
    if (rows.length === end - after) return rows;
    const missing = rows.findIndex((row, index) => row[0] !== after + 1 + index);
    throw this.#corrupt(after + 1 + (missing === -1 ? rows.length : missing), new Error('it is not there'));
  }

  schemaVersionOf(row: Row): number {
    return integer(row[6]);
  }

  /** @throws HOLDFAST_EVENT_STORE_CORRUPT */
  eventOf(row: Row): Event {
    try {
      return Object.freeze({
        eventId: text(row[5]),
        type: text(row[4]),
        taskId: text(this.#taskIdOf(integer(row[1]))),
        sequenceNumber: integer(row[0]),
        streamVersion: integer(row[2]),
        codeVersion: integer(row[7]),
        codeHash: textOrNull(row[8]),
        vectorClock: this.#clockOf(textOrNull(row[11])),
        causationId: textOrNull(row[9]),
        correlationId: textOrNull(row[10]),
        timestamp: this.#instants.of(integer(row[3])),
        data: parseJsonObject(text(row[12])),
      });
    } catch (cause) {
      throw this.#corrupt(row[0], cause);
    }
  }

  /** @throws HOLDFAST_EVENT_STORE_CORRUPT */
  recordOf(row: Row): EventRecord {
    const event = this.eventOf(row);
    const hash = row[13];
    if (!(hash instanceof Uint8Array)) throw this.#corrupt(row[0], new TypeError('it has no hash'));
    return { event, schemaVersion: this.schemaVersionOf(row), json: text(row[12]), hash: Buffer.from(hash).toString('hex') };
  }

  /** Empty clocks come as null, as most clocks are empty. */
  #clockOf(json: string | null): ClockMap {
    if (json === null) return nothingKnown;
    if (json !== this.#clockText) {
      this.#clock = createClock(JSON.parse(json));
      this.#clockText = json;
    }
    return this.#clock;
  }

  #corrupt(at: unknown, cause: unknown): Error {
    const position = String(at);
    return eventStoreError('HOLDFAST_EVENT_STORE_CORRUPT', `Cannot read event ${position} of event store "${this.#path}"`, {
      cause,
      data: { path: this.#path, position },
    });
  }
}

/** A column that the schema says is an integer. */
export function integer(value: SQLOutputValue | undefined): number {
  if (typeof value === 'number') return value;
  throw new TypeError('Cannot read column: it is no integer');
}

/** A column that the schema says is text. */
export function text(value: SQLOutputValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new TypeError('Cannot read column: it is no text');
}

function textOrNull(value: SQLOutputValue | undefined): string | null {
  return value === null ? null : text(value);
}
