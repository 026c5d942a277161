/** Given some events, when something is decided, then certain events follow: decisions and projections told as examples. */
import assert from 'node:assert/strict';
import { isHoldfastError } from '@holdfast/protocol';
import { createEvent, type Event, type NewEvent } from '../event.ts';
import { eventIdOf } from './kit.ts';
import type { Fold } from '../projection/projection.ts';
import type { Decide } from '../store/event-store.ts';

/** What an expected event says; what it leaves out may be anything. */
export type ExpectedEvent = Pick<NewEvent, 'type'> & Partial<NewEvent>;

export interface Given {
  /** Asserts what the events add up to. */
  expectState<State>(fold: Fold<State>, expected: State): void;
  when<State>(fold: Fold<State>, decide: Decide<State>): Outcome;
}

/** What came of a decision. */
export interface Outcome {
  /** Asserts that exactly these events were decided, in this order. None are expected where none are given. */
  expectEvents(...expected: readonly ExpectedEvent[]): void;
  /** Asserts that it was refused: with the code of an error, or with whatever the function accepts. */
  expectRefusal(expected: string | ((error: unknown) => boolean)): void;
}

const taskId = 'scenario';

/**
 * The history of one task.
 *
 * @example
 * given({ type: 'SEAT_TAKEN', data: {} }).when(seat, takeSeat).expectEvents();
 */
export function given(...history: readonly NewEvent[]): Given {
  const events = history.map((event, index) => numbered(event, index + 1));
  const stateOf = <State>(fold: Fold<State>): State => events.reduce((state, event) => fold.apply(state, event), fold.initial(taskId));
  return {
    expectState: (fold, expected) => assert.deepEqual(stateOf(fold), expected),
    when: (fold, decide) => outcomeOf(() => decide(stateOf(fold), { taskId, streamVersion: events.length }).map((event, index) => numbered(event, events.length + index + 1))),
  };
}

function outcomeOf(decide: () => readonly Event[]): Outcome {
  let decided: readonly Event[] = [];
  let refusal: { readonly error: unknown } | undefined;
  try {
    decided = decide();
  } catch (error) {
    refusal = { error };
  }
  return {
    expectEvents: (...expected) => {
      if (refusal) throw refusal.error;
      assert.deepEqual(
        decided.map((event, index) => only(event, expected[index] ?? event)),
        expected.map((event) => only(event, event)),
      );
    },
    expectRefusal: (expected) => {
      assert.ok(refusal, `expected a refusal, and ${decided.length} events were decided`);
      const { error } = refusal;
      const isExpected = typeof expected === 'string' ? isHoldfastError(error, expected) : expected(error);
      if (!isExpected) throw error;
    },
  };
}

/** The fields of an event that another one speaks of. */
function only(event: object, asked: object): object {
  return Object.fromEntries(Object.entries(event).filter(([name]) => Object.hasOwn(asked, name)));
}

function numbered(event: NewEvent, number: number): Event {
  return createEvent({ eventId: eventIdOf(number), timestamp: '2026-01-01T00:00:00.000Z', ...event, taskId, sequenceNumber: number, streamVersion: number });
}
