import { createMemoryEventStore, type EventStore } from '@holdfast/event-store';
import { TaskManager, type TaskView } from '@holdfast/orchestrator';
import { openPromises } from '@holdfast/promises/durable';
import { expect, onTestFinished, test } from 'vitest';
import { Script } from './script.ts';

async function open(events: EventStore = createMemoryEventStore()): Promise<TaskManager> {
  const script = new Script();
  const promises = await openPromises({ mode: 'memory' });
  const tasks = await TaskManager.open({ events, promises, coding: { coder: script, testRunner: script } });
  onTestFinished(async () => {
    await tasks.close();
    await events.close();
  });
  return tasks;
}

async function ended(tasks: TaskManager, ...taskIds: string[]): Promise<TaskView[]> {
  for (const taskId of taskIds) for await (const { type } of tasks.watch(taskId)) void type;
  return Promise.all(taskIds.map(async (taskId) => tasks.get(taskId)));
}

test('ORC-23 a task that closes a circle is refused by name, and the others run when it comes without one', async () => {
  const tasks = await open();
  await tasks.submit({ prompt: 'last', taskId: 'last', dependsOn: ['middle'] });
  await tasks.submit({ prompt: 'middle', taskId: 'middle', dependsOn: ['first'] });

  await expect(tasks.submit({ prompt: 'first', taskId: 'first', dependsOn: ['last'] })).rejects.toMatchObject({
    code: 'HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY',
    data: { path: ['first', 'last', 'middle', 'first'] },
  });

  await expect(tasks.get('first')).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND' });
  await tasks.submit({ prompt: 'first', taskId: 'first' });
  expect(await ended(tasks, 'last', 'middle', 'first')).toMatchObject([{ status: 'completed' }, { status: 'completed' }, { status: 'completed' }]);
});

test('ORC-23 of tasks that close a circle at the same time none waits for ever', async () => {
  const tasks = await open();

  await Promise.all([tasks.submit({ prompt: 'a', taskId: 'a', dependsOn: ['b'] }), tasks.submit({ prompt: 'b', taskId: 'b', dependsOn: ['a'] })]);

  expect(await ended(tasks, 'a', 'b')).toMatchObject([
    { status: 'failed', error: { code: 'HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED' } },
    { status: 'failed', error: { code: 'HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY' } },
  ]);
});

test('ORC-23 SRV-58 a task whose dependency ended in vain in an earlier process fails with it, and so do those that depend on it', async () => {
  const events = createMemoryEventStore();
  await events.append('last', [{ type: 'TASK_CREATED', data: { prompt: 'last', dependsOn: ['middle'] } }]);
  await events.append('middle', [{ type: 'TASK_CREATED', data: { prompt: 'middle', dependsOn: ['first'] } }]);
  await events.append('first', [{ type: 'TASK_CREATED', data: { prompt: 'first' } }, { type: 'TASK_CANCELLED', data: {} }]);

  const tasks = await open(events);

  const failed = { status: 'failed', error: { code: 'HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED' } };
  expect(await ended(tasks, 'last', 'middle')).toMatchObject([failed, failed]);
});
