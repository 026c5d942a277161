import type { Event } from '../event.ts';
import type { EventQuery, EventStore } from '../store/event-store.ts';
import { duplicateSequence, projectState } from './project-state.ts';
import { emptyState, type TaskState } from './task-state.ts';

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

/** The state of one task as a store knows it now, or knew it at `until`. */
export async function projectTask(store: EventStore, taskId: string, query: Pick<EventQuery, 'until'> = {}): Promise<TaskState> {
  let state = emptyState(taskId.normalize('NFC'));
  for await (const event of store.read({ ...query, taskId })) state = projectState(state, event);
  return state;
}
