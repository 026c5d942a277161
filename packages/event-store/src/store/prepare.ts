/** Everything about an append that can fail without looking at the store, done before the store is touched. */
import { eventStoreError } from '../errors.ts';
import { draftEvent, freezeEvent, instantOf, type Event } from '../event.ts';
import { parseTaskId } from '../task-id.ts';
import type { EventStoreOptions, ExpectedVersion, StreamAppend } from './event-store.ts';
import { count } from './query.ts';
import { schemaVersionOf } from './upcast.ts';

/** An append that only what is in the store can refuse. */
export interface PreparedAppend {
  readonly taskId: string;
  readonly expectedVersion: ExpectedVersion | null;
  readonly drafts: readonly Draft[];
}

export interface Draft {
  readonly event: Event;
  /** Whether the caller chose its id, so that it may be there already. */
  readonly isNamed: boolean;
  readonly schemaVersion: number;
  /** Its data as JSON. */
  readonly json: string;
}

const defaultMaxEventBytes = 16 * 1024 * 1024;

export function prepareAppend({ taskId, events, expectedVersion }: StreamAppend, options: EventStoreOptions): PreparedAppend {
  const id = parseTaskId(taskId);
  return {
    taskId: id,
    expectedVersion: expectedVersion === undefined || expectedVersion === 'exists' ? (expectedVersion ?? null) : count('expectedVersion', expectedVersion),
    drafts: events.map((input) => {
      const { event, json } = draftEvent(id, input, options);
      assertFits(event, json, options.maxEventBytes ?? defaultMaxEventBytes);
      return { event, isNamed: input.eventId !== undefined, schemaVersion: schemaVersionOf(options.upcasters, event.type), json };
    }),
  };
}

/** @throws HOLDFAST_EVENT_STORE_CONFLICT */
export function assertExpectedVersion({ taskId, expectedVersion }: PreparedAppend, actual: number): void {
  if (expectedVersion === null || expectedVersion === actual || (expectedVersion === 'exists' && actual > 0)) return;
  const expectation = expectedVersion === 'exists' ? 'expected it to exist' : `expected version ${expectedVersion}`;
  throw eventStoreError('HOLDFAST_EVENT_STORE_CONFLICT', `Cannot append to ${JSON.stringify(taskId)}: ${expectation}, found ${actual}`, {
    data: { taskId, expected: expectedVersion, actual },
  });
}

/** Gives a draft its numbers, and a timestamp that is not before `earliestMs`. */
export function numberEvent(draft: Event, sequenceNumber: number, streamVersion: number, earliestMs: number): Event {
  const timestamp = instantOf(draft.timestamp) < earliestMs ? new Date(earliestMs).toISOString() : draft.timestamp;
  return freezeEvent(draft, { sequenceNumber, streamVersion, timestamp });
}

/** @throws HOLDFAST_EVENT_STORE_EVENT_TOO_LARGE */
function assertFits({ type, taskId }: Event, json: string, maxEventBytes: number): void {
  // UTF-8 needs at most three bytes for each UTF-16 unit, so short texts need no counting.
  if (json.length * 3 <= maxEventBytes) return;
  const bytes = new TextEncoder().encode(json).length;
  if (bytes <= maxEventBytes) return;
  throw eventStoreError(
    'HOLDFAST_EVENT_STORE_EVENT_TOO_LARGE',
    `Cannot append ${JSON.stringify(type)} to ${JSON.stringify(taskId)}: its data has ${bytes} bytes and the limit is ${maxEventBytes}`,
    { data: { taskId, bytes, maxEventBytes } },
  );
}
