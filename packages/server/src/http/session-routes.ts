import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { sessionStream, type ExecutionView, type HoldfastService } from '@holdfast/orchestrator';
import type { EventQuery } from '@holdfast/protocol/api';
import { serverError } from '../errors.ts';
import { sessionSource } from '../stream/session-source.ts';
import { eventRoute } from './event-route.ts';
import type { EventStreams } from './event-stream.ts';
import { firstOrSame } from './first-or-same.ts';
import { present } from './present.ts';
import { answer, type Router } from './route.ts';

export interface SessionRoutesOptions {
  readonly service: HoldfastService;
  readonly streams: EventStreams;
  /** Aborts when whoever waits should be answered with what there is. */
  readonly lastCall: AbortSignal;
  readonly newId: () => string;
}

/** Sessions and their executions. */
export function addSessionRoutes(router: Router, { service, streams, lastCall, newId }: SessionRoutesOptions): void {
  router.serve('createSession', async ({ body, idOfKey }) => {
    const sessionId = body.sessionId ?? idOfKey;
    if (body.directory !== undefined && !isFolder(body.directory)) {
      throw serverError('HOLDFAST_SERVER_VALIDATION', 'Cannot accept request: body.directory: expected the absolute path of a folder');
    }
    const view = await firstOrSame('HOLDFAST_EXECUTOR_SESSION_EXISTS', idOfKey, async () => service.createSession(present({ ...body, sessionId })), (id) => service.getSession(id));
    return answer(201, view);
  });
  router.serve('listSessions', async () => answer(200, { sessions: service.listSessions() }));
  router.serve('getSession', async ({ params }) => answer(200, service.getSession(params.sessionId)));
  router.serve('closeSession', async ({ params }) => {
    await service.closeSession(params.sessionId);
    return answer(204, null);
  });

  router.serve('execute', async ({ params, body, idOfKey }) => {
    const executionId = body.executionId ?? idOfKey ?? newId();
    const running = firstOrSame(
      'HOLDFAST_ORCHESTRATOR_EXECUTION_EXISTS',
      idOfKey,
      async () => service.execute(params.sessionId, present({ ...body, executionId })),
      async (id) => service.getExecution(id, present({ waitMs: body.waitMs })),
    );
    // Whoever waits while the server shuts down is told where to look, and what became of the cell is in the log.
    const view = await Promise.race([running, aborted(lastCall)]);
    return view?.state === 'ended' ? answer(200, view.result) : answer(202, { executionId, state: 'running' });
  });
  router.serve('cancelExecution', async ({ params, body }) => answer(200, { cancelled: await service.cancel(params.sessionId, present(body)) }));
  router.serve('checkpoint', async ({ params }) => answer(201, await service.checkpoint(params.sessionId)));
  router.serve('restore', async ({ params, body }) => answer(200, await service.restore(params.sessionId, present(body))));
  router.serve('listExecutions', async ({ params }) => answer(200, { executions: service.listExecutions(params.sessionId).map(summary) }));
  router.serve('listNames', async ({ params }) => answer(200, { names: await service.listNames(params.sessionId) }));
  router.serve('complete', async ({ params, body }) => answer(200, await service.complete(params.sessionId, body.code)));
  router.serve('getSessionContext', async ({ params, query }) => {
    const { text, tokens, layers, omitted } = await service.buildSessionContext(params.sessionId, query);
    return answer(200, { text, tokens, layers, omitted });
  });
  router.serve('getExecution', async ({ params, query }) => {
    const view = await Promise.race([service.getExecution(params.executionId, present(query)), aborted(lastCall)]);
    return answer(200, executionBody(view ?? (await service.getExecution(params.executionId))));
  });

  const findEvents = ({ sessionId }: { readonly sessionId: string }) => ({
    stream: sessionStream(service.getSession(sessionId).sessionId),
    source: sessionSource(service, sessionId),
    read: (query: EventQuery) => service.readSession(sessionId, present(query)),
  });
  router.serve('readSessionEvents', ...eventRoute(streams, findEvents));
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return undefined;
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}

function isFolder(path: string): boolean {
  return isAbsolute(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

type ExecutionBody = { readonly state: 'running'; readonly executionId: string; readonly sessionId: string; readonly startedAt: string } | ({ readonly state: 'ended'; readonly startedAt: string } & EndedView['result']);
type EndedView = Extract<ExecutionView, { state: 'ended' }>;

function executionBody(view: ExecutionView): ExecutionBody {
  const { executionId, sessionId, startedAt } = view;
  return view.state === 'ended' ? { state: 'ended', startedAt, ...view.result } : { state: 'running', executionId, sessionId, startedAt };
}

function summary({ executionId, startedAt, status }: ReturnType<HoldfastService['listExecutions']>[number]) {
  return { executionId, startedAt, state: status === undefined ? ('running' as const) : ('ended' as const), status: status ?? null };
}
