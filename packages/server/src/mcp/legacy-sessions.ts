import { WebStandardStreamableHTTPServerTransport, type EventStore, type JSONRPCMessage, type Server } from '@modelcontextprotocol/server';
import type { Principal } from '../auth/guard.ts';

interface Session {
  readonly principal: string;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly server: Server;
  usedAt: number;
}

interface ServeOptions {
  readonly parsedBody?: unknown;
  readonly isOpening: boolean;
}

/** A session that nobody used for so long is closed. */
const idleMs = 600_000;

/** The sessions of clients that speak a revision before 2026-07-28. Each belongs to the principal that opened it. */
export class LegacySessions {
  readonly #createServer: (principal: Principal) => Server;
  readonly #most: number;
  readonly #sessions = new Map<string, Session>();

  constructor(createServer: (principal: Principal) => Server, most: number) {
    this.#createServer = createServer;
    this.#most = most;
  }

  async serve(request: Request, { isOpening, ...options }: ServeOptions, principal: Principal): Promise<Response> {
    const sessionId = request.headers.get('mcp-session-id');
    if (sessionId !== null) {
      const session = this.#sessions.get(sessionId);
      if (session?.principal !== principal.name) return failure(404, -32_001, 'Session not found');
      session.usedAt = Date.now();
      return session.transport.handleRequest(request, options);
    }
    if (!isOpening) return failure(400, -32_000, 'Bad Request: initialize first, and send mcp-session-id with every request after that');
    await this.#makeRoom();
    if (this.#sessions.size >= this.#most) return failure(503, -32_000, 'Too many sessions');
    return (await this.#open(principal)).handleRequest(request, options);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(async ({ server }) => server.close()));
    this.#sessions.clear();
  }

  async #open(principal: Principal): Promise<WebStandardStreamableHTTPServerTransport> {
    const server = this.#createServer(principal);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      eventStore: new RecentMessages(),
      retryInterval: 1000,
      onsessioninitialized: (sessionId) => void this.#sessions.set(sessionId, { principal: principal.name, transport, server, usedAt: Date.now() }),
      onsessionclosed: (sessionId) => void this.#sessions.delete(sessionId),
    });
    await server.connect(transport);
    return transport;
  }

  /** Closes what nobody uses; the server need not be told that a client went. */
  async #makeRoom(): Promise<void> {
    const before = Date.now() - idleMs;
    for (const [sessionId, { usedAt, server }] of this.#sessions) {
      if (usedAt >= before) continue;
      this.#sessions.delete(sessionId);
      await server.close();
    }
  }
}

function failure(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: '2.0', id: null, error: { code, message } }, { status });
}

/** What a client missed while its stream was broken: the newest messages of its session. What matters longer has a handle. */
class RecentMessages implements EventStore {
  readonly #most = 256;
  readonly #messages: { readonly id: string; readonly streamId: string; readonly message: JSONRPCMessage }[] = [];
  #next = 1;

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const id = String(this.#next);
    this.#next += 1;
    this.#messages.push({ id, streamId, message });
    if (this.#messages.length > this.#most) this.#messages.shift();
    return id;
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return this.#messages.find(({ id }) => id === eventId)?.streamId;
  }

  async replayEventsAfter(lastEventId: string, { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> }): Promise<string> {
    const streamId = (await this.getStreamIdForEventId(lastEventId)) ?? '';
    for (const { id, message, ...each } of this.#messages) {
      // An empty message only marks the beginning of a stream.
      if (each.streamId === streamId && Number(id) > Number(lastEventId) && 'jsonrpc' in message) await send(id, message);
    }
    return streamId;
  }
}
