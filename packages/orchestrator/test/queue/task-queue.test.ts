import { TaskQueue, type TaskHandle, type TaskQueueOptions } from '@holdfast/orchestrator';
import { TaskPriority } from '@holdfast/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { FakeClock, settled } from './fake-clock.ts';
import { Works } from './works.ts';

function open(options: TaskQueueOptions = {}): { queue: TaskQueue; works: Works; clock: FakeClock } {
  const clock = new FakeClock();
  const queue = new TaskQueue({ clock, ...options });
  onTestFinished(async () => {
    const ended = queue.shutdown({ graceMs: 0 });
    clock.advance(1);
    await ended;
  });
  return { queue, works: new Works(), clock };
}

const names = (count: number, prefix = 'task'): string[] => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

test('ORC-14 the most urgent task starts first, and in order of arrival within a priority', async () => {
  const { queue, works } = open({ maxRunning: 1 });
  await queue.submit(works.task('holds the slot'));
  await settled();
  await queue.submit(works.task('low', { priority: TaskPriority.LOW }));
  await queue.submit(works.task('critical', { priority: TaskPriority.CRITICAL }));
  await queue.submit(works.task('high-1', { priority: TaskPriority.HIGH }));
  await queue.submit(works.task('high-2', { priority: TaskPriority.HIGH }));

  for (const id of ['holds the slot', 'critical', 'high-1', 'high-2']) {
    works.finish(id);
    await settled();
  }

  expect(works.started).toEqual(['holds the slot', 'critical', 'high-1', 'high-2', 'low']);
});

test('ORC-09 ORC-10 ORC-11 ORC-38 of 105 submissions 100 are queued and 5 wait; one that leaves lets one in', async () => {
  const { queue, works } = open();
  queue.pause();
  const admitted: TaskHandle<string>[] = [];
  for (const id of names(105)) {
    queue.submit(works.task(id)).then(
      (handle) => admitted.push(handle),
      () => undefined, // the end of the test cancels them
    );
  }
  await settled();

  expect(queue.stats()).toMatchObject({ queued: 100, waitingSubmitters: 5, running: 0, fill: 1 });
  expect(admitted).toHaveLength(100);

  expect(queue.cancel('task-7')).toBe(true);
  await settled();

  expect(queue.stats()).toMatchObject({ queued: 100, waitingSubmitters: 4, cancelled: 1 });
  expect(admitted.at(-1)).toMatchObject({ id: 'task-100', status: 'queued' });
});

test('ORC-10 who waits for room may stop waiting, and the task is gone', async () => {
  const { queue, works } = open({ capacity: 1 });
  queue.pause();
  await queue.submit(works.task('inside'));
  const waiting = new AbortController();
  const submission = queue.submit(works.task('outside'), { signal: waiting.signal });

  waiting.abort(new Error('no patience'));

  await expect(submission).rejects.toThrow('no patience');
  expect(queue.find('outside')).toBeUndefined();
  expect(queue.stats()).toMatchObject({ queued: 1, waitingSubmitters: 0 });
});

test('of those who wait for room the most urgent comes in first', async () => {
  const { queue, works } = open({ capacity: 1 });
  queue.pause();
  await queue.submit(works.task('inside'));
  const order: string[] = [];
  const enter = async (id: string, priority: TaskPriority): Promise<number> => order.push((await queue.submit(works.task(id, { priority }))).id);
  enter('low', TaskPriority.LOW).catch(() => undefined); // the end of the test cancels it
  const critical = enter('critical', TaskPriority.CRITICAL);

  queue.cancel('inside');
  await critical;

  expect(order).toEqual(['critical']);
});

test('ORC-12 of ten long tasks at most five run at the same time', async () => {
  const { queue, works } = open();
  const handles = await Promise.all(names(10).map(async (id) => queue.submit(works.task(id))));
  await settled();
  expect(works.running.size).toBe(5);

  for (const { id } of handles) {
    works.finish(id);
    await settled();
  }

  expect(await Promise.all(handles.map(async ({ result }) => result))).toEqual(names(10).map((id) => `done ${id}`));
  expect(works.peak).toBe(5);
});

