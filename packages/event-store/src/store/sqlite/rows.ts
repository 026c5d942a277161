/** What an event is as a row, and back. Rows come as arrays: reading a million of them is a matter of every field. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { createClock, type ClockMap } from '../../clock/clock-map.ts';
import { eventStoreError } from '../../errors.ts';
import { freezeEvent, instantOf, type Event } from '../../event.ts';
import { parseJsonObject } from '../../json.ts';
import type { EventRecord } from '../event-record.ts';
import { InstantText } from './instant-text.ts';

export type Row = readonly SQLOutputValue[];

/** The columns that {@link eventOf} reads, in its order; `hash` only where records are read. */
const columns = `position, stream_id, version, timestamp, type, event_id, schema_version, code_version, code_hash,
  causation_id, correlation_id, vector_clock, data`;
const isWanted = `
  AND (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
  AND (:correlationId IS NULL OR correlation_id = :correlationId)
  AND (:causationId IS NULL OR causation_id = :causationId)`;

export const selectAll = `SELECT ${columns} FROM events WHERE position > ? AND position <= ? ORDER BY position`;
export const selectByPosition = `SELECT ${columns} FROM events
  WHERE position > :after AND position <= :end AND version > :afterVersion AND version <= :untilVersion ${isWanted} ORDER BY position`;
export const selectAt = `SELECT ${columns} FROM events
  WHERE position IN (SELECT value FROM json_each(:positions)) ${isWanted} ORDER BY position`;
export const selectRecords = `SELECT ${columns}, hash FROM events WHERE position > :after AND position <= :end ORDER BY position`;

export const insertEvent = `INSERT INTO events (position, stream_id, version, timestamp, type, event_id, schema_version, code_version, code_hash,
  causation_id, correlation_id, vector_clock, hash, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, unhex(?), ?)`;

/** The values of {@link insertEvent}. */
export function toRow({ event, schemaVersion, json, hash }: EventRecord, streamId: number): SQLInputValue[] {
  return [
    event.sequenceNumber,
    streamId,
    event.streamVersion,
    instantOf(event.timestamp),
    event.type,
    event.eventId,
    schemaVersion,
    event.codeVersion,
    event.codeHash,
    event.causationId,
    event.correlationId,
    clockText(event.vectorClock),
    hash,
    json,
  ];
}

/** Rows as events and records. Remembers what neighbours have in common: clocks, and days. */
export class RowReader {
  readonly #path: string;
  readonly #taskIdOf: (streamId: number) => string | undefined;
  #clockText = '{}';
  #clock = createClock();
  readonly #instants = new InstantText();

  /** @param taskIdOf - the name of a stream; undefined for one that is not there */
  constructor(path: string, taskIdOf: (streamId: number) => string | undefined) {
    this.#path = path;
    this.#taskIdOf = taskIdOf;
  }

  schemaVersionOf(row: Row): number {
    return integer(row[6]);
  }

  /** @throws HOLDFAST_EVENT_STORE_CORRUPT */
  eventOf(row: Row): Event {
    try {
      return freezeEvent({
        eventId: text(row[5]),
        type: text(row[4]),
        taskId: text(this.#taskIdOf(integer(row[1]))),
        sequenceNumber: integer(row[0]),
        streamVersion: integer(row[2]),
        codeVersion: integer(row[7]),
        codeHash: textOrNull(row[8]),
        vectorClock: this.#clockOf(text(row[11])),
        causationId: textOrNull(row[9]),
        correlationId: textOrNull(row[10]),
        timestamp: this.#instants.of(integer(row[3])),
        data: parseJsonObject(text(row[12])),
      });
    } catch (cause) {
      throw this.#corrupt(row, cause);
    }
  }

  /** @throws HOLDFAST_EVENT_STORE_CORRUPT */
  recordOf(row: Row): EventRecord {
    const event = this.eventOf(row);
    const hash = row[13];
    if (!(hash instanceof Uint8Array)) throw this.#corrupt(row, new TypeError('it has no hash'));
    return { event, schemaVersion: this.schemaVersionOf(row), json: text(row[12]), hash: Buffer.from(hash).toString('hex') };
  }

  #clockOf(json: string): ClockMap {
    if (json !== this.#clockText) {
      this.#clock = createClock(JSON.parse(json));
      this.#clockText = json;
    }
    return this.#clock;
  }

  #corrupt(row: Row, cause: unknown): Error {
    const position = String(row[0]);
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

function clockText(clock: ClockMap): string {
  for (const _ in clock) return JSON.stringify(clock);
  return '{}';
}
