/** Everything about an append that can fail without looking at the store, done before the store is touched. */
import { eventStoreError } from '../errors.ts';
import { draftEvent, freezeEvent, type Event, type NewEvent } from '../event.ts';
import { parseTaskId } from '../task-id.ts';
import type { AppendOptions, EventStoreOptions } from './event-store.ts';
import { count } from './query.ts';

/** An append that only the version of its stream can refuse. */
export interface PreparedAppend {
  readonly taskId: string;
  readonly expectedVersion: number | null;
  readonly drafts: readonly Draft[];
}

interface Draft {
  readonly event: Event;
  /** Its data as JSON. */
  readonly text: string;
}

const defaultMaxEventBytes = 16 * 1024 * 1024;

export function prepareAppend(
  taskId: string,
  events: readonly NewEvent[],
  { expectedVersion }: AppendOptions,
  options: EventStoreOptions,
): PreparedAppend {
  const id = parseTaskId(taskId);
  return {
    taskId: id,
    expectedVersion: expectedVersion === undefined ? null : count('expectedVersion', expectedVersion),
    drafts: events.map((event) => {
      const draft = draftEvent(id, event, options);
      return { event: draft, text: encoded(draft, options.maxEventBytes ?? defaultMaxEventBytes) };
    }),
  };
}

/** @throws HOLDFAST_EVENT_STORE_CONFLICT */
export function assertExpectedVersion({ taskId, expectedVersion }: PreparedAppend, actual: number): void {
  if (expectedVersion === null || expectedVersion === actual) return;
  throw eventStoreError(
    'HOLDFAST_EVENT_STORE_CONFLICT',
    `Cannot append to ${JSON.stringify(taskId)}: expected version ${expectedVersion}, found ${actual}`,
    { data: { taskId, expected: expectedVersion, actual } },
  );
}

/** Gives a draft its numbers, and a timestamp that is not before `earliestMs`. */
export function numberEvent(draft: Event, sequenceNumber: number, streamVersion: number, earliestMs: number): Event {
  const timestamp = Date.parse(draft.timestamp) < earliestMs ? new Date(earliestMs).toISOString() : draft.timestamp;
  return freezeEvent({ ...draft, sequenceNumber, streamVersion, timestamp });
}

function encoded(event: Event, maxEventBytes: number): string {
  const text = JSON.stringify(event.data);
  // UTF-8 needs at most three bytes for each UTF-16 unit, so short texts need no counting.
  if (text.length * 3 <= maxEventBytes) return text;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= maxEventBytes) return text;
  throw eventStoreError(
    'HOLDFAST_EVENT_STORE_EVENT_TOO_LARGE',
    `Cannot append ${JSON.stringify(event.type)} to ${JSON.stringify(event.taskId)}: its data has ${bytes} bytes and the limit is ${maxEventBytes}`,
    { data: { taskId: event.taskId, bytes, maxEventBytes } },
  );
}