test('ORC-24 of 1000 submissions at once 100 are queued, 5 run and the rest waits; each is done once', async () => {
  const { queue, works } = open();
  const results = Promise.all(names(1000).map(async (id) => queue.run(works.task(id))));
  await settled();
  expect(queue.stats()).toMatchObject({ queued: 100, running: 5, waitingSubmitters: 895 });

  for (let done = 0; done < 1000; ) {
    for (const id of works.running) {
      works.finish(id);
      done += 1;
    }
    await settled();
    expect(queue.stats().queued).toBeLessThanOrEqual(100);
  }

  expect(await results).toHaveLength(1000);
  expect(works.peak).toBe(5);
  expect(new Set(works.started).size).toBe(1000);
});

test('ORC-13 ORC-15 ORC-16 a dispatcher that crashes loses no task, leaves two at work, and comes back', async () => {
  const faults: unknown[] = [];
  let crashes = 0;
  const { queue, works, clock } = open({
    onStart: (id) => {
      if (id === 'unlucky' && crashes++ === 0) throw new Error('the hook threw');
    },
    onFault: (error) => faults.push(error),
  });
  await queue.submit(works.task('unlucky'));
  await settled();

  expect(queue.stats()).toMatchObject({ dispatchers: 2, dispatcherRestarts: 0, running: 1 });
  expect(works.started).toEqual(['unlucky']);
  expect(faults).toMatchObject([{ message: 'the hook threw' }]);

  clock.advance(10);
  expect(queue.stats()).toMatchObject({ dispatchers: 3, dispatcherRestarts: 1 });
});

test('ORC-16 a task over which dispatchers crash again and again fails, and the others run', async () => {
  const { queue, works } = open({
    onStart: (id) => {
      if (id === 'cursed') throw new Error('always');
    },
  });
  const cursed = await queue.submit(works.task('cursed'));
  await expect(cursed.result).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_DISPATCH_FAILED', cause: { message: 'always' } });

  expect(works.started).toEqual([]);
  expect(queue.stats()).toMatchObject({ failed: 1, running: 0 });
});

test('after all dispatchers crashed the queue goes on when they are back', async () => {
  let crashes = 0;
  const { queue, works, clock } = open({
    onStart: () => {
      if (crashes++ < 3) throw new Error('three times');
    },
  });
  await queue.submit(works.task('blamed'));
  await settled();
  expect(queue.stats().dispatchers).toBe(0);
  await queue.submit(works.task('next'));
  await settled();
  expect(works.started).toEqual([]);

  clock.advance(10);
  await settled();

  expect(works.started).toEqual(['next']);
  expect(queue.stats().dispatchers).toBe(3);
});

test('ORC-17 work that throws fails its handle, is told, and the queue goes on', async () => {
  const faults: unknown[] = [];
  const { queue, works } = open({ onFault: (error) => faults.push(error) });
  const failing = await queue.submit({ id: 'failing', run: () => Promise.reject(new Error('broken')) });
  const throwing = await queue.submit({
    id: 'throwing',
    run: () => {
      throw new Error('at once');
    },
  });

  await expect(failing.result).rejects.toThrow('broken');
  await expect(throwing.result).rejects.toThrow('at once');
  expect(failing.status).toBe('failed');
  expect(faults).toHaveLength(2);
  await queue.submit(works.task('next'));
  await settled();
  expect(works.running.has('next')).toBe(true);
});

test('ORC-18 a task that takes 2 s with a limit of 1 s ends after 1 s, and its slot is free when the work has ended', async () => {
  const { queue, works, clock } = open({ maxRunning: 1 });
  const handle = await queue.submit(works.stubborn('slow', { timeoutMs: 1000 }));
  await queue.submit(works.task('next'));
  await settled();
  clock.advance(999);
  await settled();
  expect(handle.status).toBe('running');

  clock.advance(1);

  await expect(handle.result).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_TASK_TIMED_OUT' });
  expect(handle.status).toBe('timed_out');
  expect(works.contexts.get('slow')?.signal.aborted).toBe(true);
  expect(works.started).toEqual(['slow']);
  works.finish('slow');
  await settled();
  expect(works.started).toEqual(['slow', 'next']);
  expect(queue.stats()).toMatchObject({ timedOut: 1, abandoned: 0, completed: 0 });
});

