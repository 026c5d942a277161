import { createHash } from 'node:crypto';
import type { CheckpointData, MessageInput } from '@holdfast/protocol';
import { createSession, Session, type SessionOptions, type SessionWarning } from '@holdfast/executor/session';
import { ManualClock, openTestExecutor, scriptWorkers, type WorkerScript } from '@holdfast/executor/testing';
import { expect, test } from 'vitest';
import { runUntilHere } from './run-until.ts';

const result = (executionId: string): MessageInput<'result'> => ({ executionId, value: null, repr: '', executionTimeMs: 1 });
const heartbeat: MessageInput<'heartbeat'> = { memoryUsage: 1000, cpuPercent: 3, namespaceSize: 2 };

function checkpointData(checkpointId: string): CheckpointData {
  const namespace = new Uint8Array([1, 2, 3]);
  const digest = createHash('sha256').update(namespace).digest('hex');
  return { checkpointId, executionId: 'e', format: 1, namespace, digest, size: namespace.length, createdAt: 1 };
}

/** Answers cells, checkpoints and restores at once. */
const obliging: WorkerScript = async (message, worker) => {
  if (message.type === 'execution' && message.code !== 'hang') await worker.send('result', result(message.executionId));
  if (message.type === 'checkpoint') {
    const skipped = [{ name: 'socket', reason: 'not serialisable' }];
    await worker.send('checkpoint-taken', { checkpoint: checkpointData(message.checkpointId), kept: ['price'], skipped }, message);
  }
  if (message.type === 'restore') await worker.send('restored', { restored: ['price'], skipped: [] }, message);
};

async function openScripted(options: SessionOptions = {}, script: WorkerScript = obliging) {
  const clock = new ManualClock();
  const warnings: SessionWarning[] = [];
  const { start, workers } = scriptWorkers(script);
  const session = await createSession({ sessionId: 's', onWarning: (warning) => warnings.push(warning), ...options }, { startWorker: start, clock });
  const heard: string[] = [];
  for (const name of ['ready', 'result', 'exit', 'unhealthy', 'healthy', 'checkpoint', 'restore', 'suspend'] as const) session.on(name, () => heard.push(name));
  return { session, clock, warnings, workers, heard };
}

test('SES-02 SES-21 SES-26 a session tells of its life by events', async () => {
  const session = await createSession();
  const { pid } = session;
  const heard: unknown[] = [];
  session.on('output', ({ text }) => heard.push(text));
  session.on('result', ({ value }) => heard.push(value));
  session.on('exit', (exit) => heard.push(exit));
  const stop = session.on('result', () => heard.push('not any more'));
  stop();

  await session.execute("console.log('one'); 2");
  await session.close();

  expect(heard).toEqual(['one\n', 2, { pid, code: null, signal: 'SIGKILL', stderr: '' }]);
  await expect(session.checkpoint()).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_SESSION_CLOSED' });
});

test('SES-01 a session does nothing before it is started, and starts its worker once however many wait for it', async () => {
  const { start, workers } = scriptWorkers(obliging);
  const session = new Session({}, { startWorker: start });
  expect(session.state).toBe('suspended');
  expect(workers).toHaveLength(0);

  const [ended] = await Promise.all([session.execute('1'), session.start(), session.start()]);

  expect(ended).toMatchObject({ status: 'ok' });
  expect(workers).toHaveLength(1);
});

test('SES-14 three missed heartbeats make a session unhealthy, not dead, and the next one heals it', async () => {
  const { session, clock, workers, heard } = await openScripted({ heartbeatIntervalMs: 5000 });
  clock.advance(14_999);
  expect(session.health).toEqual({ isHealthy: true });

  clock.advance(1);
  expect(session.health).toEqual({ isHealthy: false });
  expect(session.state).toBe('ready');
  clock.advance(60_000);
  expect(heard).toEqual(['unhealthy']);
  expect(workers[0]!.signals).toEqual([]);

  const healthy = Promise.withResolvers<object>();
  session.on('healthy', healthy.resolve);
  await workers[0]!.send('heartbeat', heartbeat);
  await healthy.promise;

  expect(session.health).toEqual({ isHealthy: true, lastHeartbeat: heartbeat });
  expect(await session.execute('1')).toMatchObject({ status: 'ok' });
});

