import { z } from 'zod';
import { eventStoreError } from '../errors.ts';
import { parseTaskId } from '../task-id.ts';
import type { EventQuery } from './event-store.ts';

/** A query with every field present. */
export interface ResolvedQuery {
  readonly taskId: string | null;
  readonly types: readonly string[] | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly afterSequence: number;
  /** Infinity for no end. */
  readonly untilSequence: number;
  readonly afterVersion: number;
  /** Infinity for no end. */
  readonly untilVersion: number;
  /** -Infinity for no start. */
  readonly sinceMs: number;
  /** Infinity for no end. */
  readonly untilMs: number;
  /** Infinity for no limit. */
  readonly limit: number;
}

/** @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT */
export function resolveQuery(query: EventQuery = {}): ResolvedQuery {
  return {
    taskId: query.taskId === undefined ? null : parseTaskId(query.taskId),
    types: query.types?.map((type) => type.normalize('NFC')) ?? null,
    correlationId: query.correlationId?.normalize('NFC') ?? null,
    causationId: query.causationId?.toLowerCase() ?? null,
    afterSequence: Math.max(0, integer('afterSequence', query.afterSequence ?? 0)),
    untilSequence: query.untilSequence === undefined ? Number.POSITIVE_INFINITY : count('untilSequence', query.untilSequence),
    afterVersion: Math.max(0, integer('afterVersion', query.afterVersion ?? 0)),
    untilVersion: query.untilVersion === undefined ? Number.POSITIVE_INFINITY : count('untilVersion', query.untilVersion),
    sinceMs: query.since === undefined ? Number.NEGATIVE_INFINITY : instant('since', query.since, '00:00:00.000Z'),
    untilMs: query.until === undefined ? Number.POSITIVE_INFINITY : instant('until', query.until, '23:59:59.999Z'),
    limit: query.limit === undefined ? Number.POSITIVE_INFINITY : count('limit', query.limit),
  };
}

/**
 * An integer from 0.
 *
 * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT
 */
export function count(name: string, value: number): number {
  if (integer(name, value) >= 0) return value;
  throw invalid(name, value);
}

function integer(name: string, value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw invalid(name, value);
}

const dateTime = z.iso.datetime({ offset: true });
const date = z.iso.date();

function instant(name: string, value: string, timeOfDate: string): number {
  if (dateTime.safeParse(value).success) return Date.parse(value);
  if (date.safeParse(value).success) return Date.parse(`${value}T${timeOfDate}`);
  throw invalid(name, value);
}

function invalid(name: string, value: unknown): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_INVALID_ARGUMENT', `Cannot use ${JSON.stringify(value) ?? typeof value} as "${name}"`);
}
