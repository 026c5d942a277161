import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Event, HoldfastService } from '@holdfast/orchestrator';
import { WebSocketServer, type WebSocket } from 'ws';
import { bearerToken, type Guard } from '../auth/guard.ts';
import { toProblem } from '../http/problem.ts';

/** Why the server closed a connection, beside the codes of RFC 6455. */
export const CloseCode = { restarting: 1012, badRequest: 4400, unauthorized: 4401, notFound: 4404, tooSlow: 4408 } as const;

const subprotocol = 'holdfast.v1';
const tokenSubprotocol = 'holdfast.token.';
/** A client that leaves more than this unread is cut off; it comes back with `?from=`. */
const maxBufferedBytes = 1 << 20;
const maxIncomingBytes = 16 * 1024;

export interface GatewayOptions {
  readonly service: HoldfastService;
  readonly guard: Guard;
}

/** The WebSocket face: what happens in a session, from any version on, then live. */
export class Gateway {
  readonly #service: HoldfastService;
  readonly #guard: Guard;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxIncomingBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });

  constructor({ service, guard }: GatewayOptions) {
    this.#service = service;
    this.#guard = guard;
  }

  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Tells every client to come back later, and lets go of those that do not answer. */
  async close(): Promise<void> {
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
      this.#guard.checkSource(request.headers);
    } catch (error) {
      refuse(socket, error);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate());
      this.#serve(client, request).catch((error: unknown) => client.close(closeCodeOf(error), toProblem(error).detail.slice(0, 120)));
    });
  }

  async #serve(client: WebSocket, request: IncomingMessage): Promise<void> {
    this.#guard.checkToken(bearerToken(request.headers) ?? subprotocolToken(request));
    const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://localhost');
    const sessionId = /^\/ws\/sessions\/(?<id>[^/]+)$/u.exec(pathname)?.groups?.['id'];
    const from = Number(searchParams.get('from') ?? 0);
    if (sessionId === undefined) return client.close(CloseCode.notFound, 'there is nothing at this path');
    if (!Number.isSafeInteger(from) || from < 0) return client.close(CloseCode.badRequest, 'from is not a version');

    const ended = new AbortController();
    client.once('close', () => ended.abort());
    const events = this.#service.subscribeSession(decodeURIComponent(sessionId), { afterVersion: from, signal: ended.signal });
    for await (const event of events) {
      if (client.readyState !== client.OPEN) return undefined;
      client.send(JSON.stringify(toMessage(event)));
      if (client.bufferedAmount > maxBufferedBytes) return client.close(CloseCode.tooSlow, `reconnect with from=${event.streamVersion}`);
    }
    return client.close(CloseCode.restarting, 'the server is restarting');
  }
}

/** One event as every client gets it: `version` is gap-free in its stream, `sequence` in the whole store. */
function toMessage({ type, taskId, streamVersion, sequenceNumber, timestamp, data }: Event): object {
  return { type, stream: taskId, version: streamVersion, sequence: sequenceNumber, timestamp, data };
}

/** Browsers cannot set headers on a WebSocket, so the token may come as an offered subprotocol. */
function subprotocolToken({ headers }: IncomingMessage): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const encoded = offered.find((name) => name.startsWith(tokenSubprotocol))?.slice(tokenSubprotocol.length);
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString();
}

function closeCodeOf(error: unknown): number {
  const { status } = toProblem(error);
  if (status === 401) return CloseCode.unauthorized;
  if (status === 404) return CloseCode.notFound;
  return status < 500 ? CloseCode.badRequest : 1011;
}

function refuse(socket: Duplex, error: unknown): void {
  const problem = JSON.stringify(toProblem(error));
  socket.end(
    `HTTP/1.1 403 Forbidden\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(problem)}\r\nconnection: close\r\n\r\n${problem}`,
  );
}
