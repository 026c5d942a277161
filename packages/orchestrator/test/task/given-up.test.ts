import { createMemoryEventStore, type Event, type EventStore } from '@holdfast/event-store';
import { TaskManager, type ModulePlan } from '@holdfast/orchestrator';
import { openPromises } from '@holdfast/promises/durable';
import { expect, onTestFinished, test } from 'vitest';
import { settled } from '../queue/fake-clock.ts';
import { Script } from './script.ts';

/** A coder that takes no notice of its signal: its plan comes when the test gives it. */
class DeafScript extends Script {
  readonly asked = Promise.withResolvers<void>();
  readonly answer = Promise.withResolvers<ModulePlan>();

  override async plan(): Promise<ModulePlan> {
    this.asked.resolve();
    return this.answer.promise;
  }
}

async function open(script: Script): Promise<{ tasks: TaskManager; events: EventStore }> {
  const events = createMemoryEventStore();
  const promises = await openPromises({ mode: 'memory', closeGraceMs: 1 });
  const tasks = await TaskManager.open({ events, promises, coding: { coder: script, testRunner: script }, queue: { graceMs: 1 } });
  onTestFinished(async () => {
    await tasks.close();
    await events.close();
  });
  return { tasks, events };
}

async function typesOf(events: AsyncIterable<Event>): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of events) types.push(type);
  return types;
}

test('ORC-18 a task whose coder never answers ends when its grace has passed, and what comes later is not kept', async () => {
  const script = new DeafScript();
  const { tasks, events } = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot', timeoutMs: 1 });

  const types = await typesOf(tasks.watch('knot'));
  script.answer.resolve(script.planned);
  await settled();

  expect(types).toEqual(['TASK_CREATED', 'TASK_QUEUED', 'TASK_STARTED', 'TASK_CANCELLED']);
  expect(await typesOf(events.read({ taskId: 'knot' }))).toEqual(types);
  expect(await tasks.get('knot')).toMatchObject({ status: 'cancelled', error: { code: 'HOLDFAST_ORCHESTRATOR_TASK_TIMED_OUT' } });
  expect(tasks.stats().queue).toMatchObject({ running: 0, abandoned: 1 });
});

test('SRV-24 a task whose coder never answers can be cancelled', async () => {
  const script = new DeafScript();
  const { tasks, events } = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot' });
  await script.asked.promise;

  expect(await tasks.cancel('knot', { by: 'Ada' })).toEqual({ cancelled: true, status: 'cancelled' });
  script.answer.resolve(script.planned);
  await settled();

  expect((await typesOf(events.read({ taskId: 'knot' }))).at(-1)).toBe('TASK_CANCELLED');
});

test('SRV-29 a coder that never answers does not keep the tasks from closing, and what it says later is left to the next process', async () => {
  const script = new DeafScript();
  const { tasks, events } = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot' });
  await script.asked.promise;

  await tasks.close();
  script.answer.resolve(script.planned);
  await settled();

  expect(await typesOf(events.read({ taskId: 'knot' }))).toEqual(['TASK_CREATED', 'TASK_QUEUED', 'TASK_STARTED']);
});
