import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession, type ExecuteOptions, type ExecutionResult, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const isPossible = process.allowedNodeEnvironmentFlags.has('--allow-inspector');

let outside: string;
let directory: string;
let session: Session | undefined;
beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'holdfast-outside-'));
  directory = await mkdtemp(join(tmpdir(), 'holdfast-inside-'));
  await writeFile(join(outside, 'secret.txt'), 'do not tell');
  await writeFile(join(directory, 'data.txt'), 'here you are');
  process.env['HOLDFAST_TEST_SECRET'] = 'do not tell';
  if (isPossible) session = await createSession({ isolation: 'restricted', directory });
});
afterAll(async () => {
  delete process.env['HOLDFAST_TEST_SECRET'];
  await session?.close();
  await rm(outside, { recursive: true });
  await rm(directory, { recursive: true });
});

async function run(code: string, options?: ExecuteOptions): Promise<ExecutionResult> {
  return session!.execute(code, options);
}

const denied = { status: 'error', error: { name: 'Error', message: expect.stringContaining('Access to this API has been restricted') } };

describe.skipIf(!isPossible)('a restricted session', () => {
  test('runs cells, reads its directory, and is stopped like any other', async () => {
    expect(await run("import { readFileSync } from 'node:fs'; console.log(readFileSync('data.txt', 'utf8')); const n: number = 1; n + (await 1)")).toMatchObject({
      status: 'ok',
      value: 2,
      stdout: 'here you are\n',
      stderr: '',
    });
    expect(await run('for (;;) {}', { timeoutMs: 50 })).toMatchObject({ cancelled: { step: 'terminate', namespaceKept: true } });
    expect(await run('n')).toMatchObject({ value: 1 });
  });

  test('cannot read outside', async () => {
    expect(await run(`readFileSync(${JSON.stringify(join(outside, 'secret.txt'))}, 'utf8')`)).toMatchObject(denied);
    expect(await run(`await import(${JSON.stringify(join(outside, 'secret.mjs'))})`)).toMatchObject({ status: 'error' });
  });

  test('cannot see the environment of the host', async () => {
    expect(await run('process.env.HOLDFAST_TEST_SECRET ?? null')).toMatchObject({ value: null });
    expect(await run('readFileSync(`/proc/${process.ppid}/environ`, "utf8")')).toMatchObject(denied);
  });

  test('writes only in its own folder, which goes with the worker', async () => {
    expect(await run(`require('node:fs').writeFileSync(${JSON.stringify(join(outside, 'left.txt'))}, 'x')`)).toMatchObject(denied);
    expect(await run("require('node:fs').writeFileSync('data.txt', 'x')")).toMatchObject(denied);
    expect(await readFile(join(directory, 'data.txt'), 'utf8')).toBe('here you are');

    await using own = await createSession({ isolation: 'restricted', directory });
    const { stdout: folder } = await own.execute("const folder = require('node:os').tmpdir(); require('node:fs').writeFileSync(folder + '/mine.txt', 'x'); process.stdout.write(folder)");
    expect(await readFile(join(folder, 'mine.txt'), 'utf8')).toBe('x');
    await own.close();
    expect(existsSync(folder)).toBe(false);
  });

  test('keeps a folder that it was given', async () => {
    const writableDirectory = await mkdtemp(join(tmpdir(), 'holdfast-writable-'));
    await using own = await createSession({ isolation: 'restricted', directory, writableDirectory });

    await own.execute(`require('node:fs').writeFileSync(${JSON.stringify(join(writableDirectory, 'mine.txt'))}, 'kept')`);
    await own.close();

    expect(await readFile(join(writableDirectory, 'mine.txt'), 'utf8')).toBe('kept');
  });

  test.each([
    ['a process', "require('node:child_process').execSync('true')", 'restricted'],
    ['a thread', "new (require('node:worker_threads').Worker)('1', { eval: true })", 'the session is restricted'],
    ['a thread by import', "const { Worker } = await import('node:worker_threads'); new Worker('1', { eval: true })", 'the session is restricted'],
    ['the inspector', "new (process.getBuiltinModule('inspector').Session)()", 'the session is restricted'],
    ['internals', "process.binding('spawn_sync')", 'process.binding'],
  ])('cannot start or reach %s', async (_what, code, message) => {
    expect(await run(code)).toMatchObject({ status: 'error', error: { message: expect.stringContaining(message) } });
  });
});
