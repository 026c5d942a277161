import type { Message, MessageInput } from '@holdfast/protocol';
import { createSession, type Interceptor, type Session, type SessionOptions, type SessionWarning } from '@holdfast/executor/session';
import { collectMessages, ManualClock, scriptWorkers } from '@holdfast/executor/testing';
import { expect, test } from 'vitest';

/** A session over a worker that says what the test has it say. */
async function openScripted(options: SessionOptions = {}) {
  const clock = new ManualClock();
  const warnings: SessionWarning[] = [];
  const { start, workers } = scriptWorkers(() => undefined);
  const session = await createSession({ sessionId: 's', onWarning: (warning) => warnings.push(warning), ...options }, { startWorker: start, clock });
  return { session, clock, warnings, worker: workers[0]! };
}

const output = (executionId: string, text: string): MessageInput<'output'> => ({ executionId, stream: 'stdout', text, late: false });
const result = (executionId: string): MessageInput<'result'> => ({ executionId, value: 1, repr: '1', executionTimeMs: 1 });
const heartbeat: MessageInput<'heartbeat'> = { memoryUsage: 1, cpuPercent: 0, namespaceSize: 0 };
const textOf = (message: Message): string => (message.type === 'output' ? message.text : message.type);

/** Settles when the session was told of a message that the worker sends after all others. */
async function reachedEnd(session: Session): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = session.on('output', ({ text }) => {
    if (text === 'the end') resolve();
  });
  await promise;
  stop();
}

test('SES-04 SES-05 SES-22 interceptors see every message of the worker, in order, and the session loses none', async () => {
  await using session = await createSession();
  const collected = collectMessages(session);

  const { stdout } = await session.execute("console.log('one'); 2");

  expect(stdout).toBe('one\n');
  expect(collected.ofType('execution-start')).toMatchObject([{ mode: 'simple_sync' }]);
  expect(collected.messages.map(({ type }) => type)).toEqual(['execution-start', 'output', 'result']);
  expect(collected.ofType('result')).toMatchObject([{ value: 2 }]);

  collected.stop();
  await session.execute('3');
  expect(collected.messages).toHaveLength(3);
});

test('SES-07 a slow interceptor is reported with what it took and what it may, once a second', async () => {
  const { session, clock, warnings, worker } = await openScripted({ interceptorBudgetMs: 10 });
  const seen: string[] = [];
  session.intercept(function ponder(message) {
    seen.push(textOf(message));
    clock.advance(25);
  });
  const end = reachedEnd(session);

  for (const text of ['a', 'b', 'c', 'the end']) await worker.send('output', output('e', text));
  await end;
  expect(warnings).toEqual([
    { sessionId: 's', suppressed: 0, kind: 'slow-interceptor', interceptor: 'ponder', messageType: 'output', durationMs: 25, budgetMs: 10, skippedMessages: 0 },
  ]);

  clock.advance(1000);
  const again = reachedEnd(session);
  await worker.send('output', output('e', 'the end'));
  await again;
  await Promise.resolve();
  expect(seen).toEqual(['a', 'b', 'c', 'the end', 'the end']);
  expect(warnings).toMatchObject([{ suppressed: 0 }, { suppressed: 3 }]);
  expect(session.routing).toMatchObject({ slow: 5, active: 0, waiting: 0 });
});

test('SES-08 an interceptor that throws or rejects is reported and skipped, and the others go on', async () => {
  const { session, warnings, worker } = await openScripted();
  session.intercept(function throws() {
    throw new Error('thrown');
  });
  session.intercept(async function rejects() {
    throw new Error('rejected');
  });
  const { messages } = collectMessages(session);
  const running = session.execute('1', { executionId: 'e' });
  await worker.send('output', output('e', 'text'));
  await worker.send('result', result('e'));

  expect(await running).toMatchObject({ status: 'ok', stdout: 'text' });
  await expect.poll(() => messages.map(({ type }) => type)).toEqual(['output', 'result']);
  expect(warnings).toMatchObject([
    { kind: 'failed-interceptor', interceptor: 'throws', messageType: 'output', error: { message: 'thrown' } },
    { kind: 'failed-interceptor', interceptor: 'rejects', messageType: 'output', error: { message: 'rejected' } },
  ]);
  expect(session.routing).toMatchObject({ failed: 4, active: 0, waiting: 0 });
});

