import type { Event, NewEvent } from './event.ts';

/** What an event that follows from another has in common with it: its cause, and what both belong to. */
export function followUp({ eventId, correlationId }: Event): Required<Pick<NewEvent, 'causationId' | 'correlationId'>> {
  return { causationId: eventId, correlationId: correlationId ?? eventId };
}
