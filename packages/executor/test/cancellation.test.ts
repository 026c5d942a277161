import { createSession, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runUntilHere } from './run-until.ts';

let session: Session;
beforeAll(async () => {
  session = await createSession();
});
afterAll(async () => session.close());

describe('a cancelled cell ends, says by which step, and the variables stay', () => {
  test.each([
    ['a loop', 'terminate', "console.log('here'); for (;;) {}"],
    ['a pending await', 'signal', "console.log('here'); await new Promise(() => {})"],
    ['a pending for await', 'signal', "console.log('here'); for await (const each of { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }) void each"],
    ['a loop after an await', 'terminate', "await new Promise((settle) => setTimeout(settle, 1)); console.log('here'); for (;;) {}"],
    ['a loop in a timer while the cell awaits', 'terminate', "setTimeout(() => { console.log('here'); for (;;) {} }, 1); await new Promise(() => {})"],
    ['a loop of awaits', 'signal', "console.log('here'); for (;;) await 0"],
    ['a regular expression that backtracks for ever', 'terminate', "console.log('here'); /^(a+)+$/.test('a'.repeat(60) + 'b')"],
    ['a loop that catches everything', 'terminate', "console.log('here'); for (;;) { try { for (;;) {} } catch {} }"],
    ['a wait on shared memory', 'terminate', "console.log('here'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ])('EX-76 EX-82 EX-84 %s: %s', async (_situation, step, code) => {
    await session.execute('const keep = { n: 42 }');
    const { pid } = session;

    const { result } = await runUntilHere(session, code);
    expect(await session.cancel()).toBe(true);

    expect(await result).toMatchObject({ status: 'cancelled', cancelled: { by: 'user', step, namespaceKept: true } });
    expect(session.state).toBe('ready');
    expect(session.pid).toBe(pid);
    expect(await session.execute('keep.n')).toMatchObject({ status: 'ok', value: 42 });
  });
});

test('EX-80 a cancelled await runs its finally, whose output belongs to the cell', async () => {
  const { result } = await runUntilHere(
    session,
    "console.log('here'); try { await new Promise(() => {}) } catch (error) { console.log(error.name) } finally { await 0; console.log('finally') }",
  );

  await session.cancel({ by: 'a test' });

  expect(await result).toMatchObject({ status: 'cancelled', stdout: 'here\nAbortError\nfinally\n', cancelled: { by: 'a test', step: 'signal' } });
});

test('EX-79 a cancelled await does not write late', async () => {
  await session.execute("let late = 'no'; let release");
  const { result } = await runUntilHere(session, "console.log('here'); late = await new Promise((settle) => { release = () => settle('late') })");

  await session.cancel();
  await result;

  expect(await session.execute('release(); await new Promise((settle) => setImmediate(settle)); late')).toMatchObject({ value: 'no' });
});

test('EX-79 a cell that uses up its grace is parked and does not write late', async () => {
  await session.execute("let parked = 'no'; let go");
  const { result } = await runUntilHere(
    session,
    "try { console.log('here'); await new Promise(() => {}) } finally { await new Promise((settle) => { go = settle }); parked = 'written' }",
  );

  await session.cancel();

  expect(await result).toMatchObject({ status: 'cancelled', cancelled: { step: 'signal', namespaceKept: true } });
  expect(await session.execute('go(); await new Promise((settle) => setImmediate(settle)); parked')).toMatchObject({ value: 'no' });
});

test('a cell whose finally blocks is terminated', async () => {
  const { result } = await runUntilHere(session, "try { console.log('here'); await new Promise(() => {}) } finally { for (;;) {} }");

  await session.cancel();

  expect(await result).toMatchObject({ status: 'cancelled', cancelled: { step: 'terminate', namespaceKept: true } });
  expect(await session.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('EX-77 what the cell did not await goes on', async () => {
  const { result } = await runUntilHere(session, "let ticks = 0; const ticking = setInterval(() => { ticks += 1 }, 1); console.log('here'); await new Promise(() => {})");

  await session.cancel();
  await result;

  const after = await session.execute(
    "const before = ticks; while (ticks < before + 3) await new Promise((settle) => setTimeout(settle, 1)); clearInterval(ticking); 'went on'",
  );
  expect(after).toMatchObject({ value: 'went on' });
});

test('a storm of rejections ends, and the result says what became of the variables', { timeout: 10_000 }, async () => {
  await using fresh = await createSession();
  const { result } = await runUntilHere(fresh, "console.log('here'); for (;;) { try { await Promise.reject(new Error('again')) } catch {} }");

  await fresh.cancel();

  const { status, cancelled } = await result;
  expect(status).toBe('cancelled');
  expect(cancelled?.namespaceKept).toBe(cancelled?.step === 'signal' || cancelled?.step === 'terminate');
  expect(await fresh.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('SES-15 cancelling twice is cancelling once', async () => {
  const { result } = await runUntilHere(session, "console.log('here'); await new Promise(() => {})");

  const answers = await Promise.all([session.cancel({ by: 'first' }), session.cancel({ by: 'second' })]);

  expect(answers).toEqual([true, true]);
  expect(await result).toMatchObject({ cancelled: { by: 'first' } });
  expect(await session.cancel()).toBe(false);
});

test('SES-15 cancelling nothing, or another execution, gives false', async () => {
  expect(await session.cancel()).toBe(false);

  const { result } = await runUntilHere(session, "console.log('here'); await new Promise((settle) => { globalThis.finish = settle })", { executionId: 'this' });
  expect(await session.cancel({ executionId: 'another' })).toBe(false);
  expect(session.runningExecutionId).toBe('this');
  expect(await session.cancel({ executionId: 'this' })).toBe(true);
  await result;
});

test('EX-27 a time limit cancels', async () => {
  expect(await session.execute('for (;;) {}', { timeoutMs: 50 })).toMatchObject({ status: 'cancelled', cancelled: { by: 'timeout', step: 'terminate' } });
  expect(await session.execute('await new Promise(() => {})', { timeoutMs: 50 })).toMatchObject({ cancelled: { by: 'timeout', step: 'signal' } });
});

test('EX-85 an abort signal cancels, also one that is aborted already', async () => {
  const controller = new AbortController();
  const { result } = await runUntilHere(session, "console.log('here'); await new Promise(() => {})", { signal: controller.signal });
  controller.abort();
  expect(await result).toMatchObject({ status: 'cancelled', cancelled: { by: 'signal', step: 'signal' } });

  const early = await session.execute('globalThis.ranEarly = true', { signal: AbortSignal.abort() });
  expect(early).toMatchObject({ status: 'cancelled', cancelled: { by: 'signal', step: 'signal', namespaceKept: true } });
  expect(await session.execute('typeof ranEarly')).toMatchObject({ value: 'undefined' });
});

test('a cell that is cancelled at its start ends at once and does not run', async () => {
  const result = session.execute("console.log('ran'); for (;;) {}", { onStart: () => void session.cancel() });

  expect(await result).toMatchObject({ status: 'cancelled', cancelled: { namespaceKept: true } });
  expect(await session.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('a cell that is cancelled while its worker starts does not run', async () => {
  await using fresh = await createSession();
  process.kill(-fresh.pid!, 'SIGKILL');
  const first = await fresh.execute('1');
  expect(first.status).toBe('error');

  const result = fresh.execute("globalThis.ran = true");
  expect(await fresh.cancel()).toBe(true);

  expect(await result).toMatchObject({ status: 'cancelled', cancelled: { by: 'user' } });
  expect(await fresh.execute('typeof ran')).toMatchObject({ value: 'undefined' });
});

test('EX-83 what waits in native code ends by a signal, and the next cell has a fresh worker with the last checkpoint', { timeout: 15_000 }, async () => {
  await using fresh = await createSession();
  const before = fresh.pid;
  await fresh.execute(`
    import { execFileSync } from 'node:child_process';
    import { mkdtempSync, readFileSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    const neverWritten = mkdtempSync(tmpdir() + '/holdfast-') + '/pipe';
    execFileSync('mkfifo', [neverWritten]);
    const kept = 42;
  `);
  await fresh.checkpoint();
  const { result } = await runUntilHere(fresh, "const lost = 1; console.log('here'); readFileSync(neverWritten)");

  await fresh.cancel();

  const { cancelled } = await result;
  expect(cancelled).toMatchObject({ by: 'user', namespaceKept: false });
  expect(['sigterm', 'sigkill']).toContain(cancelled?.step);
  expect(await fresh.execute('[kept, typeof lost]')).toMatchObject({ value: [42, 'undefined'] });
  expect(fresh.pid).not.toBe(before);
});

test('a timer that blocks when its cell was just cancelled does not hold back the end', async () => {
  await using own = await createSession({ language: 'javascript' });
  const started = Promise.withResolvers<void>();

  const ended = own.execute('try { console.log("waiting"); await new Promise(() => {}) } finally { setTimeout(() => { for (;;) {} }) }', { onOutput: () => started.resolve() });
  await started.promise;
  await own.cancel();

  expect(await ended).toMatchObject({ status: 'cancelled', cancelled: { namespaceKept: true } });
});

test('a cell that ends by itself while it is terminated leaves no termination to the next one', { timeout: 20_000 }, async () => {
  await using own = await createSession({ language: 'javascript' });
  // About as long as a thread may take for a turn before it is taken to be blocked, so that it is taken to be so now and then.
  await own.execute('var keep = 42; const block = () => { const until = performance.now() + 14; while (performance.now() < until); }');

  for (let round = 0; round < 20; round += 1) {
    // The chain ends as soon as it is cancelled, and goes on at the same time.
    const code = `for (let delay = 1; delay < 8; delay++) setTimeout(block, delay); console.log('here'); const again = () => Promise.resolve().then(again); await again()`;
    // oxlint-disable-next-line no-await-in-loop -- a session runs one cell at a time
    const { result } = await runUntilHere(own, code);
    // oxlint-disable-next-line no-await-in-loop -- as above
    await own.cancel();

    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await result).toMatchObject({ status: 'cancelled', cancelled: { namespaceKept: true } });
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await own.execute('for (let i = 0; i < 5e7; i++); keep')).toMatchObject({ status: 'ok', value: 42 });
  }
});

test('EX-77 a loop that an earlier cell left behind holds the next one up, until that is cancelled', { timeout: 20_000 }, async () => {
  const looping = Promise.withResolvers<void>();
  await using own = await createSession({ language: 'javascript', onOutput: () => looping.resolve() });
  await own.execute("var kept = 42; setTimeout(() => { console.log('looping'); for (;;) {} }, 500); 0");
  await looping.promise;

  expect(await own.execute('kept', { timeoutMs: 200 })).toMatchObject({ status: 'cancelled', cancelled: { step: 'terminate', namespaceKept: true } });
  expect(await own.execute('kept')).toMatchObject({ status: 'ok', value: 42 });
});

test('a cell that catches every rejection ends when its grace is over', async () => {
  await using own = await createSession({ language: 'javascript' });
  await own.execute('var kept = 1');
  const started = Promise.withResolvers<void>();

  const ended = own.execute('console.log("waiting"); for (;;) { try { await Promise.reject(1) } catch {} }', { onOutput: () => started.resolve() });
  await started.promise;
  await own.cancel();

  expect(await ended).toMatchObject({ status: 'cancelled', cancelled: { namespaceKept: true } });
  expect(await own.execute('kept')).toMatchObject({ value: 1 });
});
