import { Readable } from 'node:stream';
import type { Event } from '@holdfast/orchestrator';
import type { EventQuery } from '@holdfast/protocol/api';
import { serverError } from '../errors.ts';
import { encode, type EventSource } from '../stream/event-feed.ts';
import { acceptedFormat, type EventStreams } from './event-stream.ts';
import { answer, type Router } from './route.ts';

/** One stream, for the routes that tell its events. */
interface ReadableStream {
  readonly stream: string;
  readonly source: EventSource;
  readonly read: (query: EventQuery) => AsyncIterable<Event>;
}

type EventOperation = 'readSessionEvents';

/** The events of one stream: a page as JSON, all of them as NDJSON, and what happens as either kind of stream. */
export function addEventRoute(router: Router, name: EventOperation, streams: EventStreams, find: (params: { readonly sessionId: string }) => ReadableStream | Promise<ReadableStream>): void {
  router.serve(
    name,
    async ({ params, query }) => {
      const { read } = await find(params);
      const { follow: _jsonEnds, ...page } = query;
      return answer(200, { events: await toMessages(read({ limit: 1000, ...page })) });
    },
    async ({ params, query, lastEventId }, { headers }, reply) => {
      const format = acceptedFormat(headers.accept);
      if (format === undefined) return false;
      const { stream, source, read } = await find(params);
      if (format === 'application/x-ndjson' && query.follow !== true) {
        const { follow: _no, ...page } = query;
        reply.type(format).send(Readable.from(toLines(read(page))));
        return true;
      }
      streams.serve(reply, { stream, source, format, afterVersion: startOf(query, lastEventId) });
      return true;
    },
  );
}

/** The last version that the client has. */
function startOf({ afterVersion = 0, afterSequence, until, limit }: EventQuery, lastEventId: string | undefined): number {
  if (afterSequence !== undefined || until !== undefined || limit !== undefined) {
    throw serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot accept request: query: a stream that goes on takes afterVersion, and neither afterSequence, until nor limit');
  }
  if (lastEventId === undefined) return afterVersion;
  if (!/^\d{1,15}$/u.test(lastEventId)) throw serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot accept request: last-event-id: expected a version');
  return Number(lastEventId);
}

async function toMessages(events: AsyncIterable<Event>) {
  const messages = [];
  for await (const { type, taskId, streamVersion, sequenceNumber, timestamp, data } of events) {
    messages.push({ type, stream: taskId, version: streamVersion, sequence: sequenceNumber, timestamp, data });
  }
  return messages;
}

async function* toLines(events: AsyncIterable<Event>): AsyncGenerator<string> {
  for await (const event of events) yield `${encode(event).json.toString()}\n`;
}
