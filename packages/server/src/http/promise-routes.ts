import type { HoldfastService } from '@holdfast/orchestrator';
import { answer, type Router } from './route.ts';

/** What waits for somebody's answer, and the answer. */
export function addPromiseRoutes(router: Router, service: HoldfastService): void {
  router.serve('listPromises', async () => {
    const pending = await service.listPendingPromises();
    return answer(200, { promises: pending.map(({ id, kind, data, createdAt, deadline }) => ({ id, kind, data, createdAt, deadline })) });
  });
  router.serve('resolvePromise', async ({ params, body }) => {
    await service.resolvePromise(params.promiseId, body.value);
    return answer(200, { promiseId: params.promiseId, state: 'resolved' });
  });
  router.serve('rejectPromise', async ({ params, body }) => {
    const { message, name } = body.error;
    await service.rejectPromise(params.promiseId, name === undefined ? { message } : { message, name });
    return answer(200, { promiseId: params.promiseId, state: 'rejected' });
  });
}
