import { z } from 'zod';
import { eventStoreError } from '../errors.ts';
import { parseTaskId } from '../task-id.ts';
import type { EventQuery } from './event-store.ts';

/** A query with every field present. */
export interface ResolvedQuery {
  readonly taskId: string | null;
  readonly types: readonly string[] | null;
  readonly afterSequence: number;
  readonly afterVersion: number;
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
    afterSequence: Math.max(0, integer('afterSequence', query.afterSequence ?? 0)),
    afterVersion: Math.max(0, integer('afterVersion', query.afterVersion ?? 0)),
    untilMs: query.until === undefined ? Number.POSITIVE_INFINITY : instant(query.until),
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

function instant(until: string): number {
  if (dateTime.safeParse(until).success) return Date.parse(until);
  if (date.safeParse(until).success) return Date.parse(`${until}T23:59:59.999Z`);
  throw invalid('until', until);
}

function invalid(name: string, value: unknown): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_INVALID_ARGUMENT', `Cannot use ${JSON.stringify(value) ?? typeof value} as "${name}"`);
}
