import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HoldfastService, TaskService } from '@holdfast/orchestrator';
import type { JsonValue } from '@holdfast/protocol';
import { CloseCode, streamSubprotocol, tokenSubprotocol } from '@holdfast/protocol/api';
import { WebSocketServer, type WebSocket } from 'ws';
import { bearerToken, type Guard } from '../auth/guard.ts';
import { serverError } from '../errors.ts';
import { toProblem } from '../http/problem.ts';
import { refuse } from '../http/refuse.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Feeds } from '../stream/feeds.ts';
import { findTarget } from './follow-target.ts';
import { Follower } from './follower.ts';

const maxIncomingBytes = 16 * 1024;
/** One object, as it is handed over with every event of every client. */
const byWebSocket = { transport: 'websocket' };

export interface GatewayOptions {
  readonly service: HoldfastService;
  readonly tasks: TaskService;
  readonly guard: Guard;
  readonly feeds: Feeds;
  readonly metrics: Metrics;
  readonly stalledMs: number;
  readonly maxConnections: number;
  /** How often connections are looked after. */
  readonly tendMs: number;
}

/** The WebSocket face: what happens in a session or a task, from any version on, then live. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #followers = new Set<Follower>();
  readonly #tending: NodeJS.Timeout;
  #isClosing = false;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxIncomingBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(streamSubprotocol) ? streamSubprotocol : false),
  });

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#tending = setInterval(() => {
      const now = performance.now();
      for (const follower of this.#followers) follower.tend(now);
    }, options.tendMs);
  }

  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Sends something that is not kept to who follows a stream, asked for such and is not behind. */
  sendDelta(stream: string, data: JsonValue): void {
    for (const follower of this.#followers) if (follower.stream === stream) follower.sendDelta(data);
  }

  /** Tells every client to come back later, and lets go of those that do not answer. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#tending);
    for (const client of this.#sockets.clients) client.close(CloseCode.restarting, 'the server is restarting');
    const deadline = setTimeout(() => {
      for (const client of this.#sockets.clients) client.terminate();
    }, 1000);
    await Promise.all([...this.#sockets.clients].map(async (client) => new Promise((resolve) => client.once('close', resolve))));
    clearTimeout(deadline);
    this.#sockets.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    try {
      if (this.#isClosing) throw serverError('HOLDFAST_SERVER_CLOSING', 'Cannot open a WebSocket: the server is shutting down');
      this.#options.guard.checkSource(request.headers);
    } catch (error) {
      refuse(socket, error);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate());
      this.#serve(client, request).catch((error: unknown) => closeFor(client, error));
    });
  }

  async #serve(client: WebSocket, request: IncomingMessage): Promise<void> {
    const { service, tasks, guard, feeds, metrics, stalledMs, maxConnections } = this.#options;
    guard.identify(bearerToken(request.headers) ?? subprotocolToken(request));
    if (this.#followers.size >= maxConnections) return client.close(CloseCode.tooManyConnections, 'too many connections');
    const target = await findTarget(service, tasks, request.url ?? '/');
    if (client.readyState !== client.OPEN) return undefined;
    const follower = new Follower(client, {
      ...target,
      feeds,
      stalledMs,
      onError: (error) => closeFor(client, error),
      onCut: () => metrics.count('holdfast_streams_cut_total', byWebSocket),
      onSent: (events) => metrics.count('holdfast_stream_events_total', byWebSocket, events),
    });
    this.#followers.add(follower);
    metrics.set('holdfast_streams_open', this.#followers.size, byWebSocket);
    client.once('close', () => {
      this.#followers.delete(follower);
      metrics.set('holdfast_streams_open', this.#followers.size, byWebSocket);
    });
    return undefined;
  }
}

/** Browsers cannot set headers on a WebSocket, so the token may come as an offered subprotocol. */
function subprotocolToken({ headers }: IncomingMessage): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const encoded = offered.find((name) => name.startsWith(tokenSubprotocol))?.slice(tokenSubprotocol.length);
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString();
}

function closeFor(client: WebSocket, error: unknown): void {
  client.close(closeCodeOf(error), toProblem(error).detail.slice(0, 120));
}

function closeCodeOf(error: unknown): number {
  const { status, code } = toProblem(error);
  if (status === 401) return CloseCode.unauthorized;
  if (status === 404) return CloseCode.notFound;
  if (code === 'unknown_version') return CloseCode.unknownVersion;
  return status < 500 ? CloseCode.badRequest : 1011;
}
