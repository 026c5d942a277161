import assert from 'node:assert/strict';
import { isHoldfastError } from '@holdfast/protocol';
import type { ContractCase } from '@holdfast/protocol/testing';
import type { Event, NewEvent } from '../event.ts';
import type { EventStore, EventStoreOptions } from '../store/event-store.ts';

/** Opens one fresh, empty store. The case closes it. */
export type OpenEventStore = (options?: EventStoreOptions) => Promise<EventStore>;

/** A law over one store that is closed afterwards, whatever happens. */
export function law(name: string, run: (store: EventStore) => Promise<void>, options?: EventStoreOptions): ContractCase<OpenEventStore> {
  return {
    name,
    run: async (open) => {
      const store = await open(options);
      try {
        await run(store);
      } finally {
        await store.close();
      }
    },
  };
}

/** A small event that says which one it is. */
export function note(index: number, type = 'NOTE_TAKEN'): NewEvent {
  return { type, data: { index } };
}

/** The same with an id of its own. */
export function noteWithId(index: number): NewEvent {
  return { ...note(index), eventId: eventIdOf(index) };
}

/** The id of the event with this number: the same each time. */
export function eventIdOf(index: number): string {
  return `0198a1b2-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

/** Counts from 0 to `length` - 1. */
export function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}

/** The numbers 1 to `last`. */
export function upTo(last: number): readonly number[] {
  return range(last).map((index) => index + 1);
}

export async function collect(events: AsyncIterable<Event>): Promise<readonly Event[]> {
  const collected: Event[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

export function sequences(events: readonly Event[]): readonly number[] {
  return events.map((event) => event.sequenceNumber);
}

/** Asserts that a promise, or a call that throws at once, fails with one of our codes. */
export async function assertFails(run: () => unknown, code: string): Promise<void> {
  await assert.rejects(
    async () => run(),
    (error) => isHoldfastError(error, code),
  );
}
