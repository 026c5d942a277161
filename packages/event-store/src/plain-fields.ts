/**
 * Most events are plain: known fields, each of the kind that it should be. Seeing that by hand takes a small part of the
 * time of a schema. Whatever is out of the ordinary goes to the schema, which has the last word on what is an event and
 * the words for what is wrong; here nothing is refused, and nothing accepted that the schema would refuse or change.
 */
import { createClock, type ClockMap } from './clock/clock-map.ts';
import { encodeJsonObject, isPlainObject, type JsonObject } from './json.ts';
import { isPlainId } from './task-id.ts';

/** The fields of a new event, checked and copied. */
export interface PlainFields {
  readonly type: string;
  readonly data: JsonObject;
  /** The data as JSON. */
  readonly json: string;
  readonly eventId: string | undefined;
  readonly codeVersion: number;
  readonly codeHash: string | null;
  readonly vectorClock: ClockMap | undefined;
  readonly causationId: string | null;
  readonly correlationId: string | null;
  readonly timestamp: undefined;
}

const names = new Set(['type', 'data', 'eventId', 'codeVersion', 'codeHash', 'vectorClock', 'causationId', 'correlationId']);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The fields of a new event; undefined for one that the schema has to look at. */
export function plainFields(input: unknown): PlainFields | undefined {
  if (!isPlainObject(input)) return undefined;
  for (const name in input) if (!names.has(name)) return undefined;
  const { type, eventId, codeVersion = 0, codeHash = null, causationId = null, correlationId = null } = input;
  if (!isPlainId(type) || !isUuidOr(undefined, eventId) || !isUuidOr(null, causationId)) return undefined;
  if (codeHash !== null || (correlationId !== null && !isPlainId(correlationId)) || !isCounter(codeVersion)) return undefined;
  try {
    const { data, json } = encodeJsonObject(input['data']);
    return { type, data, json, eventId, codeVersion, codeHash, vectorClock: clockOf(input['vectorClock']), causationId, correlationId, timestamp: undefined };
  } catch {
    return undefined; // the schema finds the same and says it with the path
  }
}

/** Tells whether an id is a UUID in lower case. */
export function isUuid(id: unknown): id is string {
  return typeof id === 'string' && uuid.test(id);
}

function isUuidOr<Absent extends null | undefined>(absent: Absent, value: unknown): value is string | Absent {
  return value === absent || isUuid(value);
}

function isCounter(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** @throws RangeError for what is no clock */
function clockOf(value: unknown): ClockMap | undefined {
  if (value === undefined) return undefined;
  if (isCounters(value)) return createClock(value);
  throw new RangeError('Cannot use a clock that is no object of counters');
}

/** The values are still to be looked at; `createClock` refuses those that are no counters. */
function isCounters(value: unknown): value is ClockMap {
  return isPlainObject(value);
}
