/** Moves old events into segments. */
import { chainBroken } from '../chain.ts';
import type { EventRecord } from '../event-record.ts';
import type { WritingConnection } from './connection.ts';
import { chained, SealedEvents, sealEvents } from './segments.ts';

export interface SealOptions {
  /** The last event that may be sealed. @default the last one but one of the store */
  readonly untilSequence?: number;
  /** How many events make a segment; fewer are left as they are. @default 1024 */
  readonly segmentEvents?: number;
  /** Ends the work after the segment at hand. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/**
 * Seals the next segment and gives the number of its events; 0 when too few are left. Nothing is taken away before what
 * takes its place was read back and found to be the same, to the letter.
 *
 * @throws HOLDFAST_EVENT_STORE_CHAIN_BROKEN when an event is not what was appended
 */
export function sealNext({ database, index, reader, writer }: WritingConnection, untilSequence: number, segmentEvents: number): number {
  if (index.indexed < Math.min(untilSequence, index.position)) writer.fold();
  const [first, last] = [index.sealed + 1, index.sealed + segmentEvents];
  if (last > sealableUntil({ index }, untilSequence)) return 0;
  const records: EventRecord[] = [];
  while (records.length < segmentEvents) records.push(...reader.recordPage(index.sealed + records.length, last));
  const body = sealEvents(records);
  assertSame(reader.hashAt(index.sealed), records, body);
  writer.transaction(() => {
    database.prepare('INSERT INTO segments (first, last, hash, body) VALUES (?, ?, ?, ?)').run(first, last, Buffer.from(records.at(-1)?.hash ?? '', 'hex'), body);
    database.prepare('DELETE FROM events WHERE position <= ?').run(last);
    return () => {
      index.sealed = last;
    };
  });
  return segmentEvents;
}

/** The last event always stays, so that the end of the log is found without unpacking anything. */
export function sealableUntil({ index }: Pick<WritingConnection, 'index'>, untilSequence: number): number {
  return Math.min(untilSequence, index.position - 1);
}

function assertSame(previousHash: string, records: readonly EventRecord[], body: Uint8Array): void {
  for (const [index, { event, hash, json }] of chained(previousHash, new SealedEvents(body).all()).entries()) {
    if (records[index]?.hash !== hash || records[index].json !== json) throw chainBroken(event.sequenceNumber, 'its hash does not fit');
  }
}
