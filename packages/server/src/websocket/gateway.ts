import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Event, HoldfastService } from '@holdfast/orchestrator';
import { WebSocketServer, type WebSocket } from 'ws';
import { bearerToken, type Guard } from '../auth/guard.ts';
import { serverError } from '../errors.ts';
import { toProblem } from '../http/problem.ts';
import { refuse } from '../http/refuse.ts';

/** Why the server closed a connection, beside the codes of RFC 6455. */
export const CloseCode = { restarting: 1012, badRequest: 4400, unauthorized: 4401, notFound: 4404, tooSlow: 4408 } as const;

const subprotocol = 'holdfast.v1';
const tokenSubprotocol = 'holdfast.token.';
/** While a client leaves more than this unread, it is sent no more. */
const maxBufferedBytes = 1 << 20;
/** A client that reads nothing for this long is cut off; it comes back with `?from=`. */
const stalledMs = 30_000;
const maxIncomingBytes = 16 * 1024;

export interface GatewayOptions {
  readonly service: HoldfastService;
  readonly guard: Guard;
}

/** The WebSocket face: what happens in a session, from any version on, then live. */
export class Gateway {
  readonly #service: HoldfastService;
  readonly #guard: Guard;
  #isClosing = false;
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
    this.#isClosing = true;
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
    const { sessionId, from } = parseTarget(request.url ?? '/');

    const ended = new AbortController();
    client.once('close', () => ended.abort());
    const events = this.#service.subscribeSession(sessionId, { afterVersion: from, signal: ended.signal });
    for await (const event of events) {
      if (client.readyState !== client.OPEN) return undefined;
      if (!(await send(client, JSON.stringify(toMessage(event))))) {
        client.close(CloseCode.tooSlow, 'reconnect with from=VERSION, the last that you have');
        return client.terminate();
      }
    }
    return client.close(CloseCode.restarting, 'the server is restarting');
  }
}

/** What a client asks to follow. @throws HOLDFAST_SERVER_VALIDATION, HOLDFAST_SERVER_NOT_FOUND */
function parseTarget(target: string): { sessionId: string; from: number } {
  const [path = '', query = ''] = target.split('?', 2);
  const encoded = /^\/ws\/sessions\/(?<id>[^/]+)$/u.exec(path)?.groups?.['id'];
  if (encoded === undefined) throw serverError('HOLDFAST_SERVER_NOT_FOUND', 'Cannot follow: there is nothing at this path');
  const from = new URLSearchParams(query).get('from') ?? '0';
  if (!/^\d{1,15}$/u.test(from)) throw serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot follow: from is not a version');
  try {
    return { sessionId: decodeURIComponent(encoded), from: Number(from) };
  } catch (cause) {
    throw serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot follow: the id is not encoded as a URL needs it', { cause });
  }
}

/** Sends, and waits where the client is slow; false when it has read nothing for too long. */
async function send(client: WebSocket, text: string): Promise<boolean> {
  const flushed = Promise.withResolvers<boolean>();
  client.send(text, () => flushed.resolve(true)); // an error closes the client, which ends the loop
  if (client.bufferedAmount <= maxBufferedBytes) return true;
  const timer = setTimeout(() => flushed.resolve(false), stalledMs);
  try {
    return await flushed.promise;
  } finally {
    clearTimeout(timer);
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
