/**
 * Every event is kept with a hash over itself and the hash of the event before it, so that one hash stands for the
 * whole history up to it. Nothing in the middle can change, be left out or be put in, by a failing disk or by anybody,
 * without the chain breaking at that place. What is cut off at the end is seen by comparing with a hash noted elsewhere.
 *
 * The text is the same in every adapter, so an export and its import end in the same hash.
 */
import { eventStoreError } from '../errors.ts';
import type { Event } from '../event.ts';

/** What stands before the first event. */
export const genesisHash = '0'.repeat(64);

/** What is hashed. Line by line: the hash before, the envelope, the data as kept. */
export function chainText(previousHash: string, event: Event, schemaVersion: number, json: string): string {
  const envelope = JSON.stringify([
    event.sequenceNumber,
    event.taskId,
    event.streamVersion,
    event.eventId,
    event.type,
    schemaVersion,
    event.codeVersion,
    event.codeHash,
    event.vectorClock,
    event.causationId,
    event.correlationId,
    event.timestamp,
  ]);
  return `${previousHash}\n${envelope}\n${json}`;
}

/** @internal */
export function chainBroken(sequenceNumber: number, problem: string): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_CHAIN_BROKEN', `Cannot trust event ${sequenceNumber}: ${problem}`, {
    data: { sequenceNumber, problem },
  });
}
