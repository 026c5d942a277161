/**
 * MCP over Streamable HTTP, for every protocol revision at one address. A request of the current revision stands alone
 * and gets a server of its own. Earlier revisions keep a session; its server waits here for the next request, for a
 * client that may be asked something in between.
 */
import { Readable } from 'node:stream';
import { createMcpHandler, isInitializeRequest, isLegacyRequest, type McpHttpHandler, type Server } from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/guard.ts';
import { LegacySessions } from './legacy-sessions.ts';

export interface McpMountOptions {
  readonly createServer: (principal: Principal) => Server;
  readonly version: string;
  /** @default 256 */
  readonly maxSessions?: number;
  readonly onFault: (error: unknown) => void;
}

/** MCP at one address. */
export class McpMount {
  readonly #options: McpMountOptions;
  readonly #sessions: LegacySessions;
  /** One for each principal: the library's handler makes servers, and does not say for whom. */
  readonly #modern = new Map<string, McpHttpHandler>();

  constructor(options: McpMountOptions) {
    this.#options = options;
    this.#sessions = new LegacySessions(options.createServer, options.maxSessions ?? 256);
  }

  /** Serves `/mcp` and `/mcp/`. */
  async addTo(app: FastifyInstance): Promise<void> {
    await app.register(async (scope) => {
      // What is no JSON is answered by MCP in its own words, so the body comes as text.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
      for (const url of ['/mcp', '/mcp/']) {
        scope.route({ method: ['GET', 'POST', 'DELETE'], url, config: { operation: 'mcp' }, handler: async (request, reply) => this.#serve(request, reply) });
      }
    });
  }

  /** Tells every open subscription that the list of tools or prompts is another one. */
  notify(what: 'tools' | 'prompts'): void {
    for (const { notify } of this.#modern.values()) {
      if (what === 'tools') notify.toolsChanged();
      else notify.promptsChanged();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#sessions.close(), ...[...this.#modern.values()].map(async (handler) => handler.close())]);
  }

  async #serve(raw: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (raw.method === 'GET' && !(raw.headers.accept ?? '').includes('text/event-stream')) return reply.send(about(this.#options.version));
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const request = toWebRequest(raw, gone.signal);
    const body = parseBody(raw.body);
    const response = await this.#answer(request, body, raw.principal);
    reply.code(response.status);
    for (const [name, value] of response.headers) reply.header(name, value);
    return reply.send(response.body ? Readable.fromWeb(response.body) : undefined);
  }

  async #answer(request: Request, body: unknown, principal: Principal): Promise<Response> {
    const options = body === undefined ? {} : { parsedBody: body };
    const isLegacy = body === undefined ? await isLegacyRequest(request) : await isLegacyRequest(request, body);
    if (isLegacy) return this.#sessions.serve(request, { ...options, isOpening: isInitializeRequest(body) }, principal);
    return this.#handlerOf(principal).fetch(request, options);
  }

  #handlerOf(principal: Principal): McpHttpHandler {
    const known = this.#modern.get(principal.name);
    if (known) return known;
    const { createServer, onFault } = this.#options;
    const handler = createMcpHandler(() => createServer(principal), { legacy: 'reject', onerror: onFault });
    this.#modern.set(principal.name, handler);
    return handler;
  }
}

function toWebRequest({ method, url, headers, host, body }: FastifyRequest, signal: AbortSignal): Request {
  const given = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) given.set(name, Array.isArray(value) ? value.join(', ') : value);
  return new Request(`http://${host}${url}`, { method, headers: given, signal, ...(method === 'POST' && { body: typeof body === 'string' ? body : '' }) });
}

/** The body as JSON; undefined where it is none, so that MCP says so. */
function parseBody(body: unknown): unknown {
  if (typeof body !== 'string') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // the library answers with a parse error of its own
  }
}

function about(version: string): object {
  return {
    name: 'holdfast',
    version,
    what: 'A Model Context Protocol endpoint: point an MCP client at this address',
    transport: 'Streamable HTTP; POST JSON-RPC here',
    configuration: 'holdfast mcp install CLIENT prints the configuration of a client',
  };
}