test('ORC-18 work that outlasts its grace is given up, counted, and its slot goes to another', async () => {
  const { queue, works, clock } = open({ maxRunning: 1, graceMs: 500 });
  await queue.submit(works.stubborn('deaf', { timeoutMs: 1000 }));
  await queue.submit(works.task('next'));
  await settled();

  clock.advance(1499);
  await settled();
  expect(works.started).toEqual(['deaf']);
  clock.advance(1);
  await settled();

  expect(works.started).toEqual(['deaf', 'next']);
  expect(queue.stats()).toMatchObject({ abandoned: 1, running: 1 });
  works.finish('deaf');
  await settled();
  expect(queue.stats()).toMatchObject({ abandoned: 1, running: 1, completed: 0 });
});

test('ORC-19 a timeout of 0 cancels at once and the work never starts', async () => {
  const { queue, works } = open();

  const handle = await queue.submit(works.task('never', { timeoutMs: 0 }));

  await expect(handle.result).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_TASK_TIMED_OUT' });
  await settled();
  expect(works.started).toEqual([]);
  expect(queue.stats()).toMatchObject({ timedOut: 1, queued: 0 });
  await expect(queue.submit(works.task('odd', { timeoutMs: -1 }))).rejects.toThrow(RangeError);
  await expect(queue.submit(works.task('odder', { timeoutMs: Number.NaN }))).rejects.toThrow(RangeError);
});

test('ORC-21 shutdown cancels 20 queued and 5 running tasks, and afterwards nothing runs', async () => {
  const { queue, works } = open();
  const handles = await Promise.all(names(25).map(async (id) => queue.submit(works.task(id))));
  await settled();
  expect(queue.stats()).toMatchObject({ queued: 20, running: 5 });

  await queue.shutdown();

  for (const { result } of handles) await expect(result).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_TASK_CANCELLED', data: { by: 'shutdown' } });
  expect(works.running.size).toBe(0);
  expect(works.started).toHaveLength(5);
  expect(queue.stats()).toMatchObject({ queued: 0, running: 0, cancelled: 25, dispatchers: 0 });
});

test('ORC-21 shutdown cancels tasks that wait for others, in whatever order they came', async () => {
  const { queue, works } = open();
  const results = [
    queue.run(works.task('last', { dependsOn: ['middle'] })),
    queue.run(works.task('first')),
    queue.run(works.task('middle', { dependsOn: ['first'] })),
  ];
  const outcomes = Promise.allSettled(results);
  await settled();

  await queue.shutdown();

  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'HOLDFAST_ORCHESTRATOR_TASK_CANCELLED', data: { by: 'shutdown' } } });
  expect(queue.stats()).toMatchObject({ cancelled: 3, failed: 0, waitingSubmitters: 0 });
});

test('ORC-21 shutdown waits for work that takes its time, and no longer than its grace', async () => {
  const { queue, works, clock } = open();
  await queue.submit(works.stubborn('slow'));
  await queue.submit(works.stubborn('deaf'));
  await settled();
  let isDown = false;
  const down = queue.shutdown({ graceMs: 100 }).then(() => (isDown = true));

  works.finish('slow');
  await settled();
  expect(isDown).toBe(false);
  clock.advance(100);
  await down;

  expect(queue.stats()).toMatchObject({ abandoned: 1, running: 0 });
});

