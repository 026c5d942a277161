/**
 * A projection that follows the log.
 *
 * Events are taken in pages. After each page the states it touched and the place in the log are saved in one
 * transaction, so each event goes into the states exactly once, whatever happens between: what was not saved is taken
 * again, from the states as they were saved. Two runs under one name find out at the first save.
 */
import { isHoldfastError, type HoldfastError } from '@holdfast/protocol';
import { eventStoreError } from '../errors.ts';
import type { Event } from '../event.ts';
import type { EventProgress } from '../export.ts';
import type { EventStore } from '../store/event-store.ts';
import { decodeState, encodeState, keyOf, wants } from './keep-state.ts';
import type { Projection } from './projection.ts';

export interface ProjectionRunOptions {
  /** How many events are taken in before their states are saved. @default 1000 */
  readonly pageEvents?: number;
  /** How many states are kept in memory beside those of the page at hand. @default 1000 */
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
  /** Settles once everything that was in the log at the call is in the states; rejects when the run has failed. */
  caughtUp(): Promise<void>;
  /** Builds the states anew beside the old ones, which answer until the new ones take their place in one step. */
  rebuild(options?: Pick<ProjectionRunOptions, 'signal' | 'onProgress'>): Promise<void>;
  /** Settles when the run has ended: it was stopped, or the store was closed. Rejects with what it failed of. */
  readonly ended: Promise<void>;
  /** Ends after the page at hand. Idempotent. */
  stop(): Promise<void>;
}

interface Entry {
  readonly state: unknown;
  readonly sequenceNumber: number;
}

