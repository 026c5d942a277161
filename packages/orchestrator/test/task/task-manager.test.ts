import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryEventStore, projectTask, type Event, type EventStore } from '@holdfast/event-store';
import { createDemoCoder, TaskManager, type Coder, type TaskManagerOptions, type TaskStatus, type TaskView } from '@holdfast/orchestrator';
import { openPromises } from '@holdfast/promises/durable';
import type { TaskPriorityName } from '@holdfast/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { settled } from '../queue/fake-clock.ts';
import { Script } from './script.ts';

/** What outlives a process. */
interface Kept {
  readonly events: EventStore;
  /** The file of the promises, which one process at a time has open. */
  readonly path: string;
}

function stores(): Kept {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tasks-'));
  const events = createMemoryEventStore();
  onTestFinished(async () => {
    await events.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { events, path: join(folder, 'promises.db') };
}

async function open(script: Script | undefined, options: Partial<TaskManagerOptions> = {}, { events, path } = stores()): Promise<TaskManager> {
  const promises = await openPromises({ mode: 'local', path, durability: 'process' });
  const tasks = await TaskManager.open({ events, promises, ...(script && { coding: { coder: script, testRunner: script } }), ...options });
  onTestFinished(async () => tasks.close());
  return tasks;
}

async function collect(events: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Waits, by its events, until a task is in a state. */
async function until(tasks: TaskManager, taskId: string, ...wanted: TaskStatus[]): Promise<TaskView> {
  for await (const { taskId: id } of tasks.watch(taskId)) {
    const view = await tasks.get(id);
    if (wanted.includes(view.status)) return view;
  }
  return tasks.get(taskId);
}

test('WF-13 SRV-22 SRV-35 a submitted task is kept at once and runs to its end', async () => {
  const script = new Script();
  const held = script.hold('plan');
  const tasks = await open(script);

  const view = await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot', priority: 'HIGH', answers: ['red rope'] });
  expect(view).toMatchObject({ taskId: 'knot', priority: 'HIGH', model: 'script', isRecorded: false, codeVersion: 0 });
  expect(['created', 'queued']).toContain(view.status);
  await held.reached;
  expect(await tasks.get('knot')).toMatchObject({ status: 'running' });
  held.open();

  expect(await until(tasks, 'knot', 'completed')).toMatchObject({
    status: 'completed',
    codeVersion: 1,
    modules: [{ name: 'rope', status: 'complete', iterations: 1, testsPassed: 1, testsFailed: 0 }],
    usage: { calls: 1, inputTokens: 100, outputTokens: 10, costUsd: 0.5 },
    result: { summary: 'One module', folder: null, files: ['rope.ts', 'rope.test.ts'] },
  });
  expect(tasks.stats().tasks).toMatchObject({ completed: 1, running: 0 });
});

test('WF-11 WF-12 WF-14 a follower gets all events of a task in order and then the end; a later one gets the same', async () => {
  const script = new Script();
  script.faulty = 1;
  const tasks = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot' });

  const seen = await collect(tasks.watch('knot'));

  expect(seen.map(({ type }) => type)).toEqual([
    'TASK_CREATED',
    'TASK_QUEUED',
    'TASK_STARTED',
    'PLANNING_COMPLETE',
    'MODULE_STARTED',
    'MODULE_ITERATION',
    'MODEL_CALLED',
    'CODE_GENERATED',
    'TEST_STARTED',
    'TEST_FAILED',
    'BUG_REPORT_RECEIVED',
    'MODULE_ITERATION',
    'CORRECTION_STARTED',
    'MODEL_CALLED',
    'CORRECTION_COMPLETED',
    'TEST_STARTED',
    'TEST_PASSED',
    'MODULE_COMPLETE',
    'TASK_COMPLETE',
  ]);
  expect(seen.map(({ streamVersion }) => streamVersion)).toEqual(seen.map((_, index) => index + 1));
  expect(await collect(tasks.watch('knot', { afterVersion: 5 }))).toEqual(seen.slice(5));
  expect(await collect(tasks.watch('knot', { afterSequence: seen.at(-1)!.sequenceNumber }))).toEqual([]);
});

test('ORC-27 WF-16 SRV-26 the status is what the events say, in any process', async () => {
  const kept = stores();
  const script = new Script();
  const tasks = await open(script, {}, kept);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot' });
  const view = await until(tasks, 'knot', 'completed');
  await tasks.close();

  const another = await open(undefined, {}, kept);

  expect(await another.get('knot')).toEqual(view);
  expect(await projectTask(kept.events, 'knot')).toMatchObject({ status: 'completed', codeVersion: 1, warningCount: 0, ignored: 0 });
});

test('SRV-24 SRV-25 cancelling waits for the end, is idempotent, and harmless afterwards', async () => {
  const script = new Script();
  const held = script.hold('generate rope 1');
  const tasks = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot' });
  await held.reached;

  const [first, second] = await Promise.all([tasks.cancel('knot', { by: 'Ada' }), tasks.cancel('knot')]);

  expect([first, second]).toEqual([
    { cancelled: true, status: 'cancelled' },
    { cancelled: true, status: 'cancelled' },
  ]);
  expect(await tasks.get('knot')).toMatchObject({ status: 'cancelled', error: { code: 'HOLDFAST_ORCHESTRATOR_TASK_CANCELLED' } });
  expect(tasks.stats().queue.running).toBe(0);
  const events = await collect(tasks.watch('knot'));
  expect(events.filter(({ type }) => type === 'TASK_CANCELLED')).toMatchObject([{ data: { by: 'Ada' } }]);

  await tasks.submit({ prompt: 'Tie another', taskId: 'other' });
  await until(tasks, 'other', 'completed');
  expect(await tasks.cancel('other')).toEqual({ cancelled: false, status: 'completed' });
});

test('decision 18: without a model a task is refused with what to do, and everything else works', async () => {
  const tasks = await open(undefined);

  await expect(tasks.submit({ prompt: 'Tie a knot' })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_NO_MODEL', hint: expect.stringContaining('--model ollama:NAME') });
  expect(await tasks.checkModel()).toMatchObject({ state: 'not configured', model: null });
  expect(await tasks.list()).toEqual([]);
});

test('a recorded model says that it is one, wherever it shows, and refuses what was not recorded', async () => {
  const script = new Script();
  const tasks = await open(undefined, { coding: { coder: createDemoCoder(), testRunner: script } });

  await expect(tasks.submit({ prompt: 'Write a compiler' })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_INVALID_TASK', message: expect.stringContaining('recorded') });
  const { taskId, model, isRecorded } = await tasks.submit({ prompt: 'demo' });

  expect([model, isRecorded]).toEqual(['demo (recorded)', true]);
  expect(await tasks.checkModel()).toMatchObject({ state: 'ok', isRecorded: true, message: expect.stringContaining('recorded') });
  await until(tasks, taskId, 'waiting');
});

test('SRV-42 a model that never says whether it is there has failed', async () => {
  const silent: Coder = { ...createDemoCoder(), check: async () => new Promise<never>(() => undefined) };
  const tasks = await open(undefined, { coding: { coder: silent, testRunner: new Script() } });

  expect(await tasks.checkModel()).toMatchObject({ state: 'failed' });
});

test('SRV-01 SRV-27 ORC-26 what is no task, exists, or is unknown is refused by name', async () => {
  const script = new Script();
  const held = script.hold('plan');
  const tasks = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot' });
  const invalid = { code: 'HOLDFAST_ORCHESTRATOR_INVALID_TASK' };

  await expect(tasks.submit({ prompt: 'again', taskId: 'knot' })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_TASK_EXISTS' });
  const twice = await Promise.allSettled([tasks.submit({ prompt: 'a', taskId: 'twin' }), tasks.submit({ prompt: 'b', taskId: 'twin' })]);
  expect(twice.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  await expect(tasks.submit({ prompt: ' \n\t' })).rejects.toMatchObject(invalid);
  await expect(tasks.submit({ prompt: 'x'.repeat(100_001) })).rejects.toMatchObject(invalid);
  await expect(tasks.submit({ prompt: 'x', taskId: 'session:1' })).rejects.toMatchObject(invalid);
  await expect(tasks.submit({ prompt: 'x', taskId: 'a\nb' })).rejects.toMatchObject({ code: 'HOLDFAST_PROTOCOL_INVALID_ID' });
  await expect(tasks.submit({ prompt: 'x', timeoutMs: -1 })).rejects.toMatchObject(invalid);
  await expect(tasks.submit({ prompt: 'x', taskId: 'me', dependsOn: ['me'] })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY' });
  const unknown = { code: 'HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND' };
  await expect(tasks.get('nobody')).rejects.toMatchObject(unknown);
  await expect(tasks.cancel('nobody')).rejects.toMatchObject(unknown);
  await expect(tasks.intervene('nobody', { kind: 'message', message: 'hello' })).rejects.toMatchObject(unknown);
  await expect(tasks.answer('knot', { value: true })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING' });
  expect(() => tasks.watch('nobody')).toThrow('Cannot find task "nobody"');
  held.open();
});

test.each(['URGENT', 'high', 'toString', 10, -1, null])('ORC-06 a task of priority %j is refused, and nothing is kept of it', async (priority) => {
  const tasks = await open(new Script());

  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a program without types may say
  await expect(tasks.submit({ prompt: 'Tie a knot', priority: priority as TaskPriorityName })).rejects.toMatchObject({
    code: 'HOLDFAST_ORCHESTRATOR_INVALID_TASK',
    data: { field: 'priority' },
  });

  expect(await tasks.list()).toEqual([]);
});

test('a full queue refuses a task after its time, and keeps nothing of it', async () => {
  const script = new Script();
  const held = script.hold('plan');
  const tasks = await open(script, { queue: { capacity: 1, maxRunning: 1 } });
  await tasks.submit({ prompt: 'runs', taskId: 'runs' });
  await held.reached;
  await tasks.submit({ prompt: 'waits', taskId: 'waits' });

  await expect(tasks.submit({ prompt: 'too many', taskId: 'late' }, { admissionMs: 1 })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_QUEUE_FULL', retriable: true });

  expect((await tasks.list()).map(({ taskId }) => taskId)).toEqual(['runs', 'waits']);
  const retried = tasks.submit({ prompt: 'again', taskId: 'late' }, { admissionMs: 60_000 });
  held.open();
  expect(await retried).toMatchObject({ taskId: 'late' });
});

test('ORC-10 who waits 60 days for a place in a full queue gets it when there is room', async () => {
  const script = new Script();
  const held = script.hold('plan');
  const tasks = await open(script, { queue: { capacity: 1, maxRunning: 1 } });
  await tasks.submit({ prompt: 'runs', taskId: 'runs' });
  await held.reached;
  await tasks.submit({ prompt: 'waits', taskId: 'waits' });

  const submission = tasks.submit({ prompt: 'patient', taskId: 'patient' }, { admissionMs: 60 * 86_400_000 });
  held.open();

  expect(await submission).toMatchObject({ taskId: 'patient' });
});

test('a task whose timeout is without end runs to its own', async () => {
  const tasks = await open(new Script());

  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot', timeoutMs: Number.POSITIVE_INFINITY });

  expect(await until(tasks, 'knot', 'completed')).toMatchObject({ status: 'completed' });
});

test('WF-18 a task that asks waits, and the first answer decides', async () => {
  const script = new Script();
  const tasks = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot', approval: 'always' });
  const { questions } = await until(tasks, 'knot', 'waiting');
  expect(questions).toMatchObject([{ kind: 'approval', question: 'The tests of rope pass. Is the task done?' }]);
  expect(await tasks.questions()).toMatchObject([{ taskId: 'knot', promiseId: questions[0]?.promiseId }]);

  const answers = await Promise.allSettled([
    tasks.intervene('knot', { kind: 'approve', message: 'well done' }),
    tasks.intervene('knot', { kind: 'reject', promiseId: questions[0]!.promiseId }),
  ]);

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(await until(tasks, 'knot', 'completed')).toMatchObject({ status: 'completed', questions: [] });
  await expect(tasks.intervene('knot', { kind: 'message', message: 'too late' })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_TASK_ENDED' });
});

test('tasks that wait for a person keep no others from running', async () => {
  const tasks = await open(new Script(), { queue: { maxRunning: 1 } });
  for (const taskId of ['a', 'b', 'c']) await tasks.submit({ prompt: 'ask', taskId, approval: 'always' });
  for (const taskId of ['a', 'b', 'c']) await until(tasks, taskId, 'waiting');

  await tasks.submit({ prompt: 'work', taskId: 'worker' });
  expect(await until(tasks, 'worker', 'completed')).toMatchObject({ status: 'completed' });
  expect(tasks.stats()).toMatchObject({ tasks: { waiting: 3, completed: 1 } });
  await tasks.answer('b', { value: true });

  expect(await until(tasks, 'b', 'completed')).toMatchObject({ status: 'completed' });
});

test('a rejection with a reason is worked on, and one without ends the task', async () => {
  const script = new Script();
  const tasks = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot', approval: 'always' });
  await until(tasks, 'knot', 'waiting');

  await tasks.intervene('knot', { kind: 'reject', message: 'name it better' });
  const problems: unknown[] = [];
  for await (const { type, data } of tasks.watch('knot')) {
    if (type === 'CORRECTION_STARTED') problems.push(data['problems']);
    if (type === 'QUESTION_ASKED' && (await tasks.get('knot')).codeVersion === 2) break;
  }
  expect(problems).toEqual([['name it better']]);
  await tasks.answer('knot', { value: false });

  expect(await until(tasks, 'knot', 'failed')).toMatchObject({ status: 'failed', error: { code: 'HOLDFAST_ORCHESTRATOR_REJECTED' } });
});

test('WF-24 a bug report on code that is gone is dropped, one on the code that is there is corrected', async () => {
  const script = new Script();
  script.faulty = 1;
  const held = script.hold('generate rope 2');
  const tasks = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot' });
  await held.reached;
  await tasks.intervene('knot', { kind: 'bug_report', message: 'version 1 frays', codeVersion: 1 });
  await tasks.intervene('knot', { kind: 'message', message: 'use a bowline' });
  held.open();
  const view = await until(tasks, 'knot', 'completed');
  expect(view.codeVersion).toBe(2); // what was said of version 1 starts no further correction

  const second = new Script();
  const testing = second.hold('test rope');
  const others = await open(second);
  await others.submit({ prompt: 'Tie a knot', taskId: 'knot' });
  await testing.reached;
  await others.intervene('knot', { kind: 'bug_report', message: 'it slips', codeVersion: 1 });
  testing.open();

  await until(others, 'knot', 'completed');
  expect((await collect(others.watch('knot'))).find(({ type }) => type === 'CORRECTION_STARTED')?.data['problems']).toEqual(['A person reports: it slips']);
});

test('WF-15 CTX-95 what a person said reaches the next call of the model, within its limits', async () => {
  const script = new Script();
  const held = script.hold('plan');
  const tasks = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot' });
  await held.reached;
  await tasks.intervene('knot', { kind: 'message', message: 'use a bowline' });
  await tasks.intervene('knot', { kind: 'message', message: 'x'.repeat(50_000) });
  script.faulty = 1;
  held.open();
  await until(tasks, 'knot', 'completed');

  expect(script.contexts.at(-1)).toContain('use a bowline');
  for (const context of script.contexts) expect(context.length).toBeLessThan(4 * 4096);
});

test('SRV-23 a task that completes and one that fails are told to who follows, and leave nothing that runs', async () => {
  const script = new Script();
  const tasks = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'holds' });
  expect((await collect(tasks.watch('holds'))).at(-1)).toMatchObject({ type: 'TASK_COMPLETE' });
  script.faulty = 99;
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'breaks' });
  expect((await collect(tasks.watch('breaks'))).at(-1)).toMatchObject({ type: 'TASK_FAILED' });

  // The end is in the log before the queue counts the slot as free; the next task can only run in a free one.
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'again' });
  await until(tasks, 'again', 'failed');
  await tasks.close();

  expect(tasks.stats()).toMatchObject({ queue: { running: 0, queued: 0 }, tasks: { completed: 1, failed: 2, running: 0, queued: 0 } });
});

test('a module that stays wrong ends its task, and the log says why', async () => {
  const script = new Script();
  script.faulty = 99;
  const tasks = await open(script);
  await tasks.submit({ prompt: 'Tie a knot', taskId: 'knot' });

  expect(await until(tasks, 'knot', 'failed')).toMatchObject({
    error: { code: 'HOLDFAST_ORCHESTRATOR_GAVE_UP', message: expect.stringContaining('after 4 iterations') },
    modules: [{ iterations: 4, testsFailed: 1 }],
  });
});

test('ORC-18 ORC-19 a task that takes too long is cancelled, and the log says by what', async () => {
  const script = new Script();
  script.hold('plan');
  const tasks = await open(script);
  await tasks.submit({ prompt: 'slow', taskId: 'slow', timeoutMs: 1 });
  await tasks.submit({ prompt: 'never', taskId: 'never', timeoutMs: 0 });

  for (const taskId of ['slow', 'never']) {
    expect(await until(tasks, taskId, 'cancelled')).toMatchObject({ status: 'cancelled', error: { code: 'HOLDFAST_ORCHESTRATOR_TASK_TIMED_OUT' } });
  }
  expect((await collect(tasks.watch('never'))).map(({ type }) => type)).toEqual(['TASK_CREATED', 'TASK_QUEUED', 'TASK_CANCELLED']);
});

test('ORC-23 a task waits for those it depends on, and fails with them', async () => {
  const script = new Script();
  const held = script.hold('plan');
  const tasks = await open(script);
  await tasks.submit({ prompt: 'first', taskId: 'first' });
  await held.reached;
  expect(await tasks.submit({ prompt: 'second', taskId: 'second', dependsOn: ['first'] })).toMatchObject({ status: 'created' });
  expect(await tasks.submit({ prompt: 'third', taskId: 'third', dependsOn: ['second', 'first'] })).toMatchObject({ status: 'created' });
  held.open();

  expect(await until(tasks, 'third', 'completed')).toMatchObject({ status: 'completed' });
  script.planned = { summary: '', modules: [] };
  await tasks.submit({ prompt: 'bad', taskId: 'bad' });
  await tasks.submit({ prompt: 'after', taskId: 'after', dependsOn: ['bad'] }).catch(() => undefined);
  await until(tasks, 'bad', 'failed');
  await expect(tasks.submit({ prompt: 'late', taskId: 'late', dependsOn: ['bad'] })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED' });
});

test('SRV-58 SRV-29 after a shutdown in the middle the next process goes on where the task was, and does nothing twice', async () => {
  const kept = stores();
  const first = new Script();
  first.faulty = 1;
  const held = first.hold('generate rope 2');
  const before = await open(first, {}, kept);
  await before.submit({ prompt: 'Tie a knot', taskId: 'knot' });
  await held.reached;
  await before.close();
  await expect(before.submit({ prompt: 'late' })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_CLOSED' });

  const second = new Script();
  second.faulty = 1;
  const after = await open(second, {}, kept);
  expect(await until(after, 'knot', 'completed')).toMatchObject({ status: 'completed', codeVersion: 2 });

  expect(first.calls).toEqual(['plan', 'generate rope 1', 'test rope', 'generate rope 2']);
  expect(second.calls).toEqual(['generate rope 2', 'test rope']);
  const types = (await collect(after.watch('knot'))).map(({ type }) => type).filter((type) => type !== 'MODEL_CALLED');
  expect(types.filter((type) => type === 'TASK_QUEUED' || type === 'TASK_RESUMED')).toEqual(['TASK_QUEUED', 'TASK_QUEUED', 'TASK_RESUMED']);
  expect(types.filter((type) => type === 'CODE_GENERATED' || type === 'CORRECTION_STARTED')).toEqual(['CODE_GENERATED', 'CORRECTION_STARTED']);
});

test('a question outlives the process that asked it, and can be answered in the next', async () => {
  const kept = stores();
  const before = await open(new Script(), {}, kept);
  await before.submit({ prompt: 'Tie a knot', taskId: 'knot', approval: 'always' });
  const { questions } = await until(before, 'knot', 'waiting');
  await before.close();

  const without = await open(undefined, {}, kept);
  expect(await without.get('knot')).toMatchObject({ status: 'waiting', questions });
  await without.answer('knot', { value: true });
  await without.close();
  const second = new Script();
  const after = await open(second, {}, kept);

  expect(await until(after, 'knot', 'completed')).toMatchObject({ status: 'completed' });
  expect(second.calls).toEqual([]);
});

test.each([
  [{ kind: 'approve' }, 'completed'],
  [{ kind: 'reject', message: 'Not red enough' }, 'waiting'],
  [{ kind: 'answer', value: true }, 'completed'],
] as const)('SRV-58 an answer that stands in the log when its process is killed is heard in the next: %o', async ({ ...said }, status) => {
  const kept = stores();
  const before = await open(new Script(), {}, kept);
  await before.submit({ prompt: 'Tie a knot', taskId: 'knot', approval: 'always' });
  const { questions, codeVersion } = await until(before, 'knot', 'waiting');
  await before.close();
  await kept.events.append('knot', [{ type: 'USER_INTERVENTION', codeVersion, data: { ...said, promiseId: questions[0]?.promiseId ?? '' } }]);

  const after = await open(new Script(), {}, kept);
  for await (const { type } of after.watch('knot')) if (type === 'QUESTION_ANSWERED') break;

  expect(await until(after, 'knot', status)).toMatchObject({ status });
  const types = (await collect(kept.events.read({ taskId: 'knot' }))).map(({ type }) => type);
  expect(types.filter((type) => type === 'QUESTION_ANSWERED' || type === 'USER_INTERVENTION')).toEqual(['USER_INTERVENTION', 'QUESTION_ANSWERED']);
});

test('WF-17 SRV-30 a thousand tasks are found as fast as one, and their statistics add up', async () => {
  const kept = stores();
  for (let index = 0; index < 1000; index += 1) await kept.events.append(`task-${index}`, [{ type: 'TASK_CREATED', data: { prompt: 'x' } }, { type: 'TASK_COMPLETE', data: {} }]);
  const tasks = await open(undefined, {}, kept);

  expect((await tasks.get('task-999')).status).toBe('completed');
  expect(tasks.stats().tasks).toEqual({ created: 0, queued: 0, running: 0, waiting: 0, completed: 1000, failed: 0, cancelled: 0 });
  expect(await tasks.list({ status: 'failed' })).toEqual([]);
});

test('ORC-09 ORC-28 a queue that fills up is told', async () => {
  const levels: string[] = [];
  const script = new Script();
  const held = script.hold('plan');
  const tasks = await open(script, { queue: { capacity: 5, maxRunning: 1 }, onAlert: ({ level }) => levels.push(level) });
  for (let index = 0; index < 6; index += 1) {
    await tasks.submit({ prompt: 'x' });
    await settled();
  }

  expect(levels).toEqual(['warning', 'critical']);
  expect(tasks.stats()).toMatchObject({ backpressure: { level: 'critical', fill: 1 }, queue: { queued: 5, running: 1 } });
  held.open();
});