test('ORC-22 a submission during shutdown is refused, and one that waits for room is answered', async () => {
  const { queue, works } = open({ capacity: 1 });
  queue.pause();
  await queue.submit(works.task('inside'));
  const outside = queue.submit(works.task('outside'));
  const answered = Promise.allSettled([outside]);

  const down = queue.shutdown();

  await expect(queue.submit(works.task('late'))).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_CLOSED' });
  expect(await answered).toMatchObject([{ status: 'rejected', reason: { code: 'HOLDFAST_ORCHESTRATOR_TASK_CANCELLED' } }]);
  await down;
});

test('ORC-23 a task runs after those it depends on; a circle is refused by name, and leaves no trace', async () => {
  const { queue, works } = open();
  const b = queue.submit(works.task('b', { dependsOn: ['a', 'c'] }));
  const c = queue.submit(works.task('c', { dependsOn: ['a'] }));

  await expect(queue.submit(works.task('a', { dependsOn: ['b'] }))).rejects.toMatchObject({
    code: 'HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY',
    data: { path: ['a', 'b', 'a'] },
  });
  await expect(queue.submit(works.task('self', { dependsOn: ['self'] }))).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY' });
  await queue.submit(works.task('a'));
  for (const id of ['a', 'c', 'b']) {
    await settled();
    expect([...works.running]).toEqual([id]);
    works.finish(id);
  }

  expect(await (await b).result).toBe('done b');
  expect((await c).status).toBe('completed');
  expect(queue.stats().waitingSubmitters).toBe(0);
});

test('ORC-23 a task whose dependency failed fails with it, and so do those that depend on it', async () => {
  const { queue, works } = open();
  const leaf = queue.submit(works.task('leaf', { dependsOn: ['middle'] }));
  const middle = queue.submit(works.task('middle', { dependsOn: ['root'] }));
  const both = Promise.allSettled([leaf, middle]);
  await queue.submit(works.task('root'));
  await settled();

  works.fail('root', new Error('no'));

  for (const outcome of await both) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED' } });
  await expect(queue.submit(works.task('late', { dependsOn: ['root'] }))).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED' });
  await queue.submit(works.task('root'));
  await settled();
  works.finish('root');
  await settled();
  await queue.submit(works.task('later', { dependsOn: ['root'] }));
});

test.each(['completed', 'failed'])('ORC-23 a task waits for the one that runs under an id, whatever an earlier one did that has %s', async (outcome) => {
  const { queue, works } = open();
  await queue.submit(works.task('root'));
  await settled();
  if (outcome === 'completed') works.finish('root');
  else works.fail('root', new Error('no'));
  await settled();
  await queue.submit(works.task('root'));
  const leaf = queue.run(works.task('leaf', { dependsOn: ['root'] }));
  await settled();
  expect([...works.running]).toEqual(['root']);

  works.finish('root');
  await settled();
  works.finish('leaf');

  expect(await leaf).toBe('done leaf');
});

test('tasks that wait for another take no room from it', async () => {
  const { queue, works } = open({ capacity: 2 });
  const blocked = names(10, 'blocked').map(async (id) => queue.run(works.task(id, { dependsOn: ['first'] })));
  await queue.submit(works.task('first'));
  await settled();
  works.finish('first');
  for (let done = 0; done < 10; ) {
    await settled();
    for (const id of works.running) {
      works.finish(id);
      done += 1;
    }
  }

  expect(await Promise.all(blocked)).toHaveLength(10);
});

test('ORC-26 an id that waits or runs is refused, and free again afterwards', async () => {
  const { queue, works } = open({ capacity: 1, maxRunning: 1 });
  const duplicate = { code: 'HOLDFAST_ORCHESTRATOR_DUPLICATE_TASK' };
  const first = await queue.submit(works.task('one'));
  await settled();
  await expect(queue.submit(works.task('one'))).rejects.toMatchObject(duplicate);
  const two = await queue.submit(works.task('two'));
  await expect(queue.submit(works.task('two'))).rejects.toMatchObject(duplicate);
  const three = queue.submit(works.task('three'));
  await expect(queue.submit(works.task('three'))).rejects.toMatchObject(duplicate);

  works.finish('one');
  await first.result;
  expect(two.cancel()).toBe(true);
  await three;

  await expect(queue.submit(works.task('one'))).resolves.toMatchObject({ id: 'one' });
});

