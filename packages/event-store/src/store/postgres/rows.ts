import { createClock } from '../../clock/clock-map.ts';
import { eventStoreError } from '../../errors.ts';
import { freezeEvent } from '../../event.ts';
import { parseJsonObject } from '../../json.ts';
import type { ConsumerState } from '../consumers.ts';
import type { EventRecord } from '../event-record.ts';
import type { StreamInfo } from '../event-store.ts';

/** What the driver gives: numbers for integers, text for everything else. */
export type Row = Readonly<Record<string, unknown>>;

/** Where the log ends, and who may write. */
export interface Head {
  readonly position: number;
  readonly timestampMs: number;
  readonly hash: string;
  readonly epoch: number;
  /** Of the last commit; null before the first one. */
  readonly commitId: string | null;
}

export function toHead(row: Row): Head {
  return {
    position: integer(row, 'position'),
    timestampMs: integer(row, 'timestamp_ms'),
    hash: text(row, 'hash'),
    epoch: integer(row, 'epoch'),
    commitId: textOrNull(row, 'commit_id'),
  };
}

/** The values of `commitBatch` from its eighth on: a list for each column. */
export function toColumns(records: readonly EventRecord[]): readonly (readonly (string | number | null)[])[] {
  return [
    records.map(({ event }) => event.taskId),
    records.map(({ event }) => event.streamVersion),
    records.map(({ event }) => event.eventId),
    records.map(({ event }) => event.type),
    records.map(({ schemaVersion }) => schemaVersion),
    records.map(({ event }) => Date.parse(event.timestamp)),
    records.map(({ event }) => event.codeVersion),
    records.map(({ event }) => event.codeHash),
    records.map(({ event }) => JSON.stringify(event.vectorClock)),
    records.map(({ event }) => event.causationId),
    records.map(({ event }) => event.correlationId),
    records.map(({ json }) => json),
    records.map(({ hash }) => hash),
  ];
}

/** @throws HOLDFAST_EVENT_STORE_CORRUPT */
export function toRecord(row: Row): EventRecord {
  try {
    const json = text(row, 'data');
    const event = freezeEvent({
      eventId: text(row, 'event_id'),
      type: text(row, 'type'),
      taskId: text(row, 'task_id'),
      sequenceNumber: integer(row, 'position'),
      streamVersion: integer(row, 'version'),
      codeVersion: integer(row, 'code_version'),
      codeHash: textOrNull(row, 'code_hash'),
      vectorClock: createClock(JSON.parse(text(row, 'vector_clock'))),
      causationId: textOrNull(row, 'causation_id'),
      correlationId: textOrNull(row, 'correlation_id'),
      timestamp: new Date(integer(row, 'timestamp_ms')).toISOString(),
      data: parseJsonObject(json),
    });
    return { event, schemaVersion: integer(row, 'schema_version'), json, hash: text(row, 'hash') };
  } catch (cause) {
    const position = String(row['position']);
    throw eventStoreError('HOLDFAST_EVENT_STORE_CORRUPT', `Cannot read event ${position}`, { cause, data: { position } });
  }
}

export function toStreamInfo(row: Row): StreamInfo {
  return {
    taskId: text(row, 'task_id'),
    streamVersion: integer(row, 'version'),
    firstSequence: integer(row, 'first_position'),
    lastSequence: integer(row, 'last_position'),
  };
}

export function toConsumerState(row: Row): ConsumerState {
  return Object.freeze({
    key: text(row, 'key'),
    sequenceNumber: integer(row, 'sequence_number'),
    state: JSON.parse(text(row, 'state'), (_key, part: unknown) => Object.freeze(part)),
  });
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new TypeError(`Cannot read column "${column}": it is no integer`);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new TypeError(`Cannot read column "${column}": it is no text`);
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}
