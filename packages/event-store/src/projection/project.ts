import type { Event } from '../event.ts';
import type { EventQuery, EventReader } from '../store/event-store.ts';
import { decodeState, keyOf, wants } from './keep-state.ts';
import type { Fold, Projection } from './projection.ts';

/** Up to where a history is looked at: to a version, to a sequence number, to an instant. Left out, to its end. */
export type Moment = Pick<EventQuery, 'untilVersion' | 'untilSequence' | 'until'>;

/** The state of one task as a store knows it now, or knew it at a moment in the past. */
export async function stateOf<State>(reader: EventReader, fold: Fold<State>, taskId: string, moment: Moment = {}): Promise<State> {
  const id = taskId.normalize('NFC');
  let state = fold.initial(id);
  for await (const event of reader.read({ ...moment, taskId: id })) state = fold.apply(state, event);
  return state;
}

/** The state that a projection has kept under a key: inline, or by a run. Undefined before its first event. */
export async function keptState<State>(reader: EventReader, projection: Projection<State>, key: string): Promise<State | undefined> {
  const kept = await reader.consumers.findState(projection.name, key);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this projection keeps states under its name
  return kept && (decodeState(projection, kept.state) as State);
}

/** All states of a projection, built in memory from the events of one list in sequence order. For tests and tools. */
export function statesOf<State>(projection: Projection<State>, events: Iterable<Event>): ReadonlyMap<string, State> {
  const states = new Map<string, State>();
  for (const event of events) {
    const key = wants(projection, event) ? keyOf(projection, event) : undefined;
    if (key !== undefined) states.set(key, projection.apply(states.get(key) ?? projection.initial(key), event));
  }
  return states;
}
