/**
 * Old events, compressed. A segment holds a run of events as JSON under Zstandard with a checksum, and the hash of the
 * last of them; the hashes of the others follow from the chain and are not kept.
 */
import { hash as digest } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { eventStoreError } from '../../errors.ts';
import { parseEvent, type Event } from '../../event.ts';
import { chainText } from '../chain.ts';
import type { EventRecord } from '../event-record.ts';
import { integer } from './rows.ts';
import { Query } from './statements.ts';

type SealedEvent = Omit<EventRecord, 'hash'>;

const body = z.array(z.tuple([z.unknown(), z.int().positive()]));
const maxOpen = 4;

interface Segment {
  readonly first: number;
  readonly last: number;
  readonly hash: string;
  /** Of the event before the first one. */
  readonly previousHash: string;
  readonly events: readonly SealedEvent[];
}

/** The body of a segment. */
export function sealEvents(records: readonly EventRecord[]): Uint8Array {
  const text = JSON.stringify(records.map(({ event, schemaVersion }) => [event, schemaVersion]));
  return zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** @throws SyntaxError or the like for a body that is damaged */
export function unsealEvents(sealed: Uint8Array): readonly SealedEvent[] {
  const rows = body.parse(JSON.parse(zstdDecompressSync(sealed).toString()));
  return rows.map(([value, schemaVersion]) => {
    const event: Event = parseEvent(value);
    return { event, schemaVersion, json: JSON.stringify(event.data) };
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
    return this.#segmentOf(position).events;
  }

  /** The records of the segment that holds a position. */
  recordsOf(position: number): readonly EventRecord[] {
    const { events, hash: last, previousHash } = this.#segmentOf(position);
    let hash = previousHash;
    const records = events.map(({ event, schemaVersion, json }) => {
      hash = digest('sha256', chainText(hash, event, schemaVersion, json));
      return { event, schemaVersion, json, hash };
    });
    if (hash === last) return records;
    throw this.#corrupt(position, new Error('its hash does not fit what it holds'));
  }

  #segmentOf(position: number): Segment {
    const open = this.#open.find(({ first, last }) => position >= first && position <= last);
    if (open) return open;
    const [first, last, hash, sealed, previous] = this.#select.first(position) ?? [];
    try {
      if (!(sealed instanceof Uint8Array)) throw new TypeError('it is not there');
      const segment = { first: integer(first), last: integer(last), hash: hex(hash), previousHash: hex(previous), events: unsealEvents(sealed) };
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
