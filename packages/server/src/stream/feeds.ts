import { EventFeed, type EventSource, type FeedLimits } from './event-feed.ts';

const defaultLimits: FeedLimits = { maxEntries: 4096, maxBytes: 8 << 20 };

/** The feeds that somebody reads, one for each stream. */
export class Feeds {
  readonly #limits: FeedLimits;
  readonly #feeds = new Map<string, EventFeed>();

  constructor(limits: Partial<FeedLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** The feed of a stream, if somebody reads it. */
  find(stream: string): EventFeed | undefined {
    return this.#feeds.get(stream);
  }

  /** The feed of a stream; begun after a version where nobody reads it yet. Let go of it when you have stopped listening. */
  get(stream: string, source: EventSource, afterVersion: number): EventFeed {
    const known = this.#feeds.get(stream);
    if (known) return known;
    const feed = new EventFeed(source, afterVersion, this.#limits);
    this.#feeds.set(stream, feed);
    return feed;
  }

  /** Closes the feed of a stream if nobody reads it any more. */
  letGo(stream: string): void {
    const feed = this.#feeds.get(stream);
    if (!feed || feed.hasListeners) return;
    feed.close();
    this.#feeds.delete(stream);
  }

  /** How many streams somebody reads. */
  get size(): number {
    return this.#feeds.size;
  }
}
