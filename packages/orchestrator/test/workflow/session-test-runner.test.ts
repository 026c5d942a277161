import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionManager } from '@holdfast/executor';
import { createSessionTestRunner, type SessionTestRunnerOptions, type TestReport } from '@holdfast/orchestrator';
import { expect, onTestFinished, test } from 'vitest';

function open(options: Partial<SessionTestRunnerOptions> = {}) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-tests-')));
  const sessions = new SessionManager();
  onTestFinished(async () => {
    await sessions.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const runner = createSessionTestRunner({ sessions, directory, limits: { isolation: 'restricted' }, ...options });
  const run = async (tests: string, code = 'export const one = 1;', signal = new AbortController().signal): Promise<TestReport> =>
    runner.run({ taskId: 'task', modules: [{ name: 'one', code, tests: `import test from 'node:test';\nimport assert from 'node:assert/strict';\nimport { one } from './one.ts';\n${tests}` }] }, { signal });
  return { directory, sessions, runner, run };
}

test('tests that pass and fail are counted, in suites and below each other too', async () => {
  const { run } = open();

  const report = await run(`
    test('passes', () => assert.equal(one, 1));
    test('fails', () => assert.equal(one, 2, 'one is one'));
    test('is skipped', { skip: true }, () => assert.fail());
    test('waits', async () => { await new Promise((resolve) => setTimeout(resolve, 5)); });
    test.suite('suite', () => { test.it('inner', () => undefined); test.it('throws', () => { throw new TypeError('broken'); }); });
    test('above', async (t) => { await t.test('below', () => undefined); });
  `);

  expect(report).toMatchObject({
    passed: 5,
    failed: 2,
    failures: [
      { test: 'fails', message: expect.stringContaining('one is one') },
      { test: 'throws', message: 'broken' },
    ],
  });
});

test.each([
  ['code that does not parse', 'test("x", () => undefined);', 'export const one: = 1;'],
  ['an export that is missing', 'test("x", () => undefined);', 'export const two = 2;'],
  ['a module that throws', 'test("x", () => undefined);', 'throw new Error("at load"); export const one = 1;'],
  ['an enum, which Node cannot strip', 'test("x", () => undefined);', 'export enum one { a }'],
])('%s is a failure that says so', async (_what, tests, code) => {
  const { passed, failures } = await open().run(tests, code);

  expect([passed, failures.length]).toEqual([0, 1]);
  expect(failures[0]?.message).not.toBe('');
});

test('a file without tests is no success', async () => {
  expect(await open().run('')).toMatchObject({ passed: 0, failed: 0 });
});

test('ORC-20 ORC-37 WF-26 tests that never yield are ended at their limit, and their worker is gone', async () => {
  const { run, sessions } = open({ timeoutMs: 300 });

  expect(await run('test("spins", () => { for (;;); });')).toMatchObject({ passed: 0, failures: [{ test: 'all', message: 'The tests took longer than 300 ms' }] });
  expect(await run('test("waits", () => new Promise(() => undefined));')).toMatchObject({ failures: [{ message: 'The tests took longer than 300 ms' }] });
  expect(sessions.list()).toEqual([]);
});

test('ORC-37 tests that are told to end do, though they never yield', async () => {
  const { run, sessions } = open();
  const stop = new AbortController();
  const running = run('test("spins", () => { for (;;); });', undefined, stop.signal);
  while (sessions.list().every(({ runningExecutionId }) => runningExecutionId === undefined)) await new Promise((resolve) => setImmediate(resolve));

  stop.abort(new Error('enough'));

  await expect(running).rejects.toThrow('enough');
  expect(sessions.list()).toEqual([]);
});

test('what ends its process, prints or answers for the tests does no harm to the next run', async () => {
  const { run } = open();

  expect(await run('process.exit(0);')).toMatchObject({ passed: 0, failed: 1 });
  expect(await run('console.log("{}"); test("x", () => process.exit(3));')).toMatchObject({ passed: 0, failed: 1 });
  expect(await run('process.abort();')).toMatchObject({ passed: 0, failed: 1 });
  expect(await run('test("x", () => undefined);')).toMatchObject({ passed: 1, failed: 0 });
});

test('code stays in its folder, and starts no processes', async () => {
  const { run, directory } = open();
  const outside = join(directory, 'outside');

  const { failures } = await run(`
    import { writeFileSync } from 'node:fs';
    import { spawnSync } from 'node:child_process';
    test('writes', () => writeFileSync(${JSON.stringify(outside)}, 'x'));
    test('spawns', () => { const { error } = spawnSync('true'); if (error) throw error; });
  `);

  expect(failures.map(({ test: title }) => title)).toEqual(['writes', 'spawns']);
  expect(existsSync(outside)).toBe(false);
});

test('each task has a folder of its own, whatever its id, and no half-written file in it', async () => {
  const { runner, directory } = open();
  const ids = ['plain', '../up', 'a/b', 'Ä', 'ä', 'x'.repeat(256), '.', 'PLAIN', 'con:fig'];

  expect(new Set(ids.map((id) => runner.folderOf(id)?.toLowerCase())).size).toBe(ids.length);
  for (const id of ids) expect(runner.folderOf(id)?.startsWith(`${directory}/`)).toBe(true);
  await runner.run({ taskId: '../up', modules: [{ name: 'one', code: '', tests: '' }] }, { signal: new AbortController().signal });
  expect(readdirSync(runner.folderOf('../up') ?? '').toSorted()).toEqual(['one.test.ts', 'one.ts', 'package.json']);
});

test('SRV-58 what a crash left half written is gone after the next run', async () => {
  const { runner, run, directory } = open();
  const folder = runner.folderOf('task') ?? '';
  mkdirSync(folder);
  writeFileSync(join(folder, 'one.ts.new'), 'export const');

  expect(await run(`test('passes', () => assert.equal(one, 1));`)).toMatchObject({ passed: 1, failed: 0 });

  expect(readdirSync(folder).toSorted()).toEqual(['one.test.ts', 'one.ts', 'package.json']);
  expect(readdirSync(directory)).toEqual(['task']);
});
