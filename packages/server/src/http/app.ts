import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { HoldfastService } from '@holdfast/orchestrator';
import { bearerToken, type Guard } from '../auth/guard.ts';
import { serverError } from '../errors.ts';
import { toProblem, type Problem } from './problem.ts';
import { addPromiseRoutes } from './promise-routes.ts';
import { refuse } from './refuse.ts';
import { addSessionRoutes } from './session-routes.ts';

export interface AppOptions {
  readonly service: HoldfastService;
  readonly guard: Guard;
  readonly maxBodyBytes: number;
  /** Told of faults that are not the client's. */
  readonly onFault: (error: unknown) => void;
}

/** The REST face: routes, and every error as problem details. */
export function createApp({ service, guard, maxBodyBytes, onFault }: AppOptions): FastifyInstance {
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 2048 },
    // A path that no route can take never comes as far as the error handler, and what is no HTTP has not even a reply.
    frameworkErrors: (error, _request, reply) => void answer(reply, toProblem(ofFastify(error))),
    clientErrorHandler: (cause, socket) => refuse(socket, serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot accept request: it is not HTTP', { cause })),
  });
  acceptJson(app);

  app.addHook('onRequest', async ({ headers, routeOptions }) => {
    guard.checkSource(headers);
    if (routeOptions.url !== '/health') guard.checkToken(bearerToken(headers));
  });
  app.setErrorHandler(async (error: FastifyError, _request, reply) => {
    const problem = toProblem(ofFastify(error));
    if (problem.status >= 500) onFault(error);
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="holdfast"');
    if (problem.status === 503) reply.header('retry-after', '1');
    return answer(reply, problem);
  });
  app.setNotFoundHandler(async ({ method, url }) => {
    throw serverError('HOLDFAST_SERVER_NOT_FOUND', `Cannot ${method} ${url}: there is nothing`);
  });

  app.get('/health', async (_request, reply) => {
    const { isHealthy, checks } = await service.checkHealth();
    return reply.code(isHealthy ? 200 : 503).send({ status: isHealthy ? 'ok' : 'degraded', checks });
  });
  addSessionRoutes(app, service);
  addPromiseRoutes(app, service);
  return app;
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

function answer(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Fastify's own refusals in our terms; anything else as it is. */
function ofFastify(error: FastifyError): unknown {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return serverError('HOLDFAST_SERVER_UNSUPPORTED_MEDIA_TYPE', 'Cannot accept request: its body is not application/json', { cause: error });
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return serverError('HOLDFAST_SERVER_BODY_TOO_LARGE', 'Cannot accept request: its body is too large', { cause: error });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return serverError('HOLDFAST_SERVER_VALIDATION', `Cannot accept request: ${error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? 'an id in its path is too long' : error.message}`, { cause: error });
    default:
      return error;
  }
}
