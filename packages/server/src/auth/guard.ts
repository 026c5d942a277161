import { hash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { serverError } from '../errors.ts';

export interface GuardOptions {
  /** What a client must present; undefined lets everybody on this machine in. */
  readonly token?: string;
  /** Further tokens, each with the name of who it stands for. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Host names, without a port, that a request may name. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages, as `scheme://host:port`, that may make requests. */
  readonly allowedOrigins: readonly string[];
}

/** The headers that decide whether a request may go on. */
export interface GuardedHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
}

/** Who makes a request. Idempotency keys, MCP sessions and task handles are bound to it. */
export interface Principal {
  readonly name: string;
  /** For signing what only this principal may present again. */
  readonly key: Uint8Array;
}

const mostSeen = 100;
const anybody: Principal = { name: 'anybody', key: digest('anybody') };

/** Decides for REST, WebSocket and MCP alike whether a request may go on. */
export class Guard {
  readonly #principals: readonly Principal[];
  /** Tokens that were found right, so that they are digested once. The hash of a map is seeded, so nobody can feel their way to one. */
  readonly #accepted = new Map<string, Principal>();
  readonly #hosts: ReadonlySet<string>;
  /** Hosts as requests spelled them that were found right, so that most requests need no more than a look here. */
  readonly #seen = new Set<string>();
  readonly #origins: ReadonlySet<string>;

  constructor({ token, tokens = {}, allowedHosts, allowedOrigins }: GuardOptions) {
    const named = Object.entries({ ...(token !== undefined && { owner: token }), ...tokens });
    this.#principals = named.map(([name, secret]) => ({ name, key: digest(secret) }));
    this.#hosts = new Set(allowedHosts.map((host) => host.toLowerCase()));
    this.#origins = new Set(allowedOrigins);
  }

  /** @throws HOLDFAST_SERVER_FORBIDDEN_HOST, HOLDFAST_SERVER_FORBIDDEN_ORIGIN */
  checkSource({ host = '', origin }: GuardedHeaders): void {
    if (origin === undefined && this.#seen.has(host)) return;
    const name = host.replace(/:\d+$/u, '').toLowerCase();
    if (!this.#hosts.has(name) && !isAddress(name)) {
      throw serverError('HOLDFAST_SERVER_FORBIDDEN_HOST', `Cannot serve host ${JSON.stringify(host)}: it is not one of this server's`);
    }
    if (origin !== undefined && origin !== `http://${host}` && !this.#origins.has(origin)) {
      throw serverError('HOLDFAST_SERVER_FORBIDDEN_ORIGIN', `Cannot serve a page of ${JSON.stringify(origin)}`);
    }
    if (this.#seen.size < mostSeen) this.#seen.add(host);
  }

  /** Whom a token stands for. @throws HOLDFAST_SERVER_UNAUTHORIZED */
  identify(presented: string | undefined): Principal {
    if (this.#principals.length === 0) return anybody;
    if (presented === undefined) throw serverError('HOLDFAST_SERVER_UNAUTHORIZED', 'Cannot serve request: it has no token');
    const known = this.#accepted.get(presented);
    if (known) return known;
    const given = digest(presented);
    const principal = this.#principals.find(({ key }) => timingSafeEqual(key, given));
    if (!principal) throw serverError('HOLDFAST_SERVER_UNAUTHORIZED', 'Cannot serve request: its token is wrong');
    this.#accepted.set(presented, principal);
    return principal;
  }
}

/** A page rebinds a name, never an address, so addresses need not be listed. */
function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(?<address>.*)\]$/u, '$<address>')) !== 0;
}

/** The token of an `Authorization: Bearer` header. */
export function bearerToken({ authorization }: GuardedHeaders): string | undefined {
  return /^Bearer +(?<token>\S+)$/iu.exec(authorization ?? '')?.groups?.['token'];
}

/** Digests have one length, so comparing them tells nothing of the token's. */
function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
