import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { createClock } from '../../clock/clock-map.ts';
import { eventStoreError } from '../../errors.ts';
import { freezeEvent, type Event } from '../../event.ts';
import { parseJsonObject } from '../../json.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

const columns = `position, stream_id, version, event_id, type, timestamp, code_version, code_hash, vector_clock,
  causation_id, correlation_id, data`;
const isWanted = '(:types IS NULL OR type IN (SELECT value FROM json_each(:types)))';

export const insertEvent = `INSERT INTO events (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
export const insertStream = 'INSERT INTO streams (id, task_id) VALUES (?, ?)';

export const selectByPosition = `SELECT ${columns} FROM events
  WHERE position > :after AND position <= :end AND version > :afterVersion AND ${isWanted} ORDER BY position`;
export const selectByVersion = `SELECT ${columns} FROM events
  WHERE stream_id = :stream AND version > :after AND version <= :end AND ${isWanted} ORDER BY version`;

export const selectPositionOf = 'SELECT position FROM events WHERE stream_id = ? AND version = ?';
export const selectTimestampOf = 'SELECT timestamp FROM events WHERE position = ?';

export const selectLast = 'SELECT position, timestamp FROM events ORDER BY position DESC LIMIT 1';
export const selectStreams = `
  SELECT id, task_id, last.version AS version, first.position AS first_position, last.position AS last_position
  FROM streams
  JOIN events AS first ON first.stream_id = streams.id AND first.version = 1
  JOIN events AS last ON last.stream_id = streams.id
    AND last.version = (SELECT max(version) FROM events WHERE stream_id = streams.id)
  ORDER BY first_position`;

/** The values of {@link insertEvent}. */
export function toRow(event: Event, streamId: number, json: string): SQLInputValue[] {
  return [
    event.sequenceNumber,
    streamId,
    event.streamVersion,
    event.eventId,
    event.type,
    Date.parse(event.timestamp),
    event.codeVersion,
    event.codeHash,
    JSON.stringify(event.vectorClock),
    event.causationId,
    event.correlationId,
    json,
  ];
}

/** @throws HOLDFAST_EVENT_STORE_CORRUPT */
export function fromRow(row: Row, taskId: string, path: string): Event {
  try {
    return freezeEvent({
      eventId: text(row, 'event_id'),
      type: text(row, 'type'),
      taskId,
      sequenceNumber: integer(row, 'position'),
      streamVersion: integer(row, 'version'),
      codeVersion: integer(row, 'code_version'),
      codeHash: textOrNull(row, 'code_hash'),
      vectorClock: createClock(JSON.parse(text(row, 'vector_clock'))),
      causationId: textOrNull(row, 'causation_id'),
      correlationId: textOrNull(row, 'correlation_id'),
      timestamp: new Date(integer(row, 'timestamp')).toISOString(),
      data: parseJsonObject(text(row, 'data')),
    });
  } catch (cause) {
    const position = String(row['position']);
    throw eventStoreError('HOLDFAST_EVENT_STORE_CORRUPT', `Cannot read event ${position} of event store "${path}"`, {
      cause,
      data: { path, position },
    });
  }
}

/** A column that the schema says is an integer. */
export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw new TypeError(`Cannot read column "${column}": it is no integer`);
}

/** A column that the schema says is text. */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new TypeError(`Cannot read column "${column}": it is no text`);
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** All rows of a statement without parameters. */
export function rowsOf(database: DatabaseSync, statement: string): readonly Row[] {
  return database.prepare(statement).all();
}
