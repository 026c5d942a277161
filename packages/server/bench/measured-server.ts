/** A server that is measured, as a process of its own: `http-raw`, `http-holdfast`, `ws-bare` or `ws-holdfast`. */
import { createServer, type Server } from 'node:http';
import type { Event, HoldfastService, TaskService } from '@holdfast/orchestrator';
import { operations } from '@holdfast/protocol/api';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import { Guard } from '../src/auth/guard.ts';
import { createApp } from '../src/http/app.ts';
import { Limits } from '../src/http/limits.ts';
import { answer, Router } from '../src/http/route.ts';
import { PrometheusMetrics } from '../src/observability/prometheus.ts';
import { Feeds } from '../src/stream/feeds.ts';
import { Gateway } from '../src/websocket/gateway.ts';

const kinds = { 'http-raw': httpRaw, 'http-holdfast': httpHoldfast, 'ws-bare': wsBare, 'ws-holdfast': wsHoldfast };
const token = 'a-token-of-the-bench';
const emitters = new Set<(count: number, bytes: number) => void>();

const start = kinds[process.argv[2] as keyof typeof kinds];
const server = await start();
const address = server.address();
process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
process.on('message', ({ ask, count = 0, bytes = 0 }: { ask: 'cpu' | 'memory' | 'emit'; count?: number; bytes?: number }) => {
  if (ask === 'emit') for (const emit of emitters) emit(count, bytes);
  if (ask === 'cpu') process.send?.({ cpu: process.cpuUsage() });
  if (ask === 'memory') {
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ memory: { used: heapUsed + external, rss } });
  }
});

/** The least that answers a checked POST: no framework, no authentication, no log. */
async function httpRaw(): Promise<Server> {
  const { body: schema } = operations.resolvePromise;
  const raw = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const parsed = schema.safeParse(JSON.parse(text));
      const body = JSON.stringify(parsed.success ? { promiseId: 'p', state: 'resolved' } : { issues: parsed.error.issues });
      response.writeHead(parsed.success ? 200 : 400, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  });
  return listen(raw);
}

/** Everything that stands before a handler in production, and the log of the reference server, written to nowhere. */
async function httpHoldfast(): Promise<Server> {
  const log = pino({ base: null }, pino.destination({ dest: '/dev/null', sync: false, minLength: 4096, periodicFlush: 100 }));
  const app = createApp({
    guard: new Guard({ token, allowedHosts: ['127.0.0.1'], allowedOrigins: [] }),
    limits: new Limits({ requestsPerSecond: 1e9, burst: 1e9 }),
    metrics: new PrometheusMetrics(),
    log,
    maxBodyBytes: 1 << 20,
    draining: new AbortController().signal,
    onFault: () => undefined,
  });
  const router = new Router(app);
  router.serve('resolvePromise', async ({ params }) => answer(200, { promiseId: params.promiseId, state: 'resolved' }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server;
}

/** The loop that everybody writes first. */
async function wsBare(): Promise<Server> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  let version = 0;
  emitters.add((count, bytes) => {
    for (let each = 0; each < count; each += 1) {
      version += 1;
      const text = JSON.stringify(messageOf(eventOf(version, bytes)));
      for (const client of sockets.clients) client.send(text);
    }
  });
  return listen(http);
}

async function wsHoldfast(): Promise<Server> {
  const events: Event[] = [];
  const wakes = new Set<() => void>();
  const service = {
    getSession: (sessionId: string) => ({ sessionId }),
    async *subscribeSession(_id: string, { afterVersion = 0 }: { afterVersion?: number }) {
      for (let at = afterVersion; ; at += 1) {
        while (events.length <= at) await new Promise<void>((resolve) => wakes.add(resolve));
        const event = events[at];
        if (event) yield event;
      }
    },
    async *readSession(_id: string, { afterVersion = 0, limit = Infinity }: { afterVersion?: number; limit?: number }) {
      yield* events.slice(afterVersion, afterVersion + limit);
    },
  } as unknown as HoldfastService;
  emitters.add((count, bytes) => {
    for (let each = 0; each < count; each += 1) events.push(eventOf(events.length + 1, bytes));
    for (const wake of wakes) wake();
    wakes.clear();
  });
  const http = createServer();
  const gateway = new Gateway({
    service,
    tasks: {} as TaskService,
    guard: new Guard({ token, allowedHosts: ['127.0.0.1'], allowedOrigins: [] }),
    feeds: new Feeds(),
    metrics: new PrometheusMetrics(),
    stalledMs: 600_000,
    maxConnections: 10_000,
    tendMs: 1000,
  });
  gateway.attach(http);
  return listen(http);
}

async function listen(http: Server): Promise<Server> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return http;
}

function eventOf(version: number, bytes: number): Event {
  return { eventId: String(version), type: 'MODULE_ITERATION', taskId: 'session:bench', streamVersion: version, sequenceNumber: version, timestamp: '2026-01-01T00:00:00.000Z', data: { text: 'x'.repeat(bytes) } } as unknown as Event;
}

function messageOf({ type, taskId, streamVersion, sequenceNumber, timestamp, data }: Event): object {
  return { type, stream: taskId, version: streamVersion, sequence: sequenceNumber, timestamp, data };
}
