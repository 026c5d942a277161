import { eventStoreError } from '../errors.ts';
import { decodeState, encodeState, keyOf } from '../projection/keep-state.ts';
import type { Projection } from '../projection/projection.ts';
import type { EventStore } from './event-store.ts';

const pageEvents = 1000;

/** Brings inline projections to the end of the log before the first append, so that from then on they move with it. */
export async function catchUpInline(store: EventStore, projections: readonly Projection<unknown>[]): Promise<void> {
  for (const projection of projections) while (!(await isCaughtUp(store, projection)));
}

/** Takes one page of events in, and tells whether it was the last. */
async function isCaughtUp(store: EventStore, projection: Projection<unknown>): Promise<boolean> {
  const { name } = projection;
  const afterSequence = await store.consumers.position(name);
  const end = Math.min(afterSequence + pageEvents, await store.head());
  if (end === afterSequence) return true;
  const states = new Map<string, { state: unknown; sequenceNumber: number }>();
  for await (const event of store.read({ afterSequence, untilSequence: end, ...(projection.types && { types: projection.types }) })) {
    try {
      const key = keyOf(projection, event);
      if (key === undefined) continue;
      const before = states.has(key) ? states.get(key)?.state : await kept(store, projection, key);
      states.set(key, { state: projection.apply(before, event), sequenceNumber: event.sequenceNumber });
    } catch (cause) {
      throw eventStoreError('HOLDFAST_EVENT_STORE_PROJECTION_FAILED', `Cannot open event store: projection "${name}" failed at event ${event.sequenceNumber}`, {
        cause,
        data: { projection: name, sequenceNumber: event.sequenceNumber },
      });
    }
  }
  await store.consumers.save(name, {
    afterSequence,
    sequenceNumber: end,
    states: Array.from(states, ([key, { state, sequenceNumber }]) => ({ key, sequenceNumber, state: encodeState(projection, state) })),
  });
  return false;
}

async function kept(store: EventStore, projection: Projection<unknown>, key: string): Promise<unknown> {
  const stored = await store.consumers.findState(projection.name, key);
  return stored ? decodeState(projection, stored.state) : projection.initial(key);
}
