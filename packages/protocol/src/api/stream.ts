import { z } from 'zod';
import { jsonValue } from '../json-value.ts';

/** The WebSocket subprotocol. A change that breaks a client gets another number. */
export const streamSubprotocol = 'holdfast.v1';
/** A browser cannot set headers on a WebSocket: it offers this, followed by its token in base64url, as a second subprotocol. */
export const tokenSubprotocol = 'holdfast.token.';

/** Why the server closed a stream, beside the codes of RFC 6455. */
export const CloseCode = {
  /** What was followed has ended, and everything of it was sent. */
  ended: 1000,
  /** Come back with `from`. */
  restarting: 1012,
  /** Come back later. */
  overloaded: 1013,
  badRequest: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  notFound: 4404,
  /** The client read nothing for too long: come back with `from`. */
  tooSlow: 4408,
  /** None of the offered subprotocols is spoken here. */
  unsupportedVersion: 4409,
  /** The stream has not come as far as `from`: forget what you have and follow it from 0. */
  unknownVersion: 4410,
  tooManyConnections: 4429,
} as const;

const position = {
  /** Gap-free in its stream, from 1. */
  version: z.int().nonnegative(),
  /** Gap-free in the whole store, from 1. */
  sequence: z.int().nonnegative(),
};

/** One thing that happened in a session or a task. */
export const streamMessage = z
  .object({
    type: z.string(),
    /** The stream of the event: a task's id, or `session:` and a session's. */
    stream: z.string(),
    ...position,
    timestamp: z.iso.datetime(),
    data: z.record(z.string(), jsonValue),
  })
  .meta({ id: 'StreamMessage' });

/** Several messages at once, for a client that asked for `batch` and is behind. Its position is that of the last one. */
const streamBatch = z.object({ type: z.literal('batch'), ...position, events: z.array(streamMessage).min(1).readonly() });
/** That the server lives, for a client that asked for `heartbeatMs`; the first one says that the client has caught up. */
const streamHeartbeat = z.object({ type: z.literal('heartbeat'), ...position, timestamp: z.iso.datetime() });
/** Something that is not kept, for a client that asked for `deltas` and is not behind. */
const streamDelta = z.object({ type: z.literal('delta'), ...position, data: jsonValue });

/** Everything that a stream may carry. Ignore a type that you do not know. */
export const streamFrame = z.union([streamBatch, streamHeartbeat, streamDelta, streamMessage]);

/** How a client follows a stream. */
export const followQuery = z.strictObject({
  /** The last version that the client has. */
  from: z.int().nonnegative().optional(),
  /** The most messages that one frame may carry. */
  batch: z.int().min(1).max(256).optional(),
  heartbeatMs: z.int().min(1000).max(600_000).optional(),
  deltas: z.boolean().optional(),
});

/** Which events of one stream to read. */
export const eventQuery = z.strictObject({
  afterVersion: z.int().nonnegative().optional(),
  afterSequence: z.int().nonnegative().optional(),
  /** Only what happened up to this instant; a date without a time is the end of that day in UTC. */
  until: z.string().min(1).max(64).optional(),
  limit: z.int().min(1).max(10_000).optional(),
  /** Goes on with what happens, for NDJSON; server-sent events always do. */
  follow: z.boolean().optional(),
});

export const eventList = z.object({ events: z.array(streamMessage).readonly() }).meta({ id: 'Events' });

export type StreamMessage = z.output<typeof streamMessage>;
export type StreamFrame = z.output<typeof streamFrame>;
export type FollowQuery = z.output<typeof followQuery>;
export type EventQuery = z.output<typeof eventQuery>;
