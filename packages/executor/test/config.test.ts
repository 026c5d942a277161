import { createSession, resolveExecutorConfig, Session, type ExecutorOptions, type SessionOptions } from '@holdfast/executor';
import { openTestExecutor } from '@holdfast/executor/testing';
import { describe, expect, test } from 'vitest';

describe('EX-95 OPS-14 one configuration says how sessions run cells', () => {
  test('everything has its default', () => {
    expect(resolveExecutorConfig()).toMatchObject({
      maxHeapMegabytes: 2048,
      maxOutputCharacters: 1_048_576,
      heartbeatIntervalMs: 5000,
      missedHeartbeats: 3,
      drainTimeoutMs: 500,
      inputTimeoutMs: 300_000,
      capabilityTimeoutMs: 30_000,
      cancelGraceMs: 2000,
      killGraceMs: 3000,
      termGraceMs: 500,
      interceptorBudgetMs: 10,
      maxRoutingConcurrency: Infinity,
      cacheSize: 128,
      fallback: 'never',
      blocking: { enabled: true, endlessLoops: false, warn: false, calls: expect.arrayContaining(['prompt', 'Atomics.wait']) as string[], modules: { fs: ['*Sync'] } },
    });
    expect(resolveExecutorConfig()).not.toHaveProperty('executionTimeoutMs');
  });

  test('it cannot be changed once it is made, and shares nothing with what it was made of', () => {
    const calls = ['wait'];
    const config = resolveExecutorConfig({ cacheSize: 5, blocking: { calls } });
    calls.push('later');

    expect(Object.isFrozen(config)).toBe(true);
    expect(() => Object.assign(config, { cacheSize: 6 })).toThrow(TypeError);
    expect(() => Object.assign(config.blocking, { warn: true })).toThrow(TypeError);
    expect(() => (config.blocking.calls as string[]).push('x')).toThrow(TypeError);
    expect(config).toMatchObject({ cacheSize: 5, blocking: { calls: ['wait'], enabled: true } });
  });

  test.each<[object, ErrorConstructor | RangeErrorConstructor, string]>([
    [{ maxHeapMegabytes: 0 }, RangeError, 'Cannot use maxHeapMegabytes "0": expected a positive number'],
    [{ executionTimeoutMs: Number.NaN }, RangeError, 'Cannot use executionTimeoutMs "NaN": expected a number'],
    [{ cacheSize: 1.5 }, RangeError, 'Cannot use cacheSize "1.5": expected a whole number'],
    [{ drainTimeoutMs: -1 }, RangeError, 'Cannot use drainTimeoutMs "-1": expected a number from 0'],
    [{ cacheSize: '7' }, TypeError, 'Cannot use cacheSize "7": expected a number'],
    [{ fallback: 'sometimes' }, TypeError, 'Cannot use fallback "sometimes": expected one of "never", "return", "always"'],
    [{ blocking: { warn: 'yes' } }, TypeError, 'Cannot use blocking.warn "yes": expected a boolean'],
    [{ blocking: { modules: { fs: [7] } } }, TypeError, 'Cannot use blocking.modules.fs'],
    [{ blocking: { call: [] } }, TypeError, 'Cannot use option "blocking.call": there is none of this name'],
    [{ cacheSise: 1 }, TypeError, 'Cannot use option "cacheSise": there is none of this name'],
  ])('%j is refused: what it is and what was expected', (options, type, message) => {
    expect(() => resolveExecutorConfig(options as ExecutorOptions)).toThrow(type);
    expect(() => resolveExecutorConfig(options as ExecutorOptions)).toThrow(message);
  });

  test('a session refuses an option that it does not have', () => {
    expect(() => new Session({ maxHeapMegabytse: 100 } as SessionOptions)).toThrow('Cannot use option "maxHeapMegabytse": sessions have none of this name');
  });

  test.each<[object, string]>([
    [{ isolation: 'Sandbox' }, 'Cannot use isolation "Sandbox": expected one of "process", "restricted", "sandbox"'],
    [{ isolation: null }, 'Cannot use isolation "null": expected one of "process", "restricted", "sandbox"'],
    [{ language: 'python' }, 'Cannot use language "python": expected one of "typescript", "javascript"'],
  ])('a session with %j is refused, and starts with nothing else in its place', (options, message) => {
    expect(() => new Session(options as SessionOptions)).toThrow(TypeError);
    expect(() => new Session(options as SessionOptions)).toThrow(message);
  });
});

test('EX-27 a session may have a time limit for every cell, which a cell can replace by its own', async () => {
  await using executor = await openTestExecutor({ executionTimeoutMs: 50 });

  expect(await executor.execute('for (;;) {}')).toMatchObject({ status: 'cancelled', cancelled: { by: 'timeout' } });
  expect(await executor.execute('await new Promise((done) => setTimeout(done, 80)); "long"', { timeoutMs: 60_000 })).toMatchObject({ value: 'long' });
});

test.each([Infinity, 2 ** 31, 1e300])('EX-27 a time limit of %d ms cancels nothing at once', async (timeoutMs) => {
  await using executor = await openTestExecutor({ executionTimeoutMs: 60 });

  expect(await executor.execute('await new Promise((done) => setTimeout(done, 120)); "long"', { timeoutMs })).toMatchObject({ value: 'long' });
});

