/**
 * The states that one consumer keeps of a projection, and how a page of events gets into them: each exactly once.
 *
 * States and place are saved in one transaction. What was not saved is taken again, from the states as they were saved;
 * what is in a state already is stale and passed over.
 */
import type { JsonValue } from '@holdfast/protocol';
import { eventStoreError } from '../errors.ts';
import type { EventStore } from '../store/event-store.ts';
import { decodeState, encodeState, keyOf, wants } from './keep-state.ts';
import type { Projection } from './projection.ts';

interface Entry {
  readonly state: unknown;
  readonly sequenceNumber: number;
}

export interface PageOutcome {
  readonly applied: number;
  readonly stale: number;
}

export class StateBook {
  /** Under which the states are kept. */
  consumer: string;
  readonly #store: EventStore;
  readonly #projection: Projection<unknown>;
  readonly #cachedStates: number;
  readonly #cache = new Map<string, Entry>();

  constructor(store: EventStore, projection: Projection<unknown>, consumer: string, cachedStates: number) {
    this.#store = store;
    this.#projection = projection;
    this.consumer = consumer;
    this.#cachedStates = cachedStates;
  }

  /** Takes in the events after one place, up to another. @throws HOLDFAST_EVENT_STORE_PROJECTION_FAILED */
  async take(afterSequence: number, untilSequence: number): Promise<PageOutcome> {
    const { types } = this.#projection;
    const touched = new Map<string, Entry>();
    let [applied, stale] = [0, 0];
    for await (const event of this.#store.read({ afterSequence, untilSequence, ...(types && { types }) })) {
      const where = `at event ${event.sequenceNumber}`;
      const key = this.#guarded(where, () => (wants(this.#projection, event) ? keyOf(this.#projection, event) : undefined));
      if (key === undefined) continue;
      const before = touched.get(key) ?? this.#cache.get(key) ?? (await this.#load(key));
      if (event.sequenceNumber <= before.sequenceNumber) {
        stale += 1;
        continue;
      }
      const state = this.#guarded(where, () => this.#projection.apply(before.state, event));
      touched.set(key, { state, sequenceNumber: event.sequenceNumber });
      applied += 1;
    }
    const states = Array.from(touched, ([key, { state, sequenceNumber }]) => ({ key, sequenceNumber, state: this.#encoded(key, state) }));
    await this.#store.consumers.save(this.consumer, { afterSequence, sequenceNumber: untilSequence, states });
    this.#remember(touched);
    return { applied, stale };
  }

  async #load(key: string): Promise<Entry> {
    const kept = await this.#store.consumers.findState(this.consumer, key);
    if (!kept) return { state: this.#projection.initial(key), sequenceNumber: 0 };
    return { state: decodeState(this.#projection, kept.state), sequenceNumber: kept.sequenceNumber };
  }

  #encoded(key: string, state: unknown): JsonValue {
    return this.#guarded(`with the state of ${JSON.stringify(key)}`, () => encodeState(this.#projection, state));
  }

  /** Those touched last stay; the others are loaded when they are needed again. */
  #remember(touched: ReadonlyMap<string, Entry>): void {
    for (const [key, entry] of touched) {
      this.#cache.delete(key);
      this.#cache.set(key, entry);
    }
    for (const key of this.#cache.keys()) {
      if (this.#cache.size <= this.#cachedStates) return;
      this.#cache.delete(key);
    }
  }

  #guarded<Result>(where: string, run: () => Result): Result {
    try {
      return run();
    } catch (cause) {
      const { name } = this.#projection;
      throw eventStoreError('HOLDFAST_EVENT_STORE_PROJECTION_FAILED', `Cannot run projection "${name}": it failed ${where}`, { cause, data: { projection: name } });
    }
  }
}
