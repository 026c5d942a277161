/** Projections that move with the events, in the same transaction. */
import type { JsonValue } from '@holdfast/protocol';
import { eventStoreError } from '../errors.ts';
import type { Event } from '../event.ts';
import { copyJson } from '../json.ts';
import { decodeState, encodeState, keyOf, wants } from '../projection/keep-state.ts';
import type { Projection } from '../projection/projection.ts';
import { checkedKey } from './check-consumer.ts';
import type { ConsumerState } from './consumers.ts';
import type { ConsumerChange } from './staging.ts';

interface InlineState {
  readonly state: unknown;
  readonly sequenceNumber: number;
}

type KeptState = InlineState & { readonly encoded: JsonValue };

export class InlineStates {
  readonly #projections: readonly Projection<unknown>[];
  readonly #committed: { findState(consumer: string, key: string): ConsumerState | undefined };
  readonly #staged = new Map<Projection<unknown>, Map<string, KeptState>>();

  constructor(projections: readonly Projection<unknown>[], committed: { findState(consumer: string, key: string): ConsumerState | undefined }) {
    this.#projections = projections;
    this.#committed = committed;
  }

  /** All or nothing. @throws HOLDFAST_EVENT_STORE_PROJECTION_FAILED */
  apply(events: readonly Event[]): void {
    const next = this.#projections.map((projection) => ({ projection, states: this.#applied(projection, events) }));
    for (const { projection, states } of next) {
      const staged = this.#staged.get(projection) ?? new Map<string, KeptState>();
      for (const [key, state] of states) staged.set(key, state);
      this.#staged.set(projection, staged);
    }
  }

  progress(sequenceNumber: number): readonly ConsumerChange[] {
    return Array.from(this.#staged, ([projection, states]) => ({
      kind: 'save',
      consumer: projection.name,
      progress: {
        sequenceNumber,
        states: Array.from(states, ([key, { sequenceNumber: last, encoded }]) => ({ key, sequenceNumber: last, state: encoded })),
      },
    }));
  }

  #applied(projection: Projection<unknown>, events: readonly Event[]): Map<string, KeptState> {
    try {
      const states = new Map<string, InlineState>();
      for (const event of events) {
        const key = wants(projection, event) ? keyOf(projection, event) : undefined;
        if (key === undefined) continue;
        const before = states.get(checkedKey(key)) ?? this.#staged.get(projection)?.get(key) ?? this.#find(projection, key);
        states.set(key, { state: projection.apply(before.state, event), sequenceNumber: event.sequenceNumber });
      }
      return new Map(Array.from(states, ([key, state]) => [key, { ...state, encoded: copyJson(encodeState(projection, state.state)) }]));
    } catch (cause) {
      throw eventStoreError('HOLDFAST_EVENT_STORE_PROJECTION_FAILED', `Cannot append: projection "${projection.name}" failed`, {
        cause,
        data: { projection: projection.name },
      });
    }
  }

  #find(projection: Projection<unknown>, key: string): InlineState {
    const stored = this.#committed.findState(projection.name, key);
    if (!stored) return { state: projection.initial(key), sequenceNumber: 0 };
    return { state: decodeState(projection, stored.state), sequenceNumber: stored.sequenceNumber };
  }
}
