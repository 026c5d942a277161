import type { FastifyInstance } from 'fastify';
import type { HoldfastService } from '@holdfast/orchestrator';
import { jsonValue } from '@holdfast/protocol';
import { z } from 'zod';
import { parsePart } from './parse.ts';

const listing = z.strictObject({ state: z.literal('pending').default('pending') });
const resolution = z.strictObject({ value: jsonValue });
const rejection = z.strictObject({ error: z.object({ message: z.string(), name: z.string().optional() }) });

type ById = { Params: { id: string } };

/** What waits for somebody's answer, and the answer. */
export function addPromiseRoutes(app: FastifyInstance, service: HoldfastService): void {
  app.get('/promises', async ({ query }) => {
    parsePart('query', listing, query);
    const pending = await service.listPendingPromises();
    return { promises: pending.map(({ id, kind, data, createdAt, deadline }) => ({ id, kind, data, createdAt, deadline })) };
  });
  app.post<ById>('/promises/:id/resolve', async ({ params, body }) => {
    await service.resolvePromise(params.id, parsePart('body', resolution, body).value);
    return { promiseId: params.id, state: 'resolved' };
  });
  app.post<ById>('/promises/:id/reject', async ({ params, body }) => {
    const { message, name } = parsePart('body', rejection, body).error;
    await service.rejectPromise(params.id, name === undefined ? { message } : { message, name });
    return { promiseId: params.id, state: 'rejected' };
  });
}
