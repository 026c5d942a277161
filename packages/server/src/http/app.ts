import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { bearerToken, type Guard, type Principal } from '../auth/guard.ts';
import { serverError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { RequestFigures } from '../observability/request-figures.ts';
import type { Limits } from './limits.ts';
import { toProblem } from './problem.ts';
import { refuse } from './refuse.ts';
import { requestIds } from './request-id.ts';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal;
    /** Counted among the requests under way. */
    isCounted: boolean;
  }
  interface FastifyContextConfig {
    operation?: string;
    open?: boolean;
  }
}

export interface AppOptions {
  readonly guard: Guard;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly maxBodyBytes: number;
  /** Aborts when nothing new may begin. */
  readonly draining: AbortSignal;
  /** Told of faults that are not the client's. */
  readonly onFault: (error: unknown) => void;
}

/** What every route stands on: who may come in, how much, what is written down, and every error as problem details. */
export function createApp({ guard, limits, metrics, log, maxBodyBytes, draining, onFault }: AppOptions): FastifyInstance {
  const newRequestId = requestIds();
  const figures = new RequestFigures(metrics);
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 2048 },
    genReqId: ({ headers }) => acceptedId(headers['x-request-id']) ?? newRequestId(),
    // A path that no route can take never comes as far as the error handler, and what is no HTTP has not even a reply.
    frameworkErrors: (error, request, reply) => void answerProblem(reply, ofFastify(error, maxBodyBytes), request.id),
    clientErrorHandler: (cause, socket) => refuse(socket, serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot accept request: it is not HTTP', { cause })),
  });
  acceptJson(app);
  app.decorateRequest('principal');
  app.decorateRequest('isCounted', false);

  app.addHook('onRequest', (request, reply, done) => {
    const { headers, routeOptions } = request;
    reply.header('x-request-id', request.id);
    guard.checkSource(headers);
    if (routeOptions.config.open === true) return done();
    request.principal = guard.identify(bearerToken(headers));
    if (draining.aborted) throw serverError('HOLDFAST_SERVER_CLOSING', 'Cannot take request: the server is shutting down');
    limits.spend(request.principal.name);
    limits.enter();
    request.isCounted = true;
    return done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    record(request, reply);
    done();
  });
  app.addHook('onRequestAbort', (request, done) => {
    letGo(request);
    done();
  });
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const told = ofFastify(error, maxBodyBytes);
    const { status } = toProblem(told);
    if (status >= 500 && !isExpected(told)) onFault(error);
    return answerProblem(reply, told, request.id);
  });
  app.setNotFoundHandler(async ({ method, url }) => {
    throw serverError('HOLDFAST_SERVER_NOT_FOUND', `Cannot ${method} ${url}: there is nothing`);
  });
  return app;

  function letGo(request: FastifyRequest): void {
    if (!request.isCounted) return;
    request.isCounted = false;
    limits.leave();
  }

  /** One line for what changed something, with who did it to what, and for what failed; the rest is in the figures. */
  function record(request: FastifyRequest, reply: FastifyReply): void {
    letGo(request);
    const { method, routeOptions, id } = request;
    const operation = routeOptions.config.operation ?? 'unknown';
    const { statusCode: status, elapsedTime } = reply;
    figures.count(operation, status, elapsedTime / 1000);
    if (method === 'GET' && status < 400) return;
    const line = { requestId: id, method, operation, target: request.params, principal: nameOf(request), status, durationMs: Math.round(elapsedTime * 10) / 10 };
    if (status >= 500) log.error(line, 'request failed');
    else log.info(line, 'request');
  }
}

/** Who makes a request; null for who did not say it. */
function nameOf({ principal }: { readonly principal?: Principal }): string | null {
  return principal?.name ?? null;
}

/** Answers with problem details. */
function answerProblem(reply: FastifyReply, error: unknown, requestId: string): FastifyReply {
  const problem = { ...toProblem(error), requestId };
  const { status, data } = problem;
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="holdfast"');
  if (status === 429 || status === 503) reply.header('retry-after', String(Math.max(1, Math.ceil(Number(data?.['retryAfterMs'] ?? 1000) / 1000))));
  if (problem.code === 'closing') reply.header('connection', 'close');
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem));
}

/** The client's own name for its request, where it is short and plain. */
function acceptedId(given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && /^[\w.:-]{1,64}$/u.test(given) ? given : undefined;
}

/** An answer that says "not now" is no fault. */
function isExpected(error: unknown): boolean {
  return toProblem(error).status === 503;
}

/** JSON and nothing else. Clients send its content type with an empty body; that is no body, not a broken one. */
function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? undefined : JSON.parse(String(body)));
    } catch (cause) {
      done(serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot accept request: its body is not JSON', { cause }));
    }
  });
}

/** Fastify's own refusals in our terms; anything else as it is. */
function ofFastify(error: FastifyError, maxBodyBytes: number): unknown {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return serverError('HOLDFAST_SERVER_UNSUPPORTED_MEDIA_TYPE', 'Cannot accept request: its body is not application/json', { cause: error });
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return serverError('HOLDFAST_SERVER_BODY_TOO_LARGE', `Cannot accept request: its body is larger than ${maxBodyBytes} bytes`, { cause: error });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return serverError('HOLDFAST_SERVER_VALIDATION', `Cannot accept request: ${error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? 'an id in its path is too long' : error.message}`, { cause: error });
    default:
      return error;
  }
}
