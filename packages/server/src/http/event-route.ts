import { Readable } from 'node:stream';
import type { Event } from '@holdfast/orchestrator';
import type { EventQuery } from '@holdfast/protocol/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { serverError } from '../errors.ts';
import { encode, toMessage, type EventSource } from '../stream/event-feed.ts';
import { checkPosition } from '../stream/reader.ts';
import { acceptedFormat, type EventStreams } from './event-stream.ts';
import { answer } from './route.ts';

/** One stream, for the routes that tell its events. */
interface ReadableStream {
  readonly stream: string;
  readonly source: EventSource;
  readonly read: (query: EventQuery) => AsyncIterable<Event>;
}

interface EventRequest<Params> {
  readonly params: Params;
  readonly query: EventQuery;
  readonly lastEventId: string | undefined;
}

/** The events of one stream: a page as JSON, all of them as NDJSON, and what happens as either kind of stream. */
export function eventRoute<Params>(streams: EventStreams, find: (params: Params) => ReadableStream | Promise<ReadableStream>) {
  const page = async ({ params, query }: EventRequest<Params>) => {
    const { read } = await find(params);
    const { follow: _jsonEnds, ...part } = query;
    return answer(200, { events: await toMessages(read({ limit: 1000, ...part })) });
  };
  const stream = async ({ params, query, lastEventId }: EventRequest<Params>, { method, headers }: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const format = acceptedFormat(headers.accept);
    if (format === undefined) return false;
    const found = await find(params);
    if (format === 'application/x-ndjson' && query.follow !== true) {
      const { follow: _no, ...part } = query;
      reply.type(format).send(Readable.from(toLines(found.read(part))));
      return true;
    }
    const afterVersion = startOf(query, lastEventId);
    await checkPosition(found.source, afterVersion);
    if (method === 'HEAD') reply.type(format).send();
    else streams.serve(reply, { stream: found.stream, source: found.source, format, afterVersion });
    return true;
  };
  return [page, stream] as const;
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
  for await (const event of events) messages.push(toMessage(event));
  return messages;
}

async function* toLines(events: AsyncIterable<Event>): AsyncGenerator<string> {
  for await (const event of events) yield `${encode(event).json.toString()}\n`;
}
