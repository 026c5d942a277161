import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { serverError } from '../errors.ts';

export interface GuardOptions {
  /** What a client must present; undefined lets everybody on this machine in. */
  readonly token?: string;
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

/** Decides for REST and WebSocket alike whether a request may go on. */
export class Guard {
  readonly #tokenDigest: Buffer | undefined;
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  constructor({ token, allowedHosts, allowedOrigins }: GuardOptions) {
    this.#tokenDigest = token === undefined ? undefined : digest(token);
    this.#hosts = new Set(allowedHosts.map((host) => host.toLowerCase()));
    this.#origins = new Set(allowedOrigins);
  }

  /** @throws HOLDFAST_SERVER_FORBIDDEN_HOST, HOLDFAST_SERVER_FORBIDDEN_ORIGIN */
  checkSource({ host = '', origin }: GuardedHeaders): void {
    const name = host.replace(/:\d+$/u, '').toLowerCase();
    if (!this.#hosts.has(name) && !isAddress(name)) {
      throw serverError('HOLDFAST_SERVER_FORBIDDEN_HOST', `Cannot serve host ${JSON.stringify(host)}: it is not one of this server's`);
    }
    if (origin !== undefined && origin !== `http://${host}` && !this.#origins.has(origin)) {
      throw serverError('HOLDFAST_SERVER_FORBIDDEN_ORIGIN', `Cannot serve a page of ${JSON.stringify(origin)}`);
    }
  }

  /** @throws HOLDFAST_SERVER_UNAUTHORIZED */
  checkToken(presented: string | undefined): void {
    if (!this.#tokenDigest || (presented !== undefined && timingSafeEqual(this.#tokenDigest, digest(presented)))) return;
    throw serverError('HOLDFAST_SERVER_UNAUTHORIZED', presented === undefined ? 'Cannot serve request: it has no token' : 'Cannot serve request: its token is wrong');
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
  return createHash('sha256').update(token).digest();
}
