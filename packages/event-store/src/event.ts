import { idSchema } from '@holdfast/protocol';
import { z } from 'zod';
import { createClock, type ClockMap } from './clock/clock-map.ts';
import { eventStoreError } from './errors.ts';
import { newEventId } from './event-id.ts';
import { isPlainObject, jsonObjectSchema, type JsonObject } from './json.ts';
import { isUuid, plainFields, type PlainFields } from './plain-fields.ts';

/** One fact about a task. Deep-frozen and made of JSON alone, so it may be shared and sent as it is. */
export interface Event<Type extends string = string, Data extends JsonObject = JsonObject> {
  /** A UUID; version 7 unless the caller brought one. */
  readonly eventId: string;
  readonly type: Type;
  readonly taskId: string;
  /** Its place in the whole store: from 1, without gaps. 0 for an event that was not appended. */
  readonly sequenceNumber: number;
  /** Its place among the events of its task: from 1, without gaps. 0 for an event that was not appended. */
  readonly streamVersion: number;
  /** The generation of code that the event speaks of. */
  readonly codeVersion: number;
  /** The SHA-256 of that code in hexadecimal, where known. */
  readonly codeHash: string | null;
  readonly vectorClock: ClockMap;
  /** The event that caused this one. */
  readonly causationId: string | null;
  /** What this event belongs to together with others: a request, an execution. */
  readonly correlationId: string | null;
  /** ISO 8601 in UTC with milliseconds. For people; it never decides an order. */
  readonly timestamp: string;
  readonly data: Data;
}

/** What a caller appends; the store gives it its numbers. */
export interface NewEvent<Type extends string = string, Data extends JsonObject = JsonObject> {
  readonly type: Type;
  readonly data: Data;
  /** @default a new UUID version 7 */
  readonly eventId?: string;
  /** @default 0 */
  readonly codeVersion?: number;
  /** @default null */
  readonly codeHash?: string | null;
  /** @default {} */
  readonly vectorClock?: ClockMap;
  /** @default null */
  readonly causationId?: string | null;
  /** @default null */
  readonly correlationId?: string | null;
  /** ISO 8601 with an offset, at most 5 s ahead. @default now */
  readonly timestamp?: string;
}

/** A whole event before it is checked. */
export interface EventInput<Type extends string = string, Data extends JsonObject = JsonObject> extends NewEvent<Type, Data> {
  readonly taskId: string;
  /** @default 0 */
  readonly sequenceNumber?: number;
  /** @default 0 */
  readonly streamVersion?: number;
}

/** Where new events get their time and their ids from. */
export interface EventSources {
  /** The wall clock in epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Gives UUIDs in lower case. @default UUID version 7 of now */
  readonly newId?: () => string;
}

/** How far ahead of our clock a new event may be. */
const maxAheadMs = 5000;

