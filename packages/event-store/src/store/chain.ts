/**
 * Every event is kept with a hash over itself and the hash of the event before it, so that one hash stands for the
 * whole history up to it. Nothing in the middle can change, be left out or be put in, by a failing disk or by anybody,
 * without the chain breaking at that place. What is cut off at the end is seen by comparing with a hash noted elsewhere.
 *
 * The text is the same in every adapter, so an export and its import end in the same hash.
 */
import type { ClockMap } from '../clock/clock-map.ts';
import { eventStoreError } from '../errors.ts';
import type { Event } from '../event.ts';

/** What stands before the first event. */
export const genesisHash = '0'.repeat(64);

/**
 * What is hashed. Line by line: the hash before, the envelope as a JSON array, the data as kept. Written by hand, as that
 * takes half the time of `JSON.stringify`; a UUID and an instant have nothing in them that JSON would escape.
 */
export function chainText(previousHash: string, event: Event, schemaVersion: number, json: string): string {
  const { sequenceNumber, taskId, streamVersion, eventId, type, codeVersion, codeHash, vectorClock, causationId, correlationId, timestamp } = event;
  const place = `${sequenceNumber},${quoted(taskId)},${streamVersion},"${eventId}",${quoted(type)}`;
  const code = `${schemaVersion},${codeVersion},${quotedOrNull(codeHash)},${clockJson(vectorClock)}`;
  return `${previousHash}\n[${place},${code},${quotedOrNull(causationId)},${quotedOrNull(correlationId)},"${timestamp}"]\n${json}`;
}

/** A clock as JSON; most are empty. */
export function clockJson(clock: ClockMap): string {
  for (const _ in clock) return JSON.stringify(clock);
  return '{}';
}

function quotedOrNull(text: string | null): string {
  return text === null ? 'null' : quoted(text);
}

function quoted(text: string): string {
  return needsNoEscape.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Printable ASCII without `"` and `\\`. */
const needsNoEscape = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** @internal */
export function chainBroken(sequenceNumber: number, problem: string): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_CHAIN_BROKEN', `Cannot trust event ${sequenceNumber}: ${problem}`, {
    data: { sequenceNumber, problem },
  });
}