test('SES-14 EX-56 a worker tells how it fares, also while a cell blocks, and a paused one is not taken to be dead', { timeout: 15_000 }, async () => {
  await using session = await createSession({ heartbeatIntervalMs: 40 });
  const beats = Promise.withResolvers<void>();
  let count = 0;
  session.intercept(({ type }) => {
    if (type === 'heartbeat' && (count += 1) === 3) beats.resolve();
  });
  const unhealthy = Promise.withResolvers<{ silentMs: number }>();
  const healthy = Promise.withResolvers<object>();
  session.on('unhealthy', unhealthy.resolve);
  session.on('healthy', healthy.resolve);
  const { result: blocked } = await runUntilHere(session, "console.log('here'); for (;;) {}");

  await beats.promise;
  expect(session.health.lastHeartbeat).toMatchObject({ memoryUsage: expect.any(Number), cpuPercent: expect.any(Number) });

  process.kill(session.pid!, 'SIGSTOP');
  await unhealthy.promise;
  expect(session.state).toBe('busy');
  process.kill(session.pid!, 'SIGCONT');
  await healthy.promise;

  await session.cancel();
  expect(await blocked).toMatchObject({ status: 'cancelled', cancelled: { namespaceKept: true } });
});

test('SES-16 SES-17 checkpoint and restore ask the worker, and are refused while the session is busy', async () => {
  const { session, workers, heard } = await openScripted();

  const { checkpoint, kept, skipped } = await session.checkpoint();
  expect(kept).toEqual(['price']);
  expect(skipped).toEqual([{ name: 'socket', reason: 'not serialisable' }]);
  expect(await session.restore(checkpoint)).toEqual({ restored: ['price'], skipped: [] });
  expect(workers[0]!.received.map(({ type }) => type)).toEqual(['checkpoint', 'restore']);
  expect(heard).toEqual(['checkpoint', 'restore']);

  const running = session.execute('hang', { executionId: 'e' });
  const busy = { code: 'HOLDFAST_EXECUTOR_SESSION_BUSY', data: { runningExecutionId: 'e' } };
  await expect(session.checkpoint()).rejects.toMatchObject(busy);
  await expect(session.restore(checkpoint)).rejects.toMatchObject(busy);
  await workers[0]!.send('result', result('e'));
  await running;

  const taking = session.checkpoint();
  expect(session.state).toBe('busy');
  await expect(session.execute('1')).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_SESSION_BUSY', data: { runningExecutionId: null } });
  await taking;
  expect(session.state).toBe('ready');
});

test('SES-16 SES-27 a worker that refuses says why, and one that dies settles who waits', async () => {
  const error = { code: 'HOLDFAST_EXECUTOR_WORKER_DIED', message: 'Cannot restore checkpoint', retriable: false };
  const { session, workers } = await openScripted({}, async (message, worker) => {
    if (message.type === 'restore') await worker.send('refusal', { correlationId: message.id, error });
    if (message.type === 'checkpoint') await worker.exit({ signal: 'SIGKILL' });
  });
  const listing = session.listNames();
  listing.catch(() => undefined);

  await expect(session.restore(checkpointData('c'))).rejects.toMatchObject({ message: 'Cannot restore checkpoint' });
  await expect(session.checkpoint()).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_WORKER_DIED', retriable: true });
  await expect(listing).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_WORKER_DIED', message: expect.stringContaining('namespace-query') });
  expect(session.state).toBe('suspended');
  expect(workers).toHaveLength(1);
});

test('SES-27 EX-83 after a worker is lost the next cell begins with the last checkpoint, and the lost one says what it lost', async () => {
  const { session, workers, heard } = await openScripted();
  const { checkpoint } = await session.checkpoint();
  const running = session.execute('hang', { executionId: 'e' });
  await expect.poll(() => workers[0]!.received.length).toBe(2);

  await workers[0]!.exit({ signal: 'SIGSEGV', stderr: 'last words\n' });

  expect(await running).toMatchObject({
    status: 'error',
    error: { name: 'WorkerDied', message: expect.stringContaining('restores the last checkpoint'), notes: ['last words', 'execution e', 'code: hang'] },
  });
  expect(workers).toHaveLength(1);
  await session.execute('1', { executionId: 'f' });
  expect(workers[1]!.received).toMatchObject([
    { type: 'restore', checkpoint },
    { type: 'execution', executionId: 'f' },
  ]);
  expect(heard).toEqual(['checkpoint', 'exit', 'result', 'restore', 'ready', 'result']);
});

test('SES-27 a checkpoint that cannot be restored fails one cell, and the session goes on without it', async () => {
  const error = { code: 'HOLDFAST_EXECUTOR_SESSION_CLOSED', message: 'Cannot read checkpoint', retriable: false };
  const { session, workers } = await openScripted({}, async (message, worker) => {
    if (message.type === 'restore') await worker.send('refusal', { correlationId: message.id, error });
    else await obliging(message, worker);
  });
  await session.checkpoint();
  await workers[0]!.exit({ signal: 'SIGKILL' });
  await expect.poll(() => session.state).toBe('suspended');

  await expect(session.execute('1')).rejects.toMatchObject({ message: 'Cannot read checkpoint' });

  expect(await session.execute('2')).toMatchObject({ status: 'ok' });
  expect(workers[1]!.received.map(({ type }) => type)).toEqual(['restore', 'execution']);
});

