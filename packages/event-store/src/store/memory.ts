import type { Event } from '../event.ts';
import { assertOpen, followLog, readLog, type EventLog, type Page } from './event-log.ts';
import type { EventStore, EventStoreOptions } from './event-store.ts';
import { Growth } from './growth.ts';
import { partitionPoint } from './partition-point.ts';
import { assertExpectedVersion, numberEvent, prepareAppend } from './prepare.ts';
import type { ResolvedQuery } from './query.ts';

const pageSize = 1024;

/** An event store that lives as long as its process: for tests, for tools, and as the specification of the others. */
export function createMemoryEventStore(options: EventStoreOptions = {}): EventStore {
  const all: Event[] = [];
  const streams = new Map<string, Event[]>();
  const growth = new Growth();
  let closed = false;

  const log: EventLog = {
    growth,
    get head() {
      return all.length;
    },
    get lastTimestampMs() {
      return Date.parse(all.at(-1)?.timestamp ?? '1970-01-01T00:00:00.000Z');
    },
    get closed() {
      return closed;
    },
    page: (query, after, end) => pageOf(query.taskId === null ? all : (streams.get(query.taskId) ?? []), query, after, end),
  };

  const close = async (): Promise<void> => {
    closed = true;
    growth.wake();
  };

  return {
    append: async (taskId, events, appendOptions = {}) => {
      assertOpen(log);
      const prepared = prepareAppend(taskId, events, appendOptions, options);
      const stream = streams.get(prepared.taskId) ?? [];
      assertExpectedVersion(prepared, stream.length);

      const appended = prepared.drafts.map(({ event }) => {
        const numbered = numberEvent(event, all.length + 1, stream.length + 1, log.lastTimestampMs);
        all.push(numbered);
        stream.push(numbered);
        return numbered;
      });
      if (appended.length > 0) streams.set(prepared.taskId, stream);
      growth.wake();
      return Object.freeze(appended);
    },
    read: (query) => readLog(log, query),
    subscribe: (query) => followLog(log, query),
    head: async () => {
      assertOpen(log);
      return log.head;
    },
    streams: async () => {
      assertOpen(log);
      return Array.from(streams, ([taskId, events]) => ({
        taskId,
        streamVersion: events.length,
        firstSequence: events[0]?.sequenceNumber ?? 0,
        lastSequence: events.at(-1)?.sequenceNumber ?? 0,
      }));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function pageOf(source: readonly Event[], query: ResolvedQuery, after: number, end: number): Page {
  const start = partitionPoint(0, source.length - 1, (index) => (source[index]?.sequenceNumber ?? 0) > after);
  const seen = source.slice(start, start + pageSize).filter((event) => event.sequenceNumber <= end);
  return {
    events: seen.filter((event) => matches(event, query)),
    last: seen.length === pageSize ? (seen.at(-1)?.sequenceNumber ?? end) : end,
  };
}

function matches(event: Event, { types, afterVersion, untilMs }: ResolvedQuery): boolean {
  if (types !== null && !types.includes(event.type)) return false;
  return event.streamVersion > afterVersion && Date.parse(event.timestamp) <= untilMs;
}
