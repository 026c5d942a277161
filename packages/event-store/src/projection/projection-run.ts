/** A projection that follows the log, page by page. Two runs under one name find out at the first page that both save. */
import { isHoldfastError } from '@holdfast/protocol';
import { eventStoreError } from '../errors.ts';
import type { EventProgress } from '../export.ts';
import type { EventStore } from '../store/event-store.ts';
import { keptState } from './project.ts';
import type { Projection } from './projection.ts';
import { StateBook } from './state-book.ts';

export interface ProjectionRunOptions {
  /** How many events are taken in before their states are saved. @default 5000 */
  readonly pageEvents?: number;
  /** How many states are kept in memory. @default 1000 */
  readonly cachedStates?: number;
  /** Ends the run after the page at hand. */
  readonly signal?: AbortSignal;
  /** Told after each page. */
  readonly onProgress?: (progress: Required<EventProgress>) => void;
}

/** What a run has done since it was started. */
export interface ProjectionStats {
  /** Events that went into a state. */
  readonly applied: number;
  /** Events that were in their state already and were passed over. */
  readonly stale: number;
  /** The last event that was taken in and saved. */
  readonly sequenceNumber: number;
  /** How many events of the log are still to come. */
  readonly lag: number;
}

export interface ProjectionRun<State> {
  /** The state of a key as of the last page; undefined before its first event. */
  find(key: string): Promise<State | undefined>;
  stats(): Promise<ProjectionStats>;
  /** Settles once everything that was in the log at the call is in the states; rejects when the run has ended before. */
  caughtUp(): Promise<void>;
  /**
   * Builds the states anew beside the old ones, which answer until the new ones take their place in one step. The run
   * goes on meanwhile.
   */
  rebuild(options?: Pick<ProjectionRunOptions, 'signal' | 'onProgress'>): Promise<void>;
  /** Settles when the run was stopped or the store closed; rejects with what it failed of. */
  readonly ended: Promise<void>;
  /** Ends after the page at hand. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts to keep the states of a projection up to date, from where it stood.
 *
 * It fails with HOLDFAST_EVENT_STORE_PROJECTION_FAILED when the projection throws, and with
 * HOLDFAST_EVENT_STORE_CONSUMER_CONFLICT when another run has the same name. States are then as of the page before.
 */
export function startProjection<State>(store: EventStore, projection: Projection<State>, options: ProjectionRunOptions = {}): ProjectionRun<State> {
  return new Run(store, projection, options);
}

class Run<State> implements ProjectionRun<State> {
  readonly ended: Promise<void>;
  readonly #store: EventStore;
  readonly #projection: Projection<State>;
  readonly #options: ProjectionRunOptions;
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<{ readonly sequenceNumber: number; readonly settle: () => void }>();
  #book: StateBook;
  #position = 0;
  #applied = 0;
  #stale = 0;
  /** The page at hand. */
  #page: Promise<void> = Promise.resolve();
  /** Held by a rebuild that is about to take the place of the states. */
  #hold: PromiseWithResolvers<void> | undefined;

  constructor(store: EventStore, projection: Projection<State>, options: ProjectionRunOptions) {
    this.#store = store;
    this.#projection = projection;
    this.#options = options;
    this.#book = this.#bookOf(projection.name);
    const stop = (): void => this.#stopping.abort();
    if (options.signal?.aborted === true) stop();
    options.signal?.addEventListener('abort', stop, { once: true, signal: this.#stopping.signal });
    this.ended = this.#follow();
    this.ended.catch(() => undefined); // whoever asks is told
  }

  async find(key: string): Promise<State | undefined> {
    return keptState(this.#store, this.#projection, key);
  }

  async stats(): Promise<ProjectionStats> {
    const head = await this.#store.head();
    return { applied: this.#applied, stale: this.#stale, sequenceNumber: this.#position, lag: Math.max(0, head - this.#position) };
  }

  async caughtUp(): Promise<void> {
    const sequenceNumber = await this.#store.head();
    const reached = Promise.withResolvers<boolean>();
    const waiting = { sequenceNumber, settle: () => reached.resolve(true) };
    this.#waiting.add(waiting);
    this.#wake();
    const hasReached = await Promise.race([reached.promise, this.ended.then(() => false)]);
    this.#waiting.delete(waiting);
    const { name } = this.#projection;
    if (!hasReached) throw eventStoreError('HOLDFAST_EVENT_STORE_CLOSED', `Cannot catch up with projection "${name}": its run has ended`, { data: { projection: name } });
  }

  async rebuild({ signal, onProgress }: Pick<ProjectionRunOptions, 'signal' | 'onProgress'> = {}): Promise<void> {
    const { name } = this.#projection;
    const book = this.#bookOf(`${name} (rebuild)`);
    await this.#store.consumers.remove(book.consumer);
    let position = 0;
    const takeTo = async (end: number): Promise<void> => {
      while (position < end) {
        signal?.throwIfAborted();
        const next = Math.min(end, position + this.#pageEvents);
        await book.take(position, next);
        position = next;
        onProgress?.({ done: position, total: end });
      }
    };
    while (position < (await this.#store.head())) await takeTo(await this.#store.head());
    const hold = await this.#pause();
    try {
      await takeTo(this.#position);
      await this.#store.consumers.replace(name, book.consumer);
      book.consumer = name;
      this.#book = book;
      this.#position = position;
    } finally {
      this.#hold = undefined;
      hold.resolve();
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#hold?.resolve();
    await this.ended.catch(() => undefined); // whoever looks at `ended` is told
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      this.#position = await this.#store.consumers.position(this.#projection.name);
      while (!signal.aborted) {
        this.#wake();
        await this.#hold?.promise;
        const head = await this.#store.head();
        if (this.#position < head) await this.#takePage(head);
        else await this.#nextEvent(signal);
      }
    } catch (error) {
      if (!isHoldfastError(error, 'HOLDFAST_EVENT_STORE_CLOSED')) throw error;
    }
  }

  async #takePage(head: number): Promise<void> {
    const busy = Promise.withResolvers<void>();
    this.#page = busy.promise;
    try {
      const end = Math.min(head, this.#position + this.#pageEvents);
      const { applied, stale } = await this.#book.take(this.#position, end);
      this.#position = end;
      this.#applied += applied;
      this.#stale += stale;
      this.#options.onProgress?.({ done: end, total: head });
    } finally {
      busy.resolve();
    }
  }

  /** Holds the run up after the page at hand. */
  async #pause(): Promise<PromiseWithResolvers<void>> {
    const hold = Promise.withResolvers<void>();
    this.#hold = hold;
    await this.#page;
    return hold;
  }

  async #nextEvent(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#store.subscribe({ afterSequence: this.#position, limit: 1, signal })) return;
    if (!signal.aborted) this.#stopping.abort(); // the store was closed
  }

  #wake(): void {
    for (const { sequenceNumber, settle } of this.#waiting) if (this.#position >= sequenceNumber) settle();
  }

  #bookOf(consumer: string): StateBook {
    return new StateBook(this.#store, this.#projection, consumer, this.#options.cachedStates ?? 1000);
  }

  get #pageEvents(): number {
    return this.#options.pageEvents ?? 5000;
  }
}
