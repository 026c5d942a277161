/** Whether an append with ids of the caller's own was made before. */
import { eventStoreError } from '../errors.ts';
import type { Event } from '../event.ts';
import type { JsonObject } from '../json.ts';
import type { Draft } from './prepare.ts';

/** @throws HOLDFAST_EVENT_STORE_DUPLICATE_EVENT when two events of one append have the same id */
export function assertNamedOnce(drafts: readonly Draft[]): void {
  const seen = new Set<string>();
  for (const { event } of drafts) {
    if (seen.has(event.eventId)) throw duplicateEvent(event, 'the append has it twice');
    seen.add(event.eventId);
  }
}

/**
 * The stored event that a draft repeats. Task, type and data must be the same; times may differ, as the repetition of
 * an append is made later than the append.
 *
 * @throws HOLDFAST_EVENT_STORE_DUPLICATE_EVENT
 */
export function assertSameFact({ event }: Draft, stored: Event | undefined): Event {
  if (!stored) throw duplicateEvent(event, 'other events of its append are stored already and it is not');
  if (stored.taskId !== event.taskId) throw duplicateEvent(event, `it is an event of ${JSON.stringify(stored.taskId)} already`);
  if (stored.type !== event.type || canonical(stored.data) !== canonical(event.data)) throw duplicateEvent(event, 'it stands for another event');
  return stored;
}

function duplicateEvent({ eventId, taskId }: Event, problem: string): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_DUPLICATE_EVENT', `Cannot append event "${eventId}" to ${JSON.stringify(taskId)}: ${problem}`, {
    data: { eventId, taskId, problem },
  });
}

/** JSON with the names of every object in order. */
function canonical(data: JsonObject): string {
  return JSON.stringify(data, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
}