test('SES-08 SES-09 an interceptor that never ends holds nothing back: not the result, not a heartbeat, not the others', async () => {
  const { session, clock, warnings, worker } = await openScripted();
  const stuck = Promise.withResolvers<void>();
  let calls = 0;
  session.intercept(function hangs() {
    calls += 1;
    return stuck.promise;
  });
  const { messages } = collectMessages(session);
  const running = session.execute('1', { executionId: 'e' });
  await worker.send('output', output('e', 'text'));
  await worker.send('heartbeat', heartbeat);
  await worker.send('result', result('e'));

  expect(await running).toMatchObject({ status: 'ok', stdout: 'text' });
  expect(session.health).toMatchObject({ lastHeartbeat: { memoryUsage: 1 } });
  expect(messages).toEqual([]);

  clock.advance(10);
  await expect.poll(() => messages.map(({ type }) => type).toSorted()).toEqual(['heartbeat', 'output', 'result']);
  expect(calls).toBe(2); // for the execution and for the heartbeat; the result came while it was overdue
  expect(warnings).toMatchObject([{ kind: 'slow-interceptor', interceptor: 'hangs', durationMs: 10 }]);
  expect(session.routing).toMatchObject({ active: 0, waiting: 0 });

  stuck.resolve();
  await expect.poll(() => warnings).toMatchObject([{ skippedMessages: 0 }, { skippedMessages: 1 }]);
});

test('SES-09 SES-10 ten thousand outputs and a result leave no task behind', async () => {
  const { session, worker } = await openScripted();
  const seen: string[] = [];
  let mostWaiting = 0;
  session.intercept(async (message) => {
    mostWaiting = Math.max(mostWaiting, session.routing.waiting);
    await Promise.resolve();
    seen.push(textOf(message));
  });
  const running = session.execute('1', { executionId: 'e' });
  for (let n = 0; n < 10_000; n += 1) void worker.send('output', output('e', `${n} `));
  await worker.send('result', result('e'));

  const { stdout } = await running;

  const texts = Array.from({ length: 10_000 }, (_, n) => `${n} `);
  expect(stdout).toBe(texts.join(''));
  await expect.poll(() => seen.length).toBe(10_001);
  expect(seen).toEqual([...texts, 'result']);
  expect(mostWaiting).toBeGreaterThan(0);
  await expect.poll(() => session.routing).toMatchObject({ routed: 10_001, active: 0, waiting: 0 });
});

test('SES-06 SES-11 SES-12 concurrency is capped, and the messages of one execution keep their order', async () => {
  const { session, worker } = await openScripted({ maxRoutingConcurrency: 2, interceptorBudgetMs: 1000 });
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const seen: string[] = [];
  const hold: Interceptor = async (message) => {
    const gate = Promise.withResolvers<void>();
    gates.set(textOf(message), gate);
    await gate.promise;
    seen.push(textOf(message));
  };
  session.intercept(hold);
  const open = async (text: string): Promise<void> => {
    await expect.poll(() => gates.has(text)).toBe(true);
    gates.get(text)!.resolve();
  };

  for (const text of ['a1', 'b1', 'c1', 'a2', 'b2']) await worker.send('output', output(text[0]!, text));
  await expect.poll(() => session.routing.waiting).toBe(2);
  expect([...gates.keys()]).toEqual(['a1', 'b1']);
  expect(session.routing.active).toBe(2);

  for (const text of ['b1', 'c1', 'b2', 'a1', 'a2']) await open(text);
  await expect.poll(() => session.routing).toMatchObject({ active: 0, waiting: 0 });

  expect(seen.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a2']);
  expect(seen.filter((text) => text.startsWith('b'))).toEqual(['b1', 'b2']);
  expect(seen).toHaveLength(5);
});

test('SES-30 a message that no worker has to send is counted and reported, and the session goes on', async () => {
  const { session, warnings, worker } = await openScripted();
  await worker.send('shutdown', {});
  const running = session.execute('1', { executionId: 'e' });
  await worker.send('result', result('another'));
  await worker.send('result', result('e'));

  expect(await running).toMatchObject({ executionId: 'e', status: 'ok' });
  expect(session.routing).toMatchObject({ routed: 2, unrouted: 1 });
  expect(warnings).toMatchObject([{ kind: 'unrouted-message', messageType: 'shutdown' }]);
});

test('SES-21 a listener or a callback that throws is reported and stops nobody', async () => {
  const { session, warnings, worker } = await openScripted({
    onOutput: () => {
      throw new Error('from onOutput');
    },
  });
  const heard: string[] = [];
  session.on('output', () => {
    throw new Error('from a listener');
  });
  session.on('output', ({ text }) => heard.push(text));
  const running = session.execute('1', { executionId: 'e' });
  await worker.send('output', output('e', 'text'));
  await worker.send('result', result('e'));

  expect(await running).toMatchObject({ status: 'ok', stdout: 'text' });
  expect(heard).toEqual(['text']);
  expect(warnings).toMatchObject([
    { kind: 'failed-listener', listener: 'onOutput' },
    { kind: 'failed-listener', listener: 'output' },
  ]);
});

test('SES-29 numbers that make no sense are refused', async () => {
  await expect(createSession({ maxRoutingConcurrency: 0 })).rejects.toThrow('Cannot use maxRoutingConcurrency "0": expected a positive number');
  await expect(createSession({ interceptorBudgetMs: -1 })).rejects.toThrow(RangeError);
});