test('cancelling is possible wherever a task stands, and once', async () => {
  const { queue, works } = open({ capacity: 1, maxRunning: 1 });
  const running = await queue.submit(works.task('running'));
  await settled();
  const queued = await queue.submit(works.task('queued'));
  const outside = queue.submit(works.task('outside'));
  const blocked = queue.submit(works.task('blocked', { dependsOn: ['running'] }));
  const cancelled = { code: 'HOLDFAST_ORCHESTRATOR_TASK_CANCELLED' };
  const failed = Promise.allSettled([outside, blocked]);

  for (const id of ['queued', 'outside', 'blocked', 'running']) expect([id, queue.cancel(id)]).toEqual([id, true]);

  expect(queued.cancel()).toBe(false);
  expect(running.status).toBe('cancelled');
  await expect(running.result).rejects.toMatchObject(cancelled);
  await expect(queued.result).rejects.toMatchObject(cancelled);
  await failed;
  await settled();
  expect(works.started).toEqual(['running']);
  expect(queue.stats()).toMatchObject({ queued: 0, waitingSubmitters: 0, running: 0 });
});

test('ORC-25 statistics are read at once and know every number', async () => {
  const { queue, works, clock } = open({ maxRunning: 1 });
  await queue.submit(works.task('running'));
  await settled();
  await queue.submit(works.task('low', { priority: TaskPriority.LOW }));
  clock.advance(250);
  await queue.submit(works.task('high', { priority: TaskPriority.HIGH }));

  expect(queue.stats()).toEqual({
    queued: 2,
    queuedByPriority: { CRITICAL: 0, HIGH: 1, MEDIUM: 0, LOW: 1, BACKGROUND: 0 },
    waitingSubmitters: 0,
    running: 1,
    capacity: 100,
    maxRunning: 1,
    fill: 0.02,
    oldestWaitMs: 250,
    completed: 0,
    failed: 0,
    cancelled: 0,
    timedOut: 0,
    preempted: 0,
    abandoned: 0,
    dispatchers: 3,
    dispatcherRestarts: 0,
    isPaused: false,
  });
});

test('ORC-08 a running task makes way for a much more urgent one when it allows that, and runs again at the head of its level', async () => {
  const { queue, works } = open({ maxRunning: 1, preemption: 'cooperative' });
  const low = await queue.submit(works.task('low', { priority: TaskPriority.LOW, isPreemptible: true }));
  await settled();
  await queue.submit(works.task('low-2', { priority: TaskPriority.LOW }));
  await queue.submit(works.task('medium', { priority: TaskPriority.MEDIUM }));
  await settled();
  expect(works.running).toEqual(new Set(['low'])); // ten points are not enough

  await queue.submit(works.task('critical', { priority: TaskPriority.CRITICAL }));
  await settled();
  for (const id of ['critical', 'medium', 'low', 'low-2']) {
    expect([...works.running]).toEqual([id]);
    works.finish(id);
    await settled();
  }

  expect(works.started).toEqual(['low', 'critical', 'medium', 'low', 'low-2']);
  expect(works.contexts.get('low')?.attempt).toBe(2);
  expect(await low.result).toBe('done low');
  expect(queue.stats()).toMatchObject({ preempted: 1, completed: 4 });
});

test('ORC-08 nothing makes way unless queue and task allow it, and no task more than three times', async () => {
  const off = open({ maxRunning: 1 });
  await off.queue.submit(off.works.task('low', { priority: TaskPriority.BACKGROUND, isPreemptible: true }));
  await settled();
  await off.queue.submit(off.works.task('critical', { priority: TaskPriority.CRITICAL }));
  await settled();
  expect(off.works.started).toEqual(['low']);

  const on = open({ maxRunning: 1, preemption: 'cooperative' });
  await on.queue.submit(on.works.task('patient', { priority: TaskPriority.BACKGROUND, isPreemptible: true }));
  for (const id of names(4, 'urgent')) {
    await settled();
    await on.queue.submit(on.works.task(id, { priority: TaskPriority.CRITICAL }));
    await settled();
    on.works.finish(id);
  }
  await settled();
  expect(on.queue.stats().preempted).toBe(3);
  expect([...on.works.running]).toEqual(['patient']);
});

