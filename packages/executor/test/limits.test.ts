import { existsSync } from 'node:fs';
import { createSession, type WorkerExit } from '@holdfast/executor/session';
import { describe, expect, test } from 'vitest';
import { childrenOf, isRunning } from './running-processes.ts';
import { runUntilHere } from './run-until.ts';

describe('a soft limit of memory ends the cell, not the session', () => {
  test.each([
    ['arrays', 'const hoard = []; for (;;) hoard.push(new Array(100_000).fill(1.5))'],
    ['buffers', 'const hoard = []; for (;;) hoard.push(Buffer.alloc(2 ** 20, 1))'],
    ['arrays between awaits', 'const hoard = []; for (;;) { hoard.push(new Array(100_000).fill(1.5)); await 0 }'],
    ['arrays of a cell that does not want to end', 'const hoard = []; for (;;) { try { hoard.push(new Array(100_000).fill(1.5)); await 0 } catch {} }'],
  ])('EX-98 %s', { timeout: 20_000 }, async (_what, code) => {
    await using session = await createSession({ maxMemoryBytes: 300 * 2 ** 20 });
    await session.execute('const keep = 42');
    const { pid } = session;

    const result = await session.execute(code);

    expect(result).toMatchObject({ status: 'cancelled', cancelled: { by: 'memory', namespaceKept: true } });
    expect(session.pid).toBe(pid);
    expect(await session.execute('keep')).toMatchObject({ value: 42 });
    // What the cell left behind is still there, and may be let go.
    expect(await session.execute('const freed = hoard.length > 0; hoard.length = 0; await new Promise((settle) => setTimeout(settle, 120)); freed')).toMatchObject({ status: 'ok', value: true });
  });
});

test('C62 a heap that does not suffice is told as such, with the last words of V8, and the next cell has a fresh worker', { timeout: 20_000 }, async () => {
  await using session = await createSession({ maxHeapMegabytes: 64 });
  const exited = Promise.withResolvers<WorkerExit>();
  session.on('exit', exited.resolve);

  const result = await session.execute('const hoard = []; for (;;) hoard.push(new Array(100_000).fill(1.5))');

  expect(result).toMatchObject({ status: 'error', error: { name: 'OutOfMemory', message: expect.stringContaining('64 MiB') } });
  expect((await exited.promise).stderr).toContain('heap out of memory');
  expect(await session.execute('typeof hoard')).toMatchObject({ value: 'undefined' });
});

test('the arguments of a worker are not those of user code', async () => {
  await using session = await createSession({ maxMemoryBytes: 2 ** 30 });

  expect(await session.execute('process.argv.length')).toMatchObject({ value: 2 });
});

describe.skipIf(!existsSync('/proc/self/task'))('EX-83 a cell that waits for a child process ends without its worker', () => {
  test('the tree below it is gone and the variables stay', { timeout: 15_000 }, async () => {
    await using session = await createSession();
    await session.execute('const keep = 42');
    const { pid } = session;
    const { result } = await runUntilHere(
      session,
      "console.log('here'); require('node:child_process').execSync('sh -c \"echo child $$; sleep 20; true\" & sleep 30; wait', { stdio: 'inherit' })",
      { timeoutMs: 10_000 },
    );

    await session.cancel();

    expect(await result).toMatchObject({ status: 'cancelled', cancelled: { by: 'user', step: 'terminate', namespaceKept: true } });
    expect(session.pid).toBe(pid);
    expect(await session.execute('keep')).toMatchObject({ value: 42 });
    await expect.poll(() => childrenOf(pid!)).toEqual([]);
  });

  test('what an earlier cell left running goes on, and ends with the session', { timeout: 15_000 }, async () => {
    const session = await createSession();
    const { value: daemon } = await session.execute("const daemon = require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }); daemon.pid");
    await session.execute('await new Promise((settle) => setTimeout(settle, 50))');
    const { result } = await runUntilHere(session, "console.log('here'); require('node:child_process').execSync('sleep 20')");

    await session.cancel();

    expect(await result).toMatchObject({ cancelled: { step: 'terminate', namespaceKept: true } });
    expect(childrenOf(session.pid!)).toEqual([daemon]);

    await session.close();
    await expect.poll(() => isRunning(Number(daemon))).toBe(false);
  });
});
