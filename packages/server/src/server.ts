import { setMaxListeners } from 'node:events';
import type { HoldfastService, TaskService } from '@holdfast/orchestrator';
import { Guard } from './auth/guard.ts';
import { serverError } from './errors.ts';
import { createApp } from './http/app.ts';
import { EventStreams } from './http/event-stream.ts';
import { Interventions } from './http/intervention.ts';
import { Limits, type LimitOptions } from './http/limits.ts';
import { addPromiseRoutes } from './http/promise-routes.ts';
import { Router } from './http/route.ts';
import { addServerRoutes } from './http/server-routes.ts';
import { addSessionRoutes } from './http/session-routes.ts';
import { addTaskRoutes } from './http/task-routes.ts';
import { McpMount } from './mcp/http-mount.ts';
import { createServerFactory, type McpSurface, type ToolCallRecord } from './mcp/mcp-server.ts';
import { createSurface } from './mcp/surface.ts';
import { silentLog, type AuditRecord, type Log } from './observability/log.ts';
import { PrometheusMetrics } from './observability/prometheus.ts';
import { addPageRoutes } from './page/page-routes.ts';
import { Feeds } from './stream/feeds.ts';
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
  /** Other tasks than those of the service; they need to keep their events in the same store. @default those of the service */
  readonly tasks?: TaskService;
  /** Offers more than Holdfast's own at `/mcp`; `notify` tells open subscriptions that a list is another one. @default as it is */
  readonly extendMcp?: (surface: McpSurface, notify: McpMount['notify']) => McpSurface;
  /** Serves MCP alone, without REST and WebSocket. @default false */
  readonly mcpOnly?: boolean;
  /** Further tokens, each with the name of who it stands for. @default none */
  readonly tokens?: Readonly<Record<string, string>>;
  /** How much clients may ask for. @default 5000 requests a second of each, 4096 at once */
  readonly limits?: LimitOptions;
  /** The most WebSocket clients. @default 4096 */
  readonly maxConnections?: number;
  /** A client that reads nothing for so long is cut off. @default 30 000 */
  readonly stalledMs?: number;
  /** How long `close` waits for requests under way before it cuts them off. @default 3000 */
  readonly drainMs?: number;
  /** Where it writes what it did: a line for each change, with who asked for it, and for each request that failed. @default nowhere */
  readonly log?: Log;
  /** Told of each change that somebody asked for, for who keeps that apart from the log. @default nobody */
  readonly onAudit?: (record: AuditRecord) => void;
  /** Told of faults that are not a client's. @default nobody */
  readonly onFault?: (error: unknown) => void;
  /** What the OpenAPI document and MCP call the server's version. @default '0.0.0' */
  readonly version?: string;
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
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
  const { host = '127.0.0.1', port = 9876, token, tokens = {}, allowedHosts = [], allowedOrigins = [], drainMs = 3000, version = '0.0.0', stalledMs = 30_000 } = options;
  const { log = silentLog, onAudit, onFault = () => undefined, newId = () => crypto.randomUUID() } = options;
  if (!loopback.has(host) && (token === undefined || token === '') && Object.keys(tokens).length === 0) {
    throw serverError('HOLDFAST_SERVER_TOKEN_REQUIRED', `Cannot listen on "${host}" without a token`);
  }
  const guard = new Guard({
    ...(token !== undefined && { token }),
    tokens,
    allowedHosts: ['127.0.0.1', 'localhost', '[::1]', host, ...allowedHosts],
    allowedOrigins,
  });
  const draining = new AbortController();
  const lastCall = new AbortController();
  setMaxListeners(0, lastCall.signal); // one for each request that waits
  const metrics = new PrometheusMetrics();
  const limits = new Limits(options.limits);
  const feeds = new Feeds();
  const streams = new EventStreams({ feeds, metrics, keepAliveMs: 15_000, stalledMs });
  const app = createApp({ guard, limits, metrics, log, maxBodyBytes: options.maxBodyBytes ?? 1 << 20, draining: draining.signal, onFault });
  const router = new Router(app, onAudit);
  const { tasks = service.tasks, extendMcp = (surface) => surface, mcpOnly = false } = options;
  const interventions = new Interventions(tasks);
  if (!mcpOnly) addRest();
  addServerRoutes(app, router, { service, metrics, limits, version, draining: draining.signal });
  const mcp = mountMcp();
  await mcp.addTo(app);
  const gateway = new Gateway({ service, tasks, guard, feeds, metrics, stalledMs, maxConnections: options.maxConnections ?? 4096, tendMs: Math.min(1000, stalledMs) });
  if (!mcpOnly) gateway.attach(app.server);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await Promise.all([gateway.close(), app.close()]);
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

  function addRest(): void {
    addSessionRoutes(router, { service, streams, lastCall: lastCall.signal, newId });
    addPromiseRoutes(router, service);
    addTaskRoutes(router, { service, tasks, interventions, streams, lastCall: lastCall.signal });
    addPageRoutes(app);
  }

  function mountMcp(): McpMount {
    const own = createSurface({ service, tasks, interventions, version, newId });
    const mount: McpMount = new McpMount({ createServer: (principal) => createServer(principal), version, onFault });
    const createServer = createServerFactory(extendMcp({ ...own, onFault, onToolCall: recordToolCall }, (what) => mount.notify(what)));
    return mount;
  }

  function recordToolCall({ tool, principal, outcome, arguments: given, isChange }: ToolCallRecord): void {
    metrics.count('holdfast_mcp_requests_total', { tool, outcome });
    if (!isChange) return;
    const record = { requestId: newId(), principal: principal.name, target: idsIn(given), outcome };
    log.info({ ...record, tool }, 'tool call');
    onAudit?.({ ...record, at: new Date().toISOString(), face: 'mcp', action: tool });
  }

  /** Nothing new; connections at rest go at once, the others when they are answered; whoever waits long is answered with what there is. */
  async function stop(): Promise<void> {
    draining.abort();
    streams.close();
    const mcpClosed = mcp.close().catch(onFault);
    const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
    const call = setTimeout(() => lastCall.abort(), drainMs / 2);
    const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
    try {
      await Promise.all([gateway.close(), app.close(), mcpClosed]);
    } finally {
      clearInterval(sweep);
      clearTimeout(call);
      clearTimeout(cut);
    }
  }
}

/** The ids among the arguments of a tool; never contents. */
function idsIn(given: unknown): Record<string, string> {
  if (typeof given !== 'object' || given === null) return {};
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[0].endsWith('Id') && typeof entry[1] === 'string'));
}

function listenError(cause: unknown, host: string, port: number): Error {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  return isTaken
    ? serverError('HOLDFAST_SERVER_PORT_IN_USE', `Cannot listen on ${host}:${port}: the port is in use`, { cause })
    : serverError('HOLDFAST_SERVER_CANNOT_LISTEN', `Cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
