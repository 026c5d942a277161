import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { ExecutionView, HoldfastService } from '@holdfast/orchestrator';
import { idSchema, language } from '@holdfast/protocol';
import { z } from 'zod';
import { parsePart } from './parse.ts';

const durationMs = z.int().nonnegative().max(2 ** 31 - 1);
const createSession = z.strictObject({
  sessionId: idSchema.optional(),
  language: language.optional(),
  /** An existing folder of the server's machine. */
  directory: z.string().refine(isFolder, { message: 'expected the absolute path of a folder' }).optional(),
});
const execute = z.strictObject({
  code: z.string(),
  executionId: idSchema.optional(),
  language: language.optional(),
  filename: z.string().min(1).max(4096).optional(),
  timeoutMs: durationMs.optional(),
  waitMs: durationMs.optional(),
});
const cancel = z.strictObject({ executionId: z.string().min(1).optional() });
const restore = z.strictObject({ checkpointId: z.string().min(1).optional() });
const waiting = z.strictObject({ waitMs: z.coerce.number().int().nonnegative().max(25_000).optional() });
const budget = z.strictObject({ budgetTokens: z.coerce.number().int().positive().max(1_000_000).default(8192) });

type ById = { Params: { id: string } };

/** Sessions and their executions. */
export function addSessionRoutes(app: FastifyInstance, service: HoldfastService): void {
  app.post('/sessions', async ({ body }, reply) => reply.code(201).send(await service.createSession(present(parsePart('body', createSession, body ?? {})))));
  app.get('/sessions', async () => ({ sessions: service.listSessions() }));
  app.get<ById>('/sessions/:id', async ({ params }) => service.getSession(params.id));
  app.delete<ById>('/sessions/:id', async ({ params }, reply) => {
    await service.closeSession(params.id);
    return reply.code(204).send();
  });

  app.post<ById>('/sessions/:id/execute', async ({ params, body }, reply) => {
    const view = await service.execute(params.id, present(parsePart('body', execute, body)));
    return view.state === 'ended' ? view.result : reply.code(202).send({ executionId: view.executionId, state: view.state });
  });
  app.post<ById>('/sessions/:id/cancel', async ({ params, body }) => ({
    cancelled: await service.cancel(params.id, present(parsePart('body', cancel, body ?? {}))),
  }));
  app.post<ById>('/sessions/:id/checkpoint', async ({ params }, reply) => reply.code(201).send(await service.checkpoint(params.id)));
  app.post<ById>('/sessions/:id/restore', async ({ params, body }) => service.restore(params.id, present(parsePart('body', restore, body ?? {}))));
  app.get<ById>('/sessions/:id/executions', async ({ params }) => ({ executions: service.listExecutions(params.id).map(summary) }));
  app.get<ById>('/sessions/:id/namespace', async ({ params }) => ({ names: await service.listNames(params.id) }));
  app.get<ById>('/sessions/:id/context', async ({ params, query }) => service.buildSessionContext(params.id, parsePart('query', budget, query)));

  app.get<ById>('/executions/:id', async ({ params, query }) => {
    const view = await service.getExecution(params.id, present(parsePart('query', waiting, query)));
    return view.state === 'ended' ? { state: view.state, startedAt: view.startedAt, ...view.result } : runningView(view);
  });
}

function isFolder(path: string): boolean {
  return isAbsolute(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function runningView({ state, executionId, sessionId, startedAt }: ExecutionView): object {
  return { state, executionId, sessionId, startedAt };
}

function summary({ executionId, startedAt, status }: ReturnType<HoldfastService['listExecutions']>[number]): object {
  return { executionId, startedAt, state: status === undefined ? 'running' : 'ended', status: status ?? null };
}

/** The same object without fields that are undefined, as optional fields are meant inside. */
function present<Part extends object>(part: Part): { [Name in keyof Part]: Exclude<Part[Name], undefined> } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is undefined was just taken out
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as { [Name in keyof Part]: Exclude<Part[Name], undefined> };
}
