import { TaskQueue, type TaskHandle } from '@holdfast/orchestrator';
import { TaskPriority } from '@holdfast/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock, settled } from './fake-clock.ts';
import { QueueModel } from './queue-model.ts';
import { Works } from './works.ts';

const graceMs = 100;
const priority = fc.constantFrom(...Object.values(TaskPriority));
const index = fc.nat({ max: 400 });
const submission = fc.record({
  priority,
  timeoutMs: fc.constantFrom(undefined, undefined, undefined, 0, 20, 60),
  isStubborn: fc.boolean(),
});
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('submit' as const), tasks: fc.array(submission, { minLength: 1, maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('submit' as const), tasks: fc.array(submission, { minLength: 90, maxLength: 130 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('again' as const), index }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('finish' as const, 'fail' as const), index }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('cancel' as const, 'withdraw' as const), index }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 150 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('pause' as const, 'resume' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
// The size of a queue decides what can go wrong in it, so small ones are tried beside the real one.
const history = fc.record({ capacity: fc.constantFrom(1, 2, 3, 100), steps: fc.array(step, { maxLength: 12 }) });

test('ORC-09 ORC-10 ORC-12 ORC-14 ORC-18 ORC-21 ORC-26 in 10,000 random histories the queue does what its model does', { timeout: 300_000 }, async () => {
  await fc.assert(fc.asyncProperty(history, play), { numRuns: 10_000 });
});

async function play({ capacity, steps }: { capacity: number; steps: readonly Step[] }): Promise<void> {
  const clock = new FakeClock(0);
  const works = new Works();
  const queue = new TaskQueue({ capacity, graceMs, clock });
  const model = new QueueModel({ capacity, maxRunning: 5, graceMs });
  const handles = new Map<string, TaskHandle<string>>();
  const answers = new Map<string, 'admitted' | 'refused'>();
  const patience = new Map<string, AbortController>();
  const ids: string[] = [];
  const cancels: { did: boolean; should: boolean }[] = [];

  for (const each of steps) {
    switch (each.type) {
      case 'submit':
        for (const { isStubborn, timeoutMs, ...task } of each.tasks) {
          const id = `task-${ids.length}`;
          ids.push(id);
          const options = { ...task, ...(timeoutMs !== undefined && { timeoutMs }) };
          const waiting = new AbortController();
          patience.set(id, waiting);
          void answer(id, queue.submit(isStubborn ? works.stubborn(id, options) : works.task(id, options), { signal: waiting.signal }));
          model.submit(id, { ...task, timeoutMs, isStubborn });
        }
        break;
      case 'again': {
        const id = pick(ids, each.index);
        if (id !== undefined && model.isActive(id)) await assertDuplicate(queue.submit(works.task(id)));
        break;
      }
      case 'finish':
      case 'fail': {
        const id = pick([...model.slots.keys()], each.index);
        if (id === undefined) break;
        if (each.type === 'finish') works.finish(id);
        else works.fail(id, new Error('made to fail'));
        model.settle(id, each.type === 'finish' ? 'completed' : 'failed');
        break;
      }
      case 'cancel': {
        const id = pick(ids, each.index);
        if (id !== undefined) cancels.push({ did: queue.cancel(id), should: model.stop(id, 'cancelled') });
        break;
      }
      case 'withdraw': {
        const id = pick(ids, each.index);
        if (id === undefined) break;
        patience.get(id)?.abort(new Error('withdrawn'));
        if (model.outside.some((task) => task.id === id)) model.stop(id, 'cancelled');
        break;
      }
      case 'advance':
        clock.advance(each.ms);
        model.advance(each.ms);
        break;
      case 'pause':
        queue.pause();
        model.isPaused = true;
        break;
      case 'resume':
        queue.resume();
        model.isPaused = false;
        break;
      default:
    }
    await settled();
    model.dispatch();
    compare();
  }

  const down = queue.shutdown();
  model.shutDown();
  await settled();
  clock.advance(graceMs);
  await down;
  for (const id of ids) expect([id, answers.get(id)]).not.toEqual([id, undefined]);
  expect([...handles.values()].filter(({ status }) => status === 'queued' || status === 'running')).toEqual([]);
  expect(queue.stats()).toMatchObject({ queued: 0, running: 0, waitingSubmitters: 0 });

  async function answer(id: string, submitted: Promise<TaskHandle<string>>): Promise<void> {
    try {
      handles.set(id, await submitted);
      answers.set(id, 'admitted');
    } catch {
      answers.set(id, 'refused'); // which refusal is for other tests
    }
  }

  function compare(): void {
    expect(cancels.filter(({ did, should }) => did !== should)).toEqual([]);
    const stats = queue.stats();
    expect(stats.running).toBeLessThanOrEqual(5);
    expect(stats.queued).toBeLessThanOrEqual(capacity);
    expect({ started: works.started, queued: stats.queued, waiting: stats.waitingSubmitters, running: stats.running }).toEqual({
      started: model.started,
      queued: model.queued.length,
      waiting: model.outside.length,
      running: model.slots.size,
    });
    for (const [id, status] of model.statuses) {
      if (status === 'admitting') expect([id, answers.get(id)]).toEqual([id, undefined]);
      else if (handles.has(id)) expect([id, handles.get(id)?.status]).toEqual([id, status]);
      else expect([id, answers.get(id)]).toEqual([id, 'refused']);
    }
  }
}

async function assertDuplicate(submitted: Promise<unknown>): Promise<void> {
  await expect(submitted).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_DUPLICATE_TASK' });
}

function pick(ids: readonly string[], at: number): string | undefined {
  return ids.length === 0 ? undefined : ids[at % ids.length];
}