test('EX-27 a time that Node cannot wait for is as long as it can', async () => {
  const endless = { executionTimeoutMs: 3e9, heartbeatIntervalMs: 2 ** 30, missedHeartbeats: 3, idleTimeoutMs: 1e300, startTimeoutMs: 2 ** 31, cancelGraceMs: 2 ** 31, killGraceMs: 2 ** 31 };
  expect(resolveExecutorConfig(endless)).toMatchObject({ executionTimeoutMs: 2 ** 31 - 1, heartbeatIntervalMs: 2 ** 30, startTimeoutMs: 2 ** 31 - 1 });
  await using executor = await openTestExecutor(endless);

  expect(await executor.execute('await new Promise((done) => setTimeout(done, 50)); "long"')).toMatchObject({ value: 'long' });
  expect(executor.session.state).toBe('ready');
  expect(executor.session.health.isHealthy).toBe(true);
});

test.each<[unknown, ErrorConstructor | RangeErrorConstructor, string]>([
  [Number.NaN, RangeError, 'Cannot use timeoutMs "NaN": expected a number'],
  [-1, RangeError, 'Cannot use timeoutMs "-1": expected a number from 0'],
  ['5', TypeError, 'Cannot use timeoutMs "5": expected a number'],
])('EX-27 an execution with a time limit of %s is refused, and the session can be used', async (timeoutMs, type, message) => {
  await using executor = await openTestExecutor();

  const refused = executor.execute('globalThis.ran = true', { timeoutMs: timeoutMs as number });

  await expect(refused).rejects.toThrow(type);
  await expect(refused).rejects.toThrow(message);
  expect(await executor.execute('typeof ran')).toMatchObject({ value: 'undefined' });
});

test('OPS-28 how long a cancelled cell may clean up is configuration', async () => {
  await using executor = await openTestExecutor({ cancelGraceMs: 20 });

  const result = await executor.execute('try { await new Promise(() => {}) } finally { await new Promise(() => {}) }', { timeoutMs: 20 });

  expect(result).toMatchObject({ status: 'cancelled', cancelled: { namespaceKept: true } });
  expect(result.executionTimeMs).toBeLessThan(2000);
});

test('EX-43 a session may let cells return', async () => {
  await using executor = await openTestExecutor({ fallback: 'return' });

  expect(await executor.execute('let n = 1; if (n > 0) return n + 1; n = 9')).toMatchObject({ value: 2 });
  expect(await executor.execute('n')).toMatchObject({ value: 1 });
  expect(await executor.execute('const m: number = n as number; if (m) return m; throw 1')).toMatchObject({ value: 1 });
  expect(await executor.execute('const k: number = 1;\nif (k) throw new Error("x"); return k')).toMatchObject({ error: { message: 'x', span: { line: 2, column: 14 } } });
  expect(await executor.execute('let = = 1; return 2')).toMatchObject({ status: 'error', error: { name: 'SyntaxError' } });
});

test.each([
  ['an enum', 'enum E { X = 4 }; return E.X', 4],
  ['a namespace', 'namespace N { export const n: number = 5 }\n// a comment\nreturn N.n // the end', 5],
  ['a parameter property', 'class P { constructor(readonly n: number) {} }\nreturn new P(6).n', 6],
  ['an import', 'import { sep } from "node:path"; const s: string = sep; return s', '/'],
  ['several imports', '#!/usr/bin/env node\n// first\nimport * as path from "node:path"\nimport { type Stats, statSync } from "node:fs" /* second */\nlet stats: Stats = statSync("/"); return stats.isDirectory() && path.sep', '/'],
  ['an import and an enum', 'import { sep } from "node:path"\nenum F { X = 7 }\nreturn sep + F.X', '/7'],
])('EX-43 a cell of TypeScript may return beside %s', async (_what, code, value) => {
  await using executor = await openTestExecutor({ fallback: 'return' });

  const { value: returned, error } = await executor.execute(code);

  expect({ returned, error }).toEqual({ returned: value, error: undefined });
});

test('EX-35 EX-43 a cell of TypeScript that may return has its own places', async () => {
  await using executor = await openTestExecutor({ fallback: 'return' });
  const span = async (code: string) => (await executor.execute(code)).error?.span;

  expect(await span('enum E { A }; if (E.A) return 5; throw new Error("x")')).toMatchObject({ line: 1, column: 40 });
  expect(await span('import { sep } from "node:path"; const s: string = sep; if (!s) return; throw new Error("x")')).toMatchObject({ line: 1, column: 79 });
  expect(await span('import { sep } from "node:path"\nimport { no } from "node:fs"\nconst s: string = sep; return s')).toMatchObject({ line: 2, column: 1 });
  expect(await span('import { sep } from "node:path"\nenum E { A }\nif (E.A) return sep;\n  throw new Error("x")')).toMatchObject({ line: 4, column: 9 });
});

test('EX-19 what blocks is configuration, and reaches the worker', async () => {
  await using plain = await openTestExecutor();
  await using own = await openTestExecutor({ blocking: { calls: ['slow'], modules: {} } });

  expect((await plain.execute('require("fs").readFileSync("/dev/null")')).mode).toBe('blocking_sync');
  expect((await own.execute('require("fs").readFileSync("/dev/null")')).mode).toBe('simple_sync');
  expect((await own.execute('globalThis.slow = () => 1; slow()')).mode).toBe('blocking_sync');
});

async function hits(cacheSize: number): Promise<number> {
  const counted = new Map<string, number>();
  const metrics = { count: (name: string, by = 1) => void counted.set(name, (counted.get(name) ?? 0) + by), gauge: () => undefined, record: () => undefined };
  await using session = await createSession({ cacheSize, metrics });
  for (const code of ['1', '2', '1', '2']) await session.execute(code);
  return counted.get('cache.hit') ?? 0;
}

test('EX-70 EX-73 the worker remembers as many cells as it is told to', async () => {
  expect(await Promise.all([hits(0), hits(1), hits(2)])).toEqual([0, 0, 2]);
});
