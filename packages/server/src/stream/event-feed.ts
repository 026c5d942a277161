/**
 * One stream of events for many readers. The feed reads the store once, encodes each event once and keeps the newest
 * in a ring; a reader keeps nothing but the version it has reached. Whoever falls out of the ring reads pages from the
 * store until it is back. So a slow reader costs what its own connection holds, and nothing for each event.
 */
import type { Event } from '@holdfast/orchestrator';

/** Where a stream's events come from. */
export interface EventSource {
  /** What is there and then what comes. Ends with its signal, or when nothing can come any more. */
  follow(options: { readonly afterVersion: number; readonly signal: AbortSignal }): AsyncIterable<Event>;
  /** What is there now. */
  read(options: { readonly afterVersion: number; readonly limit: number }): AsyncIterable<Event>;
}

/** One event, encoded for every reader. */
export interface Entry {
  readonly version: number;
  readonly sequence: number;
  /** The message as JSON in UTF-8. */
  readonly json: Buffer;
}

export interface FeedLimits {
  /** How many events the ring holds. */
  readonly maxEntries: number;
  /** How many bytes of JSON the ring holds. */
  readonly maxBytes: number;
}

/** How many events are read between two turns of the event loop. */
const eventsPerTurn = 256;

export class EventFeed {
  readonly #source: EventSource;
  readonly #limits: FeedLimits;
  readonly #ring: Entry[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #ended = new AbortController();
  #head: number;
  #start = 0;
  #bytes = 0;
  #isOver = false;

  /** Reads what has a greater version than `afterVersion`, until it is closed. */
  constructor(source: EventSource, afterVersion: number, limits: FeedLimits) {
    this.#source = source;
    this.#limits = limits;
    this.#head = afterVersion;
    this.#run(afterVersion).catch(() => this.#end()); // the store is gone, and with it the stream
  }

  /** The newest version, or the one to start after. */
  get head(): number {
    return this.#head;
  }

  /** Nothing can come any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Calls whenever there is something new, or nothing will be. Gives back how to stop. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** Up to `most` entries after a version; undefined when the ring does not reach back so far. */
  after(version: number, most: number): readonly Entry[] | undefined {
    if (version >= this.head) return [];
    const first = this.#ring[this.#start];
    if (first === undefined || version < first.version - 1) return undefined;
    const from = this.#start + version - first.version + 1;
    return this.#ring.slice(from, from + most);
  }

  close(): void {
    this.#ended.abort();
  }

  async #run(afterVersion: number): Promise<void> {
    let read = 0;
    for await (const event of this.#source.follow({ afterVersion, signal: this.#ended.signal })) {
      this.#add(encode(event));
      read += 1;
      if (read % eventsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve)); // so that sockets get their turn
    }
    this.#end();
  }

  #add(entry: Entry): void {
    this.#ring.push(entry);
    this.#bytes += entry.json.length;
    this.#head = entry.version;
    while (this.#ring.length - this.#start > this.#limits.maxEntries || (this.#bytes > this.#limits.maxBytes && this.#ring.length - this.#start > 1)) {
      this.#bytes -= this.#ring[this.#start]?.json.length ?? 0;
      this.#start += 1;
    }
    if (this.#start > this.#limits.maxEntries) this.#start -= this.#ring.splice(0, this.#start).length;
    this.#tell();
  }

  #end(): void {
    this.#isOver = true;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export function encode(event: Event): Entry {
  return { version: event.streamVersion, sequence: event.sequenceNumber, json: Buffer.from(JSON.stringify(toMessage(event))) };
}

/** One event as every client gets it: `version` is gap-free in its stream, `sequence` in the whole store. */
export function toMessage({ type, taskId, streamVersion, sequenceNumber, timestamp, data }: Event) {
  return { type, stream: taskId, version: streamVersion, sequence: sequenceNumber, timestamp, data };
}
