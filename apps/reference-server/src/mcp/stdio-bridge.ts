/**
 * MCP over standard input and output, as a pipe to the MCP address of a server. Both sides see the same state, whoever
 * else uses the server, and nothing is lost when this process ends. Each revision keeps its own rules on the way: the
 * current one says in headers what a message is about, earlier ones keep a session and are sent requests of their own.
 */
import { z } from 'zod';
import { cliError } from '../errors.ts';
import { readServerSentEvents } from './server-sent-events.ts';

/** Where the server is now. */
export interface McpHost {
  readonly url: string;
  readonly token: string | undefined;
}

export interface StdioBridgeOptions {
  /** Finds the server; again when it was lost. */
  readonly findHost: () => Promise<McpHost>;
  /** Writes one message to the client. */
  readonly write: (message: string) => void;
}

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const meta = z.looseObject({ [versionKey]: z.string().optional() }).optional();
const rpcMessage = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.looseObject({ _meta: meta, name: z.string().optional(), uri: z.string().optional(), taskId: z.string().optional(), requestId: z.union([z.string(), z.number()]).optional() }).optional(),
  result: z.looseObject({ protocolVersion: z.string().optional() }).optional(),
});

type RpcMessage = z.output<typeof rpcMessage>;

interface Session {
  readonly id: string;
  readonly version: string;
}

/** Carries messages between one client and the server. */
export class StdioBridge {
  readonly #options: StdioBridgeOptions;
  readonly #ended = new AbortController();
  /** Requests of the current revision, which are given up by closing their stream. */
  readonly #pending = new Map<string | number, AbortController>();
  #host: McpHost | undefined;
  #session: Session | undefined;
  #opening: string | undefined;

  constructor(options: StdioBridgeOptions) {
    this.#options = options;
  }

  /** Takes one line of the client. Never rejects: what goes wrong is the client's answer. */
  async take(line: string): Promise<void> {
    const parsed = parse(line);
    if (!parsed) return this.#tellError(undefined, -32_700, 'Parse error');
    const { method, params, id } = parsed;
    const given = method === 'notifications/cancelled' ? this.#pending.get(params?.requestId ?? '') : undefined;
    if (given) return given.abort();
    try {
      await this.#forward(line, parsed);
      if (method === 'notifications/initialized') this.#listen().catch(() => undefined); // the client then hears only what it asked for
    } catch (error) {
      if (id !== undefined && method !== undefined && !this.#ended.signal.aborted) this.#tellError(id, -32_603, error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  /** Lets go of the server; what was begun there goes on. */
  async close(): Promise<void> {
    this.#ended.abort();
    if (this.#session && this.#host) await this.#request('DELETE', undefined, {}, AbortSignal.timeout(1000)).catch(() => undefined); // it forgets the session by itself
  }

  async #forward(line: string, message: RpcMessage): Promise<void> {
    const { id, method } = message;
    if (method === 'initialize') this.#opening = line;
    const isModern = versionOf(message) !== undefined;
    const giveUp = new AbortController();
    if (isModern && id !== undefined) this.#pending.set(id, giveUp);
    try {
      const response = await this.#post(line, isModern ? modernHeaders(message) : {}, giveUp.signal);
      await this.#answer(response, method === 'initialize');
    } finally {
      if (id !== undefined) this.#pending.delete(id);
    }
  }

  /** Sends a message; once more where the server was another one by then. */
  async #post(line: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    try {
      const response = await this.#request('POST', line, headers, signal);
      if (response.status !== 404 || !this.#session || this.#opening === undefined) return response;
    } catch (error) {
      if (signal.aborted || this.#ended.signal.aborted) throw error;
      this.#host = undefined; // it may have been started anew, elsewhere
    }
    if (this.#session && this.#opening !== undefined && this.#opening !== line) {
      this.#session = undefined;
      await this.#open(await this.#request('POST', this.#opening, {}, signal));
    }
    return this.#request('POST', line, headers, signal);
  }

  async #request(method: string, body: string | undefined, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    this.#host ??= await this.#options.findHost();
    const { url, token } = this.#host;
    return fetch(`${url}/mcp`, {
      method,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(this.#session && { 'mcp-session-id': this.#session.id, 'mcp-protocol-version': this.#session.version }),
        ...headers,
      },
      ...(body !== undefined && { body }),
      signal: method === 'DELETE' ? signal : AbortSignal.any([signal, this.#ended.signal]),
    });
  }

  async #answer(response: Response, isOpening: boolean): Promise<void> {
    const sessionId = isOpening ? response.headers.get('mcp-session-id') : null;
    for await (const text of messagesOf(response)) {
      const version = parse(text)?.result?.protocolVersion;
      if (sessionId !== null && version !== undefined) this.#session = { id: sessionId, version };
      this.#options.write(text);
    }
  }

  /** Opens a session anew, without the client's noticing. */
  async #open(response: Response): Promise<void> {
    const sessionId = response.headers.get('mcp-session-id');
    for await (const text of messagesOf(response)) {
      const version = parse(text)?.result?.protocolVersion;
      if (sessionId !== null && version !== undefined) this.#session = { id: sessionId, version };
    }
  }

  /** What the server says without being asked, in the revisions that have that. */
  async #listen(): Promise<void> {
    if (!this.#session) return;
    const response = await this.#request('GET', undefined, { accept: 'text/event-stream' }, this.#ended.signal);
    for await (const text of messagesOf(response)) this.#options.write(text);
  }

  #tellError(id: string | number | undefined, code: number, message: string): void {
    this.#options.write(JSON.stringify({ jsonrpc: '2.0', id: id ?? null, error: { code, message } }));
  }
}

function parse(text: string): RpcMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return rpcMessage.safeParse(Array.isArray(value) ? value[0] : value).data;
  } catch {
    return undefined; // the client is told
  }
}

/** The revision that a message of the current one names; earlier ones name it when they connect. */
function versionOf({ params: { _meta: named } = {} }: RpcMessage): string | undefined {
  return named?.[versionKey];
}

/** What the current revision says in headers as well. */
function modernHeaders(message: RpcMessage): Record<string, string> {
  const { method = '', params } = message;
  const name = params?.name ?? params?.uri ?? params?.taskId;
  return { 'mcp-protocol-version': versionOf(message) ?? '', 'mcp-method': method, ...(name !== undefined && { 'mcp-name': encodeHeader(name) }) };
}

/** A header is ASCII; other names travel as MCP says, in base64. */
function encodeHeader(name: string): string {
  return /^[\u0021-\u007E](?:[\u0020-\u007E]*[\u0021-\u007E])?$/u.test(name) ? name : `=?base64?${Buffer.from(name).toString('base64')}?=`;
}

/** The messages in an answer: one, or a stream of them. */
async function* messagesOf(response: Response): AsyncGenerator<string> {
  if ((response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
    if (response.body) for await (const { data } of readServerSentEvents(response.body)) if (data !== '') yield data;
    return;
  }
  const text = await response.text();
  if (text === '') return;
  if (parse(text)?.['jsonrpc'] === undefined) throw cliError('HOLDFAST_CLI_SERVER_UNREACHABLE', `Cannot use the MCP address of the server: it answers ${response.status}`);
  yield JSON.stringify(JSON.parse(text));
}