/**
 * Starts to keep the states of a projection up to date from where it stood.
 *
 * `caughtUp` and `ended` reject with HOLDFAST_EVENT_STORE_PROJECTION_FAILED when the projection throws, and with
 * HOLDFAST_EVENT_STORE_CONSUMER_CONFLICT when another run has the same name.
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
  readonly #waiters = new Set<{ readonly from: number; readonly settle: PromiseWithResolvers<void> }>();
  #cache = new Map<string, Entry>();
  #position = 0;
  #applied = 0;
  #stale = 0;
  #rebuilding: Promise<void> = Promise.resolve();
  #release: (() => void) | undefined;

  constructor(store: EventStore, projection: Projection<State>, options: ProjectionRunOptions) {
    this.#store = store;
    this.#projection = projection;
    this.#options = options;
    options.signal?.addEventListener('abort', () => this.#stopping.abort(), { once: true, signal: this.#stopping.signal });
    if (options.signal?.aborted === true) this.#stopping.abort();
    this.ended = this.#follow();
    this.ended.then(
      () => this.#settle(runEnded(projection.name)),
      (error: unknown) => this.#settle(error),
    );
  }

  async find(key: string): Promise<State | undefined> {
    const kept = await this.#store.consumers.findState(this.#projection.name, key);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this projection keeps states under its name
    return kept && (decodeState(this.#projection, kept.state) as State);
  }

  async stats(): Promise<ProjectionStats> {
    const head = await this.#store.head();
    return { applied: this.#applied, stale: this.#stale, sequenceNumber: this.#position, lag: Math.max(0, head - this.#position) };
  }

  async caughtUp(): Promise<void> {
    const from = await this.#store.head();
    if (this.#position >= from) return;
    const settle = Promise.withResolvers<void>();
    const waiter = { from, settle };
    this.#waiters.add(waiter);
    this.ended.then(
      () => settle.reject(runEnded(this.#projection.name)),
      (error: unknown) => settle.reject(error),
    );
    await settle.promise;
  }

  async rebuild({ signal, onProgress }: Pick<ProjectionRunOptions, 'signal' | 'onProgress'> = {}): Promise<void> {
    const { name } = this.#projection;
    const fresh = `${name} (rebuild)`;
    await this.#store.consumers.remove(fresh);
    let cache = new Map<string, Entry>();
    let position = 0;
    const takePage = async (): Promise<void> => {
      signal?.throwIfAborted();
      const end = Math.min(position + this.#pageEvents, await this.#store.head());
      const taken = await this.#take(fresh, position, end, cache);
      position = end;
      cache = taken.cache;
      onProgress?.({ done: position, total: await this.#store.head() });
    };
    while (position < (await this.#store.head())) await takePage();
    const resume = await this.#pause();
    try {
      // Nothing is taken in by the run now, so what is left is what was appended meanwhile.
      while (position < this.#position) await takePage();
      await this.#store.consumers.replace(name, fresh);
      this.#position = position;
      this.#cache = cache;
    } finally {
      resume();
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#release?.();
    await this.ended.catch(() => undefined); // whoever looks at `ended` is told
  }

  get #pageEvents(): number {
    return this.#options.pageEvents ?? 1000;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    this.#position = await this.#store.consumers.position(this.#projection.name);
    this.#wake();
    try {
      while (!signal.aborted) {
        await this.#rebuilding;
        const head = await this.#store.head();
        if (this.#position < head) await this.#takePage(Math.min(head, this.#position + this.#pageEvents), head);
        else await this.#nextEvent(signal);
      }
    } catch (error) {
      if (isHoldfastError(error, 'HOLDFAST_EVENT_STORE_CLOSED')) return;
      throw error;
    }
  }

  async #takePage(end: number, head: number): Promise<void> {
    const busy = Promise.withResolvers<void>();
    this.#page = busy.promise;
    try {
      const { applied, stale, cache } = await this.#take(this.#projection.name, this.#position, end, this.#cache);
      this.#cache = cache;
      this.#position = end;
      this.#applied += applied;
      this.#stale += stale;
    } finally {
      busy.resolve();
    }
    this.#wake();
    this.#options.onProgress?.({ done: end, total: head });
  }

  #page: Promise<void> = Promise.resolve();

  /** Holds the run up after the page at hand, until what is given back is called. */
  async #pause(): Promise<() => void> {
    const held = Promise.withResolvers<void>();
    this.#rebuilding = held.promise;
    this.#release = held.resolve;
    await this.#page;
    return held.resolve;
  }

  /** Takes the events after one place, up to another, into the states of a consumer, and saves both. */
  async #take(consumer: string, after: number, end: number, cache: ReadonlyMap<string, Entry>): Promise<{ applied: number; stale: number; cache: Map<string, Entry> }> {
    const { types } = this.#projection;
    const touched = new Map<string, Entry>();
    let [applied, stale] = [0, 0];
    for await (const event of this.#store.read({ afterSequence: after, untilSequence: end, ...(types && { types }) })) {
      const key = this.#keyOf(event);
      if (key === undefined) continue;
      const before = touched.get(key) ?? cache.get(key) ?? (await this.#load(consumer, key));
      if (event.sequenceNumber <= before.sequenceNumber) {
        stale += 1;
        continue;
      }
      touched.set(key, { state: this.#apply(before.state, event), sequenceNumber: event.sequenceNumber });
      applied += 1;
    }
    const states = Array.from(touched, ([key, { state, sequenceNumber }]) => ({ key, sequenceNumber, state: this.#encode(state, key) }));
    await this.#store.consumers.save(consumer, { afterSequence: after, sequenceNumber: end, states });
    return { applied, stale, cache: newest(cache, touched, this.#options.cachedStates ?? 1000) };
  }

  async #load(consumer: string, key: string): Promise<Entry> {
    const kept = await this.#store.consumers.findState(consumer, key);
    if (!kept) return { state: this.#projection.initial(key), sequenceNumber: 0 };
    return { state: decodeState(this.#projection, kept.state), sequenceNumber: kept.sequenceNumber };
  }

  #keyOf(event: Event): string | undefined {
    return this.#named(event, () => (wants(this.#projection, event) ? keyOf(this.#projection, event) : undefined));
  }

  #apply(state: unknown, event: Event): unknown {
    const projection: Projection<unknown> = this.#projection;
    return this.#named(event, () => projection.apply(state, event));
  }

  #encode(state: unknown, key: string): ReturnType<typeof encodeState> {
    try {
      return encodeState(this.#projection, state);
    } catch (cause) {
      throw projectionFailed(this.#projection.name, `with the state of ${JSON.stringify(key)}`, cause);
    }
  }

  #named<Result>(event: Event, run: () => Result): Result {
    try {
      return run();
    } catch (cause) {
      throw projectionFailed(this.#projection.name, `at event ${event.sequenceNumber}`, cause);
    }
  }

  async #nextEvent(signal: AbortSignal): Promise<void> {
    for await (const _ of this.#store.subscribe({ afterSequence: this.#position, limit: 1, signal })) return;
    if (!signal.aborted) throw eventStoreError('HOLDFAST_EVENT_STORE_CLOSED', 'Cannot follow event store: it is closed');
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (this.#position < waiter.from) continue;
      waiter.settle.resolve();
      this.#waiters.delete(waiter);
    }
  }

  #settle(error: unknown): void {
    for (const { settle } of this.#waiters) settle.reject(error);
    this.#waiters.clear();
  }
}

/** The states touched last, at most so many beside those just touched. */
function newest(cache: ReadonlyMap<string, Entry>, touched: ReadonlyMap<string, Entry>, limit: number): Map<string, Entry> {
  const untouched = [...cache].filter(([key]) => !touched.has(key));
  const room = Math.max(0, limit - touched.size);
  return new Map([...untouched.slice(Math.max(0, untouched.length - room)), ...touched]);
}

function projectionFailed(projection: string, where: string, cause: unknown): HoldfastError {
  return eventStoreError('HOLDFAST_EVENT_STORE_PROJECTION_FAILED', `Cannot run projection "${projection}": it failed ${where}`, { cause, data: { projection } });
}

function runEnded(projection: string): HoldfastError {
  return eventStoreError('HOLDFAST_EVENT_STORE_CLOSED', `Cannot catch up with projection "${projection}": its run has ended`, { data: { projection } });
}
