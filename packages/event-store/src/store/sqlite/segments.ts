/**
 * Old events, compressed. A segment holds a run of events as lines of JSON under Zstandard with a checksum, and the hash
 * of the last of them; the hashes of the others follow from the chain and are not kept. Unpacking is quick and parsing is
 * not, so a line is parsed when its event is asked for.
 */
import type { DatabaseSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { createClock, type ClockMap } from '../../clock/clock-map.ts';
import { eventStoreError } from '../../errors.ts';
import { freezeEvent, type Event } from '../../event.ts';
import { frozenJsonObject } from '../../json.ts';
import { chainText } from '../chain.ts';
import type { EventRecord } from '../event-record.ts';
import { sha256 } from '../sha256.ts';
import { integer } from './rows.ts';
import { Query } from './statements.ts';

/** An event of a segment. Its data as text is made when somebody asks, which few do. */
export interface SealedEvent {
  readonly event: Event;
  readonly schemaVersion: number;
}

/** The names of an event are the same in each, so they are left out: this is their order. */
type SealedRow = [
  sequenceNumber: number,
  taskId: string,
  streamVersion: number,
  timestamp: string,
  type: string,
  eventId: string,
  schemaVersion: number,
  codeVersion: number,
  codeHash: string | null,
  causationId: string | null,
  correlationId: string | null,
  vectorClock: ClockMap,
  data: unknown,
];

const maxOpen = 4;

interface Segment {
  readonly first: number;
  readonly last: number;
  readonly hash: string;
  /** Of the event before the first one. */
  readonly previousHash: string;
  readonly events: SealedEvents;
  /** Once somebody asked for them. */
  records: readonly EventRecord[] | undefined;
}

/** The body of a segment. */
export function sealEvents(records: readonly EventRecord[]): Uint8Array {
  const rows = records.map(({ event, schemaVersion }): SealedRow => [
    event.sequenceNumber,
    event.taskId,
    event.streamVersion,
    event.timestamp,
    event.type,
    event.eventId,
    schemaVersion,
    event.codeVersion,
    event.codeHash,
    event.causationId,
    event.correlationId,
    event.vectorClock,
    event.data,
  ]);
  return zstdCompressSync(rows.map((row) => JSON.stringify(row)).join('\n'), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** The events of a segment. @throws Error for a body that is damaged; the checksum sees to that */
export class SealedEvents {
  readonly #lines: readonly string[];
  readonly #events: (SealedEvent | undefined)[];

  constructor(sealed: Uint8Array) {
    this.#lines = zstdDecompressSync(sealed).toString().split('\n');
    this.#events = Array.from(this.#lines, () => undefined);
  }

  at(index: number): SealedEvent | undefined {
    const line = this.#lines[index];
    if (line !== undefined) this.#events[index] ??= sealedEventOf(line);
    return this.#events[index];
  }

  all(): readonly SealedEvent[] {
    return this.#lines.map((line, index) => this.at(index) ?? sealedEventOf(line));
  }
}

function sealedEventOf(line: string): SealedEvent {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only sealEvents writes lines, and they have a checksum
  const row = JSON.parse(line) as SealedRow;
  const event = freezeEvent({
    eventId: row[5],
    type: row[4],
    taskId: row[1],
    sequenceNumber: row[0],
    streamVersion: row[2],
    codeVersion: row[7],
    codeHash: row[8],
    vectorClock: createClock(row[11]),
    causationId: row[9],
    correlationId: row[10],
    timestamp: row[3],
    data: frozenJsonObject(row[12]),
  });
  return { event, schemaVersion: row[6] };
}

/** Sealed events as records, given the hash of the event before them. */
export function chained(previousHash: string, events: readonly SealedEvent[]): readonly EventRecord[] {
  let hash = previousHash;
  return events.map(({ event, schemaVersion }) => {
    const json = JSON.stringify(event.data);
    hash = sha256(chainText(hash, event, schemaVersion, json));
    return { event, schemaVersion, json, hash };
  });
}

/** Reads segments and keeps the last few of them open. */
export class Segments {
  readonly #path: string;
  readonly #select: Query;
  readonly #open: Segment[] = [];

  constructor(database: DatabaseSync, path: string) {
    this.#path = path;
    this.#select = new Query(
      database,
      'SELECT first, last, hash, body, (SELECT hash FROM segments AS before WHERE before.last = segments.first - 1) FROM segments WHERE last >= ? ORDER BY last LIMIT 1',
    );
  }

  /** The events of the segment that holds a position. */
  eventsOf(position: number): readonly SealedEvent[] {
    return this.#segmentOf(position).events.all();
  }

  eventAt(position: number): SealedEvent | undefined {
    const { first, events } = this.#segmentOf(position);
    return events.at(position - first);
  }

  /** The records of the segment that holds a position. */
  recordsOf(position: number): readonly EventRecord[] {
    const segment = this.#segmentOf(position);
    segment.records ??= chained(segment.previousHash, segment.events.all());
    if (segment.records.at(-1)?.hash === segment.hash) return segment.records;
    throw this.#corrupt(position, new Error('its hash does not fit what it holds'));
  }

  #segmentOf(position: number): Segment {
    const open = this.#open.find(({ first, last }) => position >= first && position <= last);
    if (open) return open;
    const [first, last, hash, sealed, previous] = this.#select.first(position) ?? [];
    try {
      if (!(sealed instanceof Uint8Array)) throw new TypeError('it is not there');
      const segment = { first: integer(first), last: integer(last), hash: hex(hash), previousHash: hex(previous), events: new SealedEvents(sealed), records: undefined };
      if (this.#open.length >= maxOpen) this.#open.shift();
      this.#open.push(segment);
      return segment;
    } catch (cause) {
      throw this.#corrupt(position, cause);
    }
  }

  #corrupt(position: number, cause: unknown): Error {
    return eventStoreError('HOLDFAST_EVENT_STORE_CORRUPT', `Cannot read the segment of event ${position} of event store "${this.#path}"`, {
      cause,
      data: { path: this.#path, position: String(position) },
    });
  }
}

function hex(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '0'.repeat(64);
}
