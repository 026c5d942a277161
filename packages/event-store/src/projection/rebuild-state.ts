import { createClock } from '../clock/clock-map.ts';
import type { Event } from '../event.ts';
import type { EventReader } from '../store/event-store.ts';
import { stateOf, type Moment } from './project.ts';
import { duplicateSequence, projectState } from './project-state.ts';
import type { Projection } from './projection.ts';
import { emptyState, withEntry, type TaskState } from './task-state.ts';

/**
 * The state that the events of one task add up to, in whatever order they are given.
 *
 * @throws HOLDFAST_EVENT_STORE_DUPLICATE_SEQUENCE
 */
export function rebuildState(events: readonly Event[], taskId: string = events[0]?.taskId ?? ''): TaskState {
  const ordered = events.toSorted((left, right) => left.sequenceNumber - right.sequenceNumber);
  let before: Event | undefined;
  let state = emptyState(taskId);
  for (const event of ordered) {
    if (before?.sequenceNumber === event.sequenceNumber) throw duplicateSequence(event.sequenceNumber, [before.eventId, event.eventId]);
    state = projectState(state, event);
    before = event;
  }
  return state;
}

/** The state of one task as a store knows it now, or knew it at a moment in the past. */
export async function projectTask(reader: EventReader, taskId: string, moment: Moment = {}): Promise<TaskState> {
  return stateOf(reader, taskProjection, taskId, moment);
}

/** The state of each task, as a projection: to be kept inline, or by a run. */
export const taskProjection: Projection<TaskState> = {
  name: 'task-state-1',
  initial: emptyState,
  apply: projectState,
  decode: (encoded) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `encode` wrote under this name
    const state = encoded as unknown as TaskState;
    return Object.freeze({
      ...state,
      modules: withEntry(state.modules),
      unknownTypes: withEntry(state.unknownTypes),
      vectorClock: createClock(state.vectorClock),
    });
  },
};
