import type { HoldfastService } from '@holdfast/orchestrator';
import { Guard } from './auth/guard.ts';
import { serverError } from './errors.ts';
import { createApp } from './http/app.ts';
import { Gateway } from './websocket/gateway.ts';

export interface ServerOptions {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes a free one. @default 9876 */
  readonly port?: number;
  /** What clients must present. Needed on any address but loopback. @default none */
  readonly token?: string;
  /** Host names that requests may name beside loopback's and `host`. @default none */
  readonly allowedHosts?: readonly string[];
  /** Origins of web pages that may make requests beside this server's own. @default none */
  readonly allowedOrigins?: readonly string[];
  /** The largest body. @default 1 MiB */
  readonly maxBodyBytes?: number;
  /** How long `close` waits for requests under way before it cuts them off. @default 5000 */
  readonly drainMs?: number;
  /** Told of faults that are not a client's. @default nobody */
  readonly onFault?: (error: unknown) => void;
}

/** A server that accepts requests. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Answers what is under way if that ends in time, tells WebSocket clients to come back, and stops. Idempotent. */
  close(): Promise<void>;
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Starts the faces over a service, on one port.
 *
 * @throws HOLDFAST_SERVER_TOKEN_REQUIRED, HOLDFAST_SERVER_PORT_IN_USE, HOLDFAST_SERVER_CANNOT_LISTEN
 */
export async function startServer(service: HoldfastService, options: ServerOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 9876, token, allowedHosts = [], allowedOrigins = [], maxBodyBytes = 1 << 20, drainMs = 5000, onFault = () => undefined } = options;
  if (!loopback.has(host) && (token === undefined || token === '')) {
    throw serverError('HOLDFAST_SERVER_TOKEN_REQUIRED', `Cannot listen on "${host}" without a token`);
  }
  const guard = new Guard({
    ...(token !== undefined && { token }),
    allowedHosts: ['127.0.0.1', 'localhost', '[::1]', host, ...allowedHosts],
    allowedOrigins,
  });
  const app = createApp({ service, guard, maxBodyBytes, onFault });
  const gateway = new Gateway({ service, guard });
  gateway.attach(app.server);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    throw listenError(cause, host, port);
  }
  const address = app.server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;

  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    port: boundPort,
    close: async () => {
      closing ??= stop();
      await closing;
    },
  };

  async function stop(): Promise<void> {
    const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
    try {
      await Promise.all([gateway.close(), app.close()]);
    } finally {
      clearTimeout(cut);
    }
  }
}

function listenError(cause: unknown, host: string, port: number): Error {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  return isTaken
    ? serverError('HOLDFAST_SERVER_PORT_IN_USE', `Cannot listen on ${host}:${port}: the port is in use`, { cause })
    : serverError('HOLDFAST_SERVER_CANNOT_LISTEN', `Cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
