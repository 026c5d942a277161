import type { HoldfastService, TaskService } from '@holdfast/orchestrator';
import type { EventQuery } from '@holdfast/protocol/api';
import { taskSource } from '../stream/task-source.ts';
import { awaitNews } from './await-news.ts';
import { eventRoute } from './event-route.ts';
import type { EventStreams } from './event-stream.ts';
import { firstOrSame } from './first-or-same.ts';
import { toIntervention, type Interventions } from './intervention.ts';
import { present } from './present.ts';
import { answer, type Router } from './route.ts';

export interface TaskRoutesOptions {
  readonly service: HoldfastService;
  readonly tasks: TaskService;
  readonly interventions: Interventions;
  readonly streams: EventStreams;
  /** Aborts when whoever waits should be answered with what there is. */
  readonly lastCall: AbortSignal;
}

/** Tasks, what they ask and what is told them. */
export function addTaskRoutes(router: Router, { service, tasks, interventions, streams, lastCall }: TaskRoutesOptions): void {
  router.serve('createTask', async ({ body, idOfKey, host }) => {
    const request = present({ ...body, taskId: body.taskId ?? idOfKey });
    const { taskId, status } = await firstOrSame('HOLDFAST_ORCHESTRATOR_TASK_EXISTS', idOfKey, async () => tasks.submit(request), async (id) => tasks.get(id));
    return answer(200, { taskId, status, websocketUrl: `ws://${host}/ws/${encodeURIComponent(taskId)}` });
  });
  router.serve('listTasks', async ({ query }) => answer(200, { tasks: await tasks.list(present(query)) }));
  router.serve('getTask', async ({ params: { taskId }, query: { waitMs = 0, sinceVersion } }) => {
    if (waitMs === 0) return answer(200, await tasks.get(taskId));
    return answer(200, await awaitNews(tasks, taskId, { sinceVersion, signal: AbortSignal.any([lastCall, AbortSignal.timeout(waitMs)]) }));
  });
  router.serve('cancelTask', async ({ params, principal }) => answer(200, await tasks.cancel(params.taskId, { by: principal.name })));
  router.serve('intervene', async ({ params, body: { expectedVersion, ...given } }) => answer(200, await interventions.intervene(params.taskId, expectedVersion, toIntervention(given))));
  router.serve('listQuestions', async ({ params }) => answer(200, { questions: await tasks.questions(params.taskId) }));
  router.serve('answerQuestion', async ({ params, body }) => answer(200, await tasks.answer(params.taskId, present(body))));
  const findEvents = async ({ taskId }: { readonly taskId: string }) => {
    const { taskId: stream } = await tasks.get(taskId);
    return { stream, source: taskSource(tasks, service, stream), read: (query: EventQuery) => service.readStream(stream, present(query)) };
  };
  router.serve('readTaskEvents', ...eventRoute(streams, findEvents));
}
