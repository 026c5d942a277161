import { createEvent, type Event, type JsonObject } from '@holdfast/event-store';

/** An event of task t1 at the given place. */
export function eventAt(place: number, data: JsonObject = {}, type = 'MODULE_ITERATION', codeVersion = 0): Event {
  return createEvent({
    taskId: 't1',
    sequenceNumber: place,
    streamVersion: place,
    type,
    codeVersion,
    eventId: `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`,
    timestamp: '2026-01-01T00:00:00.000Z',
    data,
  });
}

/** As many events as asked for, in their order. */
export function historyOf(count: number, data: (place: number) => JsonObject = (place) => ({ module: `m${place % 3}` })): Event[] {
  return Array.from({ length: count }, (_, index) => eventAt(index + 1, data(index + 1)));
}