test('a task that waits long enough rises, but not above HIGH', async () => {
  const { queue, works, clock } = open({ maxRunning: 1, agingMs: 1000 });
  await queue.submit(works.task('holds the slot'));
  await settled();
  await queue.submit(works.task('old background', { priority: TaskPriority.BACKGROUND }));
  clock.advance(2500);
  await queue.submit(works.task('high', { priority: TaskPriority.HIGH }));
  await queue.submit(works.task('medium', { priority: TaskPriority.MEDIUM }));
  await queue.submit(works.task('critical', { priority: TaskPriority.CRITICAL }));
  clock.advance(600);

  for (const id of ['holds the slot', 'critical', 'old background', 'high']) {
    works.finish(id);
    await settled();
  }

  expect(works.started).toEqual(['holds the slot', 'critical', 'old background', 'high', 'medium']);
});

test('numbers that make no sense are refused', () => {
  for (const options of [{ capacity: 0 }, { maxRunning: 0 }, { maxRunning: 1.5 }, { dispatchers: -1 }, { capacity: Number.NaN }]) {
    expect(() => new TaskQueue(options)).toThrow(RangeError);
  }
});

test('a task that is parked lets another have its slot, and goes on at the head of its level', async () => {
  const { queue, works } = open({ maxRunning: 1 });
  const answer = Promise.withResolvers<string>();
  const asking = await queue.submit({ id: 'asks', run: async ({ park }) => `heard ${await park(answer.promise)}` });
  await settled();
  await queue.submit(works.task('first'));
  await queue.submit(works.task('second'));
  await settled();
  expect([...works.running]).toEqual(['first']);
  expect(queue.stats()).toMatchObject({ running: 1, queued: 1 });
  expect(asking.status).toBe('running');

  answer.resolve('yes');
  await settled();
  expect([...works.running]).toEqual(['first']);
  expect(asking.status).toBe('queued');
  works.finish('first');

  expect(await asking.result).toBe('heard yes');
  await settled();
  expect([...works.running]).toEqual(['second']);
  expect(works.peak).toBe(1);
});

test('a parked task can be cancelled, fail with what it waits for, and never holds a slot it gave away', async () => {
  const { queue, works } = open({ maxRunning: 1 });
  const never = Promise.withResolvers<string>();
  const parked = await queue.submit({ id: 'parked', run: async ({ park }) => park(never.promise) });
  const failing = Promise.withResolvers<string>();
  const fails = await queue.submit({ id: 'fails', run: async ({ park }) => park(failing.promise) });
  await settled();
  await queue.submit(works.task('runs'));
  await settled();
  expect(queue.stats()).toMatchObject({ running: 1, queued: 0 });

  failing.reject(new Error('nobody answered'));
  await settled();
  expect(parked.cancel('Ada')).toBe(true);
  await expect(parked.result).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_TASK_CANCELLED' });
  expect(fails.status).toBe('queued');
  works.finish('runs');
  await expect(fails.result).rejects.toThrow('nobody answered');
  never.resolve('late');
  await settled();

  await queue.submit(works.task('next'));
  await settled();
  expect(queue.stats()).toMatchObject({ running: 1, completed: 1, cancelled: 1, failed: 1 });

  const last = await queue.submit({ id: 'last', run: async ({ park }) => park(Promise.resolve('now')) });
  works.finish('next');
  await settled();
  expect(await last.result).toBe('now');
  const gone = await queue.submit({ id: 'gone', run: async ({ park }) => park(new Promise(() => undefined)) });
  await settled();
  await queue.shutdown();
  await expect(gone.result).rejects.toMatchObject({ data: { by: 'shutdown' } });
});
