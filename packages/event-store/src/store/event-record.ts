import type { Event } from '../event.ts';

/** An event as it is kept. */
export interface EventRecord {
  /** As it was appended, in the schema of its time. */
  readonly event: Event;
  /** Of its data: 1, and one more for each upcaster that its type had when it was appended. */
  readonly schemaVersion: number;
  /** Its data, to the letter as it is kept. */
  readonly json: string;
  /** SHA-256 in hexadecimal over the event and the hash of the event before it; see `chainText`. */
  readonly hash: string;
}

export interface RecordQuery {
  /** @default 0 */
  readonly afterSequence?: number;
  /** Itself included. @default the last one */
  readonly untilSequence?: number;
}
