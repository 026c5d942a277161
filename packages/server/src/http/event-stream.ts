import type { FastifyReply } from 'fastify';
import type { Entry, EventSource } from '../stream/event-feed.ts';
import type { Feeds } from '../stream/feeds.ts';
import { StreamReader, type Sink } from '../stream/reader.ts';
import type { Metrics } from '../observability/metrics.ts';

/** How a stream over HTTP writes its entries. */
interface Format {
  readonly mediaType: string;
  readonly write: (entry: Entry) => Buffer | string;
  /** Says that the server lives; clients ignore it. */
  readonly keepAlive: string;
}

const newline = Buffer.from('\n');
/** One object, as it is handed over with every event of every client. */
const byHttp = { transport: 'http' };

const formats: Readonly<Record<'application/x-ndjson' | 'text/event-stream', Format>> = {
  'application/x-ndjson': { mediaType: 'application/x-ndjson', write: ({ json }) => Buffer.concat([json, newline]), keepAlive: '\n' },
  'text/event-stream': { mediaType: 'text/event-stream', write: ({ version, json }) => `id: ${version}\ndata: ${json.toString()}\n\n`, keepAlive: ': \n\n' },
};

/** The stream format that a client accepts; undefined where it wants JSON. */
export function acceptedFormat(accept: string | undefined): 'application/x-ndjson' | 'text/event-stream' | undefined {
  const wanted = new Set((accept ?? '').split(',').map((part) => part.split(';')[0]?.trim().toLowerCase()));
  if (wanted.has('text/event-stream')) return 'text/event-stream';
  return wanted.has('application/x-ndjson') ? 'application/x-ndjson' : undefined;
}

export interface EventStreamOptions {
  readonly stream: string;
  readonly source: EventSource;
  readonly afterVersion: number;
  readonly format: 'application/x-ndjson' | 'text/event-stream';
}

export interface EventStreamsOptions {
  readonly feeds: Feeds;
  readonly metrics: Metrics;
  readonly keepAliveMs: number;
  /** A client that takes nothing for so long is cut; it comes back with the last version that it has. */
  readonly stalledMs: number;
}

/** The streams over HTTP that are open. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #open = new Set<FastifyReply>();

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** Answers with everything after a version, and with what happens until either side leaves. */
  serve(reply: FastifyReply, { stream, source, afterVersion, format }: EventStreamOptions): void {
    const { mediaType, write, keepAlive } = formats[format];
    const { feeds, metrics, keepAliveMs, stalledMs } = this.#options;
    const { raw: response } = reply;
    reply.hijack();
    response.writeHead(200, { 'content-type': mediaType, 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'x-request-id': reply.request.id });
    if (format === 'text/event-stream') response.write('retry: 1000\n\n');
    this.#open.add(reply);
    metrics.set('holdfast_streams_open', this.#open.size, byHttp);

    let stalled: NodeJS.Timeout | undefined;
    const sink: Sink = {
      get isFull() {
        return response.writableNeedDrain;
      },
      write: (entries) => {
        for (const entry of entries) response.write(write(entry));
        metrics.count('holdfast_stream_events_total', byHttp, entries.length);
      },
      whenDrained: (resume) => {
        stalled = setTimeout(() => {
          metrics.count('holdfast_streams_cut_total', byHttp);
          response.destroy();
        }, stalledMs);
        response.once('drain', () => {
          clearTimeout(stalled);
          resume();
        });
      },
    };
    const beat = setInterval(() => {
      if (!response.writableNeedDrain) response.write(keepAlive);
    }, keepAliveMs);
    const reader = new StreamReader({ stream, source, feeds, sink, afterVersion, batch: 64, onEnd: () => response.end(), onError: () => response.destroy() });
    response.once('close', () => {
      clearInterval(beat);
      clearTimeout(stalled);
      reader.close();
      this.#open.delete(reply);
      metrics.set('holdfast_streams_open', this.#open.size, byHttp);
    });
  }

  /** Ends every stream; clients come back with the last version that they have. */
  close(): void {
    for (const { raw } of this.#open) raw.end();
  }
}
