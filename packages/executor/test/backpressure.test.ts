import { createMemoryMetrics, createSession, type SessionOutput, type SessionWarning } from '@holdfast/executor';
import { ManualClock } from '@holdfast/executor/testing';
import { expect, test } from 'vitest';
import { OutputFlow } from '../src/session/output-flow.ts';

const printed = (text: string): SessionOutput => ({ stream: 'stdout', text, late: false });
const turn = async (): Promise<void> => new Promise((next) => setImmediate(next));

/** A listener that takes nothing until it is let. */
function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, passed: promise };
}

test('SES-32 a listener that takes its time stops the code that writes, and in the end gets everything in order', async () => {
  const { open, passed } = gate();
  const metrics = createMemoryMetrics();
  const heard: string[] = [];
  const written = { characters: 0 };
  await using session = await createSession({
    metrics,
    heartbeatIntervalMs: 20,
    maxPendingOutputCharacters: 10_000,
    maxOutputCharacters: 10,
    drainTimeoutMs: 60_000,
    onOutput: async ({ text }) => {
      await passed;
      heard.push(text);
    },
  });
  session.intercept((message) => {
    if (message.type === 'output') written.characters += message.text.length;
  });

  const running = session.execute(`for (let line = 0; line < 400_000; line += 1) console.log(line); undefined`);
  let before = -1;
  while (written.characters === 0 || written.characters !== before) {
    before = written.characters;
    for (let turns = 0; turns < 20_000; turns += 1) await turn();
  }
  const stoppedAt = written.characters;
  open();

  expect(await running).toMatchObject({ status: 'ok', truncated: true });
  expect(stoppedAt).toBeLessThan(2_688_890);
  expect(heard.join('')).toBe(Array.from({ length: 400_000 }, (_, line) => `${line}\n`).join(''));
  expect(metrics.gauges.get('output.pendingCharacters')).toBe(0);
});

test('SES-32 a cell that waits for a slow listener can be cancelled', async () => {
  const { open, passed } = gate();
  const began = Promise.withResolvers<void>();
  await using session = await createSession({
    maxPendingOutputCharacters: 1000,
    drainTimeoutMs: 0,
    onOutput: async () => {
      began.resolve();
      await passed;
    },
  });

  const running = session.execute(`for (;;) console.log('more and more and more')`);
  await began.promise;
  await session.cancel();

  expect(await running).toMatchObject({ status: 'cancelled', cancelled: { step: 'terminate', namespaceKept: true } });
  open();
  expect(await session.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('EX-52 EX-87 a result waits until its output was taken', async () => {
  const { open, passed } = gate();
  const order: string[] = [];
  await using session = await createSession({
    drainTimeoutMs: 60_000,
    onOutput: async ({ text }) => {
      await passed;
      order.push(text);
    },
  });

  const running = session.execute(`process.stdout.write('output'); undefined`).then((result) => order.push(result.status));
  await turn();
  open();
  await running;

  expect(order).toEqual(['output', 'ok']);
});

test('EX-53 a result does not wait for ever: it says that output is still under way, and that is a warning', async () => {
  const { open, passed } = gate();
  const warnings: SessionWarning[] = [];
  const metrics = createMemoryMetrics();
  const heard: string[] = [];
  await using session = await createSession({
    metrics,
    drainTimeoutMs: 20,
    onWarning: (warning) => warnings.push(warning),
    onOutput: async ({ text }) => {
      await passed;
      heard.push(text);
    },
  });

  const result = await session.execute(`process.stdout.write('slow'); undefined`);

  expect(result).toMatchObject({ status: 'ok', stdout: 'slow', outputPending: true });
  expect(warnings).toMatchObject([{ kind: 'output-drain-timeout', executionId: result.executionId, drainTimeoutMs: 20 }]);
  expect(metrics.counters.get('output.drainTimeouts')).toBe(1);
  expect(heard).toEqual([]);
  open();
  expect(await session.execute('2')).toMatchObject({ value: 2 });
  expect(heard).toEqual(['slow']);
});

test('SES-32 what a child process writes by the descriptors waits for a slow listener too', async () => {
  const { open, passed } = gate();
  const heard = { characters: 0 };
  await using session = await createSession({
    maxPendingOutputCharacters: 1000,
    drainTimeoutMs: 0,
    onOutput: async ({ text }) => {
      await passed;
      heard.characters += text.length;
    },
  });

  const running = session.execute(`await new Promise((done) => require('node:child_process').spawn('head', ['-c', '3000000', '/dev/zero'], { stdio: 'inherit' }).on('exit', done)); undefined`);
  await turn();
  open();
  await running;
  while (heard.characters < 3_000_000) await turn();

  expect(heard.characters).toBe(3_000_000);
});

test('SES-32 nothing waits where no listener does', async () => {
  const heard: string[] = [];
  const flow = new OutputFlow({ maxPendingCharacters: 1, tell: (listener, output) => void listener(output) });
  for (const text of ['a long text', 'another']) flow.deliver(printed(text), [({ text: each }) => heard.push(each)]);

  expect(heard).toEqual(['a long text', 'another']);
  expect(flow.room).toBeUndefined();
  expect(await flow.drainsWithin(0, new ManualClock())).toBe(true);
});

test('SES-14 SES-32 a worker that nobody reads is not taken for silent', async () => {
  const clock = new ManualClock();
  const events: string[] = [];
  const { open, passed } = gate();
  const began = Promise.withResolvers<void>();
  await using session = await createSession(
    {
      heartbeatIntervalMs: 1000,
      maxPendingOutputCharacters: 1,
      drainTimeoutMs: 60_000,
      onOutput: async () => {
        began.resolve();
        await passed;
      },
    },
    { clock },
  );
  session.on('unhealthy', () => events.push('unhealthy'));

  const running = session.execute(`console.log('one'); console.log('two'); undefined`);
  await began.promise;
  await turn();
  clock.advance(10_000);
  open();

  expect(await running).toMatchObject({ status: 'ok' });
  expect(events).toEqual([]);
});
