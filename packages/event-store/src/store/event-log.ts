/**
 * Reading and following, written once for every adapter.
 *
 * Both walk the log by position, page by page. A subscription is a read that does not end: the news of a commit only
 * wakes it, and it then reads on from where it stands. So there is no hand-over between history and live events in
 * which one could be lost or doubled, and a slow reader keeps nothing in memory.
 */
import { eventStoreError } from '../errors.ts';
import type { Event } from '../event.ts';
import type { EventRecord, RecordQuery } from './event-record.ts';
import type { EventQuery, SubscribeQuery } from './event-store.ts';
import type { Growth } from './growth.ts';
import { PagedEvents } from './paged-events.ts';
import { count, resolveQuery, type ResolvedQuery } from './query.ts';

/** What an adapter shows of its committed events. */
export interface EventLog {
  /** As far as this process knows. */
  readonly head: number;
  /** Of the last event; 0 when there is none. */
  readonly lastTimestampMs: number;
  readonly closed: boolean;
  /** Woken after each commit and by the closing. */
  readonly growth: Growth;
  /** The matching events among the next ones after position `after`, up to `end`. */
  page(query: ResolvedQuery, after: number, end: number): Page | Promise<Page>;
  /** The next records after position `after`, up to `end`: at least one of them. */
  recordPage(after: number, end: number): readonly EventRecord[] | Promise<readonly EventRecord[]>;
  /** Lets others run between two pages. */
  rest?(): Promise<void>;
}

export interface Page {
  readonly events: readonly Event[];
  /** Up to here every event was looked at. */
  readonly last: number;
}

export function readLog(log: EventLog, query: EventQuery | undefined): AsyncIterable<Event> {
  const resolved = resolveQuery(query);
  assertOpen(log);
  const end = Math.min(log.head, resolved.untilSequence);
  return { [Symbol.asyncIterator]: () => new PagedEvents(pagesTo(log, resolved, end)) };
}

export function readRecords(log: EventLog, { afterSequence = 0, untilSequence }: RecordQuery = {}): AsyncIterable<EventRecord> {
  const after = count('afterSequence', afterSequence);
  assertOpen(log);
  const end = untilSequence === undefined ? log.head : Math.min(log.head, count('untilSequence', untilSequence));
  return { [Symbol.asyncIterator]: () => recordsTo(log, after, end) };
}

export function followLog(log: EventLog, { signal, ...query }: SubscribeQuery = {}): AsyncIterable<Event> {
  const resolved = resolveQuery(query);
  assertOpen(log);
  return {
    [Symbol.asyncIterator]: () => {
      const ending = new AbortController();
      const events = follow(log, resolved, ending, signal);
      return {
        next: async () => events.next(),
        // A generator alone would answer only after the next event, for which it may wait for ever.
        return: async () => {
          ending.abort();
          return events.return(undefined);
        },
      };
    },
  };
}

/** @throws HOLDFAST_EVENT_STORE_CLOSED */
export function assertOpen(log: Pick<EventLog, 'closed'>): void {
  if (log.closed) throw eventStoreError('HOLDFAST_EVENT_STORE_CLOSED', 'Cannot use event store: it is closed');
}

async function* pagesTo(log: EventLog, query: ResolvedQuery, end: number): AsyncGenerator<readonly Event[], undefined> {
  let cursor = query.afterSequence;
  let left = query.limit;
  while (cursor < end && left > 0) {
    assertOpen(log);
    const page = await log.page(query, cursor, end);
    yield page.events.length > left ? page.events.slice(0, left) : page.events;
    left -= page.events.length;
    cursor = page.last;
    if (cursor < end) await log.rest?.();
  }
}

async function* recordsTo(log: EventLog, after: number, end: number): AsyncGenerator<EventRecord, undefined> {
  let cursor = after;
  while (cursor < end) {
    assertOpen(log);
    const page = await log.recordPage(cursor, end);
    yield* page;
    cursor = page.at(-1)?.event.sequenceNumber ?? end;
    if (cursor < end) await log.rest?.();
  }
}

async function* follow(
  log: EventLog,
  query: ResolvedQuery,
  ending: AbortController,
  signal: AbortSignal | undefined,
): AsyncGenerator<Event, undefined> {
  const end = (): void => ending.abort();
  const isOver = (): boolean => ending.signal.aborted || log.closed;
  if (signal?.aborted) return;
  signal?.addEventListener('abort', end);
  try {
    let cursor = query.afterSequence;
    let left = query.limit;
    while (left > 0 && cursor < query.untilSequence && !isOver()) {
      if (cursor < log.head) {
        const page = await log.page(query, cursor, Math.min(log.head, query.untilSequence));
        for (const event of page.events) {
          if (left === 0 || isOver()) return;
          left -= 1;
          yield event;
        }
        cursor = page.last;
        if (cursor < log.head) await log.rest?.();
      } else if (log.lastTimestampMs > query.untilMs) {
        return;
      } else {
        await log.growth.next(ending.signal);
      }
    }
  } finally {
    signal?.removeEventListener('abort', end);
  }
}
