import type { SQLOutputValue } from 'node:sqlite';
import { toFailure, type PromiseFailure } from '../../failure.ts';
import { decodeJson, isJsonObject } from '../../json.ts';
import type { PendingPromise, PromiseRecord, SettledPromise } from '../promise-record.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

export function readRecord(row: Row): PromiseRecord {
  return text(row, 'state') === 'pending' ? readPending(row) : readSettled(row);
}

export function readPending(row: Row): PendingPromise {
  return Object.freeze({ ...readCreated(row), state: 'pending' });
}

export function readSettled(row: Row): SettledPromise {
  const [created, settledAt, state] = [readCreated(row), instant(row, 'settled_at'), text(row, 'state')];
  switch (state) {
    case 'resolved':
      return Object.freeze({ ...created, state, value: decodeJson(text(row, 'value')), settledAt });
    case 'rejected':
    case 'cancelled':
    case 'timedout':
      return Object.freeze({ ...created, state, error: failure(row), settledAt });
    default:
      throw new TypeError(`Cannot read promise "${created.id}": its state "${state}" is unknown`);
  }
}

function readCreated(row: Row) {
  return {
    id: text(row, 'id'),
    kind: text(row, 'kind'),
    data: decodeJson(text(row, 'data')),
    createdAt: instant(row, 'created_at'),
    deadline: row['deadline'] === null ? null : instant(row, 'deadline'),
  };
}

function failure(row: Row): PromiseFailure {
  const json = decodeJson(text(row, 'error'));
  return toFailure(isJsonObject(json) ? json : {});
}

function text(row: Row, column: string): string {
  return String(row[column]);
}

function instant(row: Row, column: string): string {
  return new Date(Number(row[column])).toISOString();
}
