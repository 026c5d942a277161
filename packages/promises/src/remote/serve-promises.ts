/**
 * The embedded machine behind HTTP, so that several processes can share one file. It speaks the Resonate protocol: a POST
 * for each request, and server-sent events at `/poll/GROUP/PID` for what a worker is told.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { promisesError } from '../errors.ts';
import { EmbeddedBackend } from '../machine/embedded-backend.ts';
import type { ProtocolMessage } from '../machine/messages.ts';
import { isProtocolRequest } from '../resonate.ts';
import type { PromiseStoreTime } from '../store/promise-store.ts';
import type { Durability } from '../store/sqlite/durability.ts';

export interface ServePromisesOptions extends PromiseStoreTime {
  /** The file; `:memory:` keeps nothing. */
  readonly path: string;
  /** @default 'power' */
  readonly durability?: Durability;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** @default 0, any that is free */
  readonly port?: number;
  /** What clients have to know. Needed on any address but the loopback. */
  readonly token?: string;
  /** @default 30 days */
  readonly keepFinishedMs?: number;
}

export interface PromisesServer extends AsyncDisposable {
  readonly url: string;
  close(): Promise<void>;
}

const maxBodyBytes = 64 * 1024 * 1024;
/** Messages for a group of which nobody is connected. */
const maxWaiting = 10_000;

/**
 * @throws HOLDFAST_PROMISES_STORE_LOCKED, HOLDFAST_PROMISES_STORE_FOREIGN, HOLDFAST_PROMISES_STORE_NEWER, HOLDFAST_PROMISES_STORE_FAILED
 * @throws TypeError for an address that others can reach, without a token
 */
export async function servePromises({ host = '127.0.0.1', port = 0, token, ...options }: ServePromisesOptions): Promise<PromisesServer> {
  if (token === undefined && host !== '127.0.0.1' && host !== '::1') throw new TypeError(`Cannot listen on "${host}": others can reach it, so it needs a token`);
  const backend = new EmbeddedBackend({ ...options, durability: options.durability ?? 'power', pid: 'server', keepFinishedMs: options.keepFinishedMs ?? 30 * 86_400_000 });
  const mailboxes = new Mailboxes();
  backend.onMessageElsewhere((address, message) => mailboxes.send(address, message));
  backend.onMessage(() => undefined);
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) return answer(response, 401, 'The token is wrong');
    const [, poll, group, pid] = (request.url ?? '/').split('/');
    if (request.method === 'GET' && poll === 'poll' && group !== undefined && pid !== undefined) {
      mailboxes.open(decodeURIComponent(group), decodeURIComponent(pid), response);
      return;
    }
    if (request.method !== 'POST') return answer(response, 405, 'Only POST is known here');
    const asked = await readJson(request);
    if (!isProtocolRequest(asked)) return answer(response, 400, 'It is no request of the protocol');
    const reply = await backend.send(asked);
    answer(response, reply.head.status, JSON.stringify(reply), 'application/json');
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  }).catch(async (cause: unknown) => {
    await backend.close();
    throw promisesError('HOLDFAST_PROMISES_UNAVAILABLE', `Cannot listen on "${host}:${port}"`, { cause });
  });
  const address = server.address();
  const close = async (): Promise<void> => {
    mailboxes.close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    await backend.close();
  };
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${typeof address === 'object' ? address?.port : port}`, close, [Symbol.asyncDispose]: close };
}

/** Who is connected, and what is told to whom. */
class Mailboxes {
  readonly #groups = new Map<string, Map<string, ServerResponse>>();
  readonly #waiting = new Map<string, ProtocolMessage[]>();

  open(group: string, pid: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': connected\n\n');
    const members = this.#groups.get(group) ?? new Map<string, ServerResponse>();
    this.#groups.set(group, members.set(pid, response));
    response.on('close', () => {
      if (members.get(pid) === response) members.delete(pid);
    });
    for (const message of this.#waiting.get(group) ?? []) write(response, message);
    this.#waiting.delete(group);
  }

  /** `poll://any@GROUP/PID` prefers the process, `poll://uni@GROUP/PID` means it alone. */
  send(address: string, message: ProtocolMessage): void {
    const [, kind, group, pid] = /^poll:\/\/(any|uni)@([^/]+)(?:\/(.+))?$/u.exec(address) ?? [];
    if (group === undefined) return;
    const members = this.#groups.get(group);
    const member = members?.get(pid ?? '') ?? (kind === 'any' ? members?.values().next().value : undefined);
    if (member) return write(member, message);
    const waiting = this.#waiting.get(group) ?? [];
    if (kind === 'any' && waiting.length < maxWaiting) this.#waiting.set(group, [...waiting, message]);
  }

  close(): void {
    for (const members of this.#groups.values()) for (const response of members.values()) response.end();
  }
}

function write(response: ServerResponse, message: ProtocolMessage): void {
  response.write(`data: ${JSON.stringify(message)}\n\n`);
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

/** Undefined for what is no JSON, or too much of it. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

function isSame(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
