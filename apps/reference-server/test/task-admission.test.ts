import { tmpdir } from 'node:os';
import { createDemoCoder, TaskManager, type Coder } from '@holdfast/orchestrator';
import { expect, onTestFinished, test } from 'vitest';
import { openMemoryStores, startHoldfast } from '../src/compose.ts';
import { Api, startInMemory, token } from './running-holdfast.ts';

/** A Holdfast in memory with a queue of one place, whose tasks never come past their plan. */
async function startNarrow(): Promise<Api> {
  const stores = await openMemoryStores();
  const coder: Coder = {
    ...createDemoCoder(),
    plan: async (_request, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  };
  const testRunner = { folderOf: () => null, run: async () => ({ passed: 0, failed: 0, failures: [], durationMs: 0 }) };
  const tasks = await TaskManager.open({ ...stores, coding: { coder, testRunner }, queue: { capacity: 1, maxRunning: 1 } });
  const holdfast = await startHoldfast({ ...stores, directory: tmpdir(), tasksDirectory: tmpdir(), maxSessions: 1, maxMemoryMegabytes: 512, warmWorkers: 0, server: { port: 0, token, tasks } });
  onTestFinished(async () => {
    await tasks.close();
    await holdfast.close();
  });
  return new Api(holdfast.server.url);
}

test('SRV-36 a queue without room in time answers 503 with when to try again, keeps nothing, and takes the task once there is room', async () => {
  const api = await startNarrow();
  const submit = async (taskId: string) => api.request('POST', '/tasks', { prompt: 'demo', taskId });
  await submit('runs');
  await api.request('GET', '/tasks/runs?waitMs=20000&sinceVersion=2');
  await submit('waits');

  const late = await submit('late');

  expect(late).toMatchObject({ status: 503, body: { code: 'queue_full', retriable: true } });
  expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await api.request('GET', '/tasks/late')).status).toBe(404);
  const queued = submit('late');
  await api.request('POST', '/tasks/waits/cancel');
  expect(await queued).toMatchObject({ status: 200, body: { taskId: 'late' } });
});

test('a task whose dependency failed, or that depends on itself, is refused with 409', async () => {
  const api = await startNarrow();
  await api.request('POST', '/tasks', { prompt: 'demo', taskId: 'ended' });
  await api.request('POST', '/tasks/ended/cancel');

  expect(await api.request('POST', '/tasks', { prompt: 'demo', dependsOn: ['ended'] })).toMatchObject({ status: 409, body: { code: 'dependency_failed' } });
  expect(await api.request('POST', '/tasks', { prompt: 'demo', taskId: 'ring', dependsOn: ['ring'] })).toMatchObject({ status: 409, body: { code: 'circular_dependency' } });
});

test('SRV-52 three dispatchers wait for tasks after the start', async () => {
  const holdfast = await startInMemory();
  onTestFinished(async () => holdfast.close());

  expect(holdfast.service.tasks.stats().queue).toMatchObject({ dispatchers: 3, running: 0, queued: 0, isPaused: false });
});