test('SES-31 an idle session takes a checkpoint, lets its worker go, and begins with it again', async () => {
  const { session, clock, workers, heard } = await openScripted({ idleTimeoutMs: 60_000, heartbeatIntervalMs: 60_000 });
  clock.advance(59_999);
  await session.execute('1');
  clock.advance(59_999);
  expect(workers[0]!.received.map(({ type }) => type)).toEqual(['execution']);

  const suspended = Promise.withResolvers<{ skipped: readonly unknown[] }>();
  session.on('suspend', suspended.resolve);
  clock.advance(1);
  expect(await suspended.promise).toMatchObject({ skipped: [{ name: 'socket' }] });

  expect(session.state).toBe('suspended');
  expect(workers[0]!.signals).toEqual(['SIGKILL']);
  await session.execute('2');
  expect(workers[1]!.received.map(({ type }) => type)).toEqual(['restore', 'execution']);
  expect(heard).toEqual(['result', 'checkpoint', 'exit', 'suspend', 'restore', 'ready', 'result']);
});

test('SES-31 a cell that comes while an idle session takes its checkpoint keeps the worker', async () => {
  const asked = Promise.withResolvers<() => Promise<void>>();
  const { session, clock, workers } = await openScripted({ idleTimeoutMs: 1000 }, async (message, worker) => {
    if (message.type === 'checkpoint') asked.resolve(async () => obliging(message, worker));
    else await obliging(message, worker);
  });
  clock.advance(1000);
  const answer = await asked.promise;

  const running = session.execute('1');
  await answer();

  expect(await running).toMatchObject({ status: 'ok' });
  expect(workers).toHaveLength(1);
  expect(workers[0]!.signals).toEqual([]);
});

test('SES-31 an idle session whose variables cannot be kept keeps its worker and tells of it', async () => {
  const error = { code: 'HOLDFAST_EXECUTOR_SESSION_BUSY', message: 'Cannot take checkpoint', retriable: false };
  const { session, clock, workers, warnings } = await openScripted({ idleTimeoutMs: 1000 }, async (message, worker) => {
    if (message.type === 'checkpoint') await worker.send('refusal', { correlationId: message.id, error });
  });

  clock.advance(1000);
  await expect.poll(() => warnings).toMatchObject([{ kind: 'failed-checkpoint', error: { message: 'Cannot take checkpoint' } }]);

  expect(session.state).toBe('ready');
  expect(workers[0]!.signals).toEqual([]);
});

test('SES-18 SES-19 a test gets a ready session with an id that it knows, and it ends with the block', async () => {
  let exited: Promise<unknown>;
  {
    await using executor = await openTestExecutor({ executionId: 'known' });
    exited = new Promise((resolve) => executor.session.on('exit', resolve));
    expect(executor.session.state).toBe('ready');
    expect(await executor.execute('1 + 1')).toMatchObject({ executionId: 'known', value: 2 });
  }
  expect(await exited).toMatchObject({ signal: 'SIGKILL' });
});

test('EX-61 EX-80 a closed session leaves no handler and no resource behind in the host', async () => {
  await expect.poll(() => footprint().processes).toBe(0); // of the tests before
  const before = footprint();

  const session = await createSession();
  await session.execute('for (;;) {}', { timeoutMs: 20, signal: new AbortController().signal });
  await session.execute('setInterval(() => undefined, 1)');
  await session.close();

  await expect.poll(() => footprint().processes).toBe(0);
  await expect.poll(() => footprint().pipes).toBeLessThanOrEqual(before.pipes);
  expect(footprint().handlers).toBe(before.handlers);
});

test('SES-28 closing a session while its worker starts ends that worker', async () => {
  const { start, workers } = scriptWorkers(obliging);
  const session = new Session({}, { startWorker: start });
  const running = session.execute('1');

  await session.close();

  await expect(running).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_SESSION_CLOSED' });
  expect(workers[0]!.signals).toEqual(['SIGKILL']);
});

/** What this process holds on to for sessions. */
function footprint(): { readonly handlers: number; readonly processes: number; readonly pipes: number } {
  const handlers = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  const resources = process.getActiveResourcesInfo();
  return { handlers, processes: resources.filter((type) => type === 'ProcessWrap').length, pipes: resources.filter((type) => type === 'PipeWrap').length };
}
