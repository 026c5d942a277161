import { serverError } from '../errors.ts';
import { encode, type Entry, type EventFeed, type EventSource } from './event-feed.ts';
import type { Feeds } from './feeds.ts';

/** What a reader's connection is to the stream. */
export interface Sink {
  /** Whether it holds as much as it may. */
  readonly isFull: boolean;
  /** Takes entries, in order. */
  write(entries: readonly Entry[]): void;
  /** Calls back once when there is room again. */
  whenDrained(resume: () => void): void;
  /** The reader has all that there is, for the first time. */
  caughtUp?(): void;
}

export interface ReaderOptions {
  readonly stream: string;
  readonly source: EventSource;
  readonly feeds: Feeds;
  readonly sink: Sink;
  /** The last version that the client has. */
  readonly afterVersion: number;
  /** The most entries of one write. */
  readonly batch: number;
  /** Nothing can come any more, and everything was written. */
  readonly onEnd: () => void;
  readonly onError: (error: unknown) => void;
}

/** After so many writes a reader lets the others have their turn. */
const writesPerTurn = 64;
/** What a reader holds of the store at a time: so many events, or those that have so many bytes. */
const pageLength = 256;
const pageBytes = 128 * 1024;

/** Carries a stream into one connection: everything after a version, each event once and in order, as fast as it is taken. */
export class StreamReader {
  readonly #options: ReaderOptions;
  /** Undefined until the store has no more than this reader has. */
  #feed: EventFeed | undefined;
  #stopListening = (): void => undefined;
  #version: number;
  #sequence = 0;
  /** Read from the store, not yet written. */
  #page: readonly Entry[] = [];
  /** Something else will go on: room, a page, or the next turn. */
  #isWaiting = false;
  #isFull = false;
  #isClosed = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#version = options.afterVersion;
    const known = options.feeds.find(options.stream);
    if (known && known.head >= options.afterVersion) this.#join(known);
    this.#pump();
  }

  /** What the connection was given so far. */
  get position(): { readonly version: number; readonly sequence: number } {
    return { version: this.#version, sequence: this.#sequence };
  }

  /** The connection has all that there is. */
  get isLive(): boolean {
    return this.#feed !== undefined && this.#version >= this.#feed.head;
  }

  /** There is more, and the connection takes nothing. */
  get isStalled(): boolean {
    return this.#isFull;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopListening();
    this.#options.feeds.letGo(this.#options.stream);
  }

  #join(feed: EventFeed): void {
    if (feed.after(this.#version, 1) === undefined) return; // the ring does not reach back so far: the store does
    this.#feed = feed;
    this.#stopListening = feed.listen(() => this.#pump());
    this.#options.sink.caughtUp?.();
  }

  #pump(): void {
    if (this.#isWaiting || this.#isClosed) return;
    for (let writes = 0; writes < writesPerTurn; writes += 1) {
      if (this.#options.sink.isFull) return this.#waitForRoom();
      const entries = this.#next();
      if (entries === undefined) return this.#readPage();
      if (entries.length === 0) return this.#feed?.isOver === true ? this.#end() : undefined;
      this.#write(entries);
    }
    return this.#wait((resume) => void setImmediate(resume));
  }

  /** What to write now; undefined when only the store has it. */
  #next(): readonly Entry[] | undefined {
    const { batch } = this.#options;
    if (this.#page.length === 0) return this.#feed?.after(this.#version, batch);
    const entries = this.#page.slice(0, batch);
    this.#page = this.#page.slice(batch);
    return entries;
  }

  #write(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (!last) return;
    this.#version = last.version;
    this.#sequence = last.sequence;
    this.#options.sink.write(entries);
  }

  #end(): void {
    this.close();
    this.#options.onEnd();
  }

  #waitForRoom(): void {
    this.#isFull = true;
    this.#wait((resume) =>
      this.#options.sink.whenDrained(() => {
        this.#isFull = false;
        resume();
      }),
    );
  }

  #readPage(): void {
    const { stream, source, feeds, onError } = this.#options;
    this.#wait((resume) => {
      const read = async (): Promise<void> => {
        this.#page = await this.#read(source);
        if (this.#isClosed) return;
        // An empty page says that the store has no more: what comes from now on comes by the feed.
        if (this.#page.length === 0 && !this.#feed) this.#join(feeds.get(stream, source, this.#version));
        resume();
      };
      read().catch(onError);
    });
  }

  async #read(source: EventSource): Promise<readonly Entry[]> {
    const page = await readPage(source, this.#version, pageLength);
    if (page.length === 0 && this.#sequence === 0) await checkPosition(source, this.#version);
    return page;
  }

  #wait(begin: (resume: () => void) => void): void {
    this.#isWaiting = true;
    begin(() => {
      this.#isWaiting = false;
      this.#pump();
    });
  }
}

/** @throws HOLDFAST_SERVER_UNKNOWN_VERSION when a stream has not reached a version */
export async function checkPosition(source: EventSource, version: number): Promise<void> {
  if (version === 0 || (await readPage(source, version - 1, 1)).length > 0) return;
  throw serverError('HOLDFAST_SERVER_UNKNOWN_VERSION', `Cannot follow from version ${version}: it has not happened`);
}

async function readPage(source: EventSource, afterVersion: number, limit: number): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let bytes = 0;
  for await (const event of source.read({ afterVersion, limit })) {
    const entry = encode(event);
    entries.push(entry);
    bytes += entry.json.length;
    if (bytes >= pageBytes) break;
  }
  return entries;
}