const clockSchema = z.unknown().transform((value, context): ClockMap => {
  try {
    if (isCounters(value)) return createClock(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
  context.addIssue({ code: 'custom', message: 'expected an object of counters' });
  return z.NEVER;
});

const shape = {
  type: idSchema,
  data: jsonObjectSchema,
  eventId: z.uuid().toLowerCase().optional(),
  codeVersion: z.int().nonnegative().default(0),
  codeHash: z.string().min(1).max(128).regex(/^[\x21-\x7e]+$/).nullable().default(null),
  vectorClock: clockSchema.optional(),
  causationId: z.uuid().toLowerCase().nullable().default(null),
  correlationId: idSchema.nullable().default(null),
  timestamp: z.iso.datetime({ offset: true }).optional(),
};
const newEventSchema = z.strictObject(shape);
const eventSchema = z.strictObject({
  ...shape,
  taskId: idSchema,
  sequenceNumber: z.int().nonnegative().default(0),
  streamVersion: z.int().nonnegative().default(0),
});

/**
 * Makes a checked, deep-frozen event. There is no other way to one that was not appended.
 *
 * @throws HOLDFAST_EVENT_STORE_INVALID_EVENT
 */
export function createEvent<Type extends string, Data extends JsonObject>(
  input: EventInput<Type, Data>,
  sources: EventSources = {},
): Event<Type, Data> {
  const fields = checked(eventSchema, input);
  const event = Object.freeze(completed(fields, fields, sources));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checking and copying keep the type and the shape of the data
  return event as Event<Type, Data>;
}

/**
 * Reads an event back that was appended elsewhere: from a wire, from an export. A timestamp ahead of our clock is accepted.
 *
 * @throws HOLDFAST_EVENT_STORE_INVALID_EVENT
 */
export function parseEvent(value: unknown): Event {
  const fields = checked(eventSchema.required({ eventId: true, timestamp: true }), value);
  return freezeEvent({ ...fields, vectorClock: fields.vectorClock ?? createClock(), timestamp: toUtc(fields.timestamp) });
}

/**
 * An event that waits for its numbers, and is not frozen before it has them, with its data as JSON.
 *
 * @internal
 */
export function draftEvent(taskId: string, input: NewEvent, sources: EventSources): { readonly event: Event; readonly json: string } {
  const fields = plainFields(input) ?? checked(newEventSchema, input);
  const event = completed(fields, { taskId, sequenceNumber: 0, streamVersion: 0 }, sources);
  return { event, json: 'json' in fields ? fields.json : JSON.stringify(event.data) };
}

/**
 * Puts the fields of an event in their order and freezes it, with other numbers if they are given; `vectorClock` and
 * `data` are frozen already.
 *
 * @internal
 */
export function freezeEvent(fields: Event, numbers: Pick<Event, 'sequenceNumber' | 'streamVersion' | 'timestamp'> = fields): Event {
  return Object.freeze({
    eventId: fields.eventId,
    type: fields.type,
    taskId: fields.taskId,
    sequenceNumber: numbers.sequenceNumber,
    streamVersion: numbers.streamVersion,
    codeVersion: fields.codeVersion,
    codeHash: fields.codeHash,
    vectorClock: fields.vectorClock,
    causationId: fields.causationId,
    correlationId: fields.correlationId,
    timestamp: numbers.timestamp,
    data: fields.data,
  });
}

function completed(fields: PlainFields | z.infer<typeof newEventSchema>, place: Pick<Event, 'taskId' | 'sequenceNumber' | 'streamVersion'>, { now = Date.now, newId }: EventSources): Event {
  const nowMs = now();
  if (!Number.isFinite(nowMs)) throw invalid('timestamp', `the clock says ${nowMs}`);
  const timestamp = fields.timestamp === undefined ? instant(nowMs) : notAhead(toUtc(fields.timestamp), nowMs);
  const eventId = fields.eventId ?? (newId ? ownId(newId()) : newEventId(nowMs));
  return {
    eventId,
    type: fields.type,
    taskId: place.taskId,
    sequenceNumber: place.sequenceNumber,
    streamVersion: place.streamVersion,
    codeVersion: fields.codeVersion,
    codeHash: fields.codeHash,
    vectorClock: fields.vectorClock ?? createClock(),
    causationId: fields.causationId,
    correlationId: fields.correlationId,
    timestamp,
    data: fields.data,
  };
}

function ownId(id: string): string {
  if (isUuid(id)) return id;
  throw invalid('eventId', `"newId" gave ${JSON.stringify(id)}, which is no UUID in lower case`);
}

function notAhead(timestamp: string, nowMs: number): string {
  if (Date.parse(timestamp) <= nowMs + maxAheadMs) return timestamp;
  throw invalid('timestamp', `${JSON.stringify(timestamp)} is more than ${maxAheadMs} ms ahead`);
}

/** The last instant that was written out: events that are made together share it. */
let lastInstant = { ms: Number.NaN, text: '' };

function instant(ms: number): string {
  if (ms !== lastInstant.ms) lastInstant = { ms, text: new Date(ms).toISOString() };
  return lastInstant.text;
}

/** The last timestamp that was read. */
let lastRead = { timestamp: '', ms: Number.NaN };

/**
 * The timestamp of an event in epoch milliseconds.
 *
 * @internal
 */
export function instantOf(timestamp: string): number {
  if (timestamp !== lastRead.timestamp) lastRead = { timestamp, ms: Date.parse(timestamp) };
  return lastRead.ms;
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(issue?.path.map(String).join('.') ?? '', issue?.message ?? 'it is not an event');
}

function invalid(field: string, problem: string): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_INVALID_EVENT', `Cannot accept event: "${field}": ${problem}`, { data: { field, problem } });
}

function toUtc(timestamp: string): string {
  return new Date(timestamp).toISOString();
}

/** The values are still to be looked at; `createClock` refuses those that are no counters. */
function isCounters(value: unknown): value is ClockMap {
  return isPlainObject(value);
}
