import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession, probeIsolation, strongestIsolation, type ExecuteOptions, type ExecutionResult, type Session } from '@holdfast/executor';
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

test('an unknown folder is a clear error at every level, and none starts a worker', async () => {
  for (const isolation of ['process', 'restricted', 'sandbox'] as const) {
    await expect(createSession({ isolation, directory: join(outside, 'missing') })).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_WORKER_START_FAILED', message: expect.stringContaining('missing') });
  }
});

test('a probe runs something, and the strictest level that works is the one to take', async () => {
  const reports = await Promise.all([probeIsolation('process'), probeIsolation('restricted'), probeIsolation('sandbox')]);

  expect(reports[0]).toEqual({ level: 'process', works: true, detail: 'runs a cell' });
  expect(reports.filter(({ works, mend }) => works === (mend === undefined))).toEqual(reports);
  expect(await strongestIsolation()).toBe(reports.findLast(({ works }) => works)!.level);
});

const isSandboxPossible = (await probeIsolation('sandbox')).works;

describe.skipIf(!isSandboxPossible)('a session in a sandbox', () => {
  let locked: Session;
  beforeAll(async () => {
    locked = await createSession({ isolation: 'sandbox', directory });
  });
  afterAll(async () => locked.close());

  test('runs cells, reads its directory, starts processes, and is stopped like any other', async () => {
    expect(locked.isolation).toBe('sandbox');
    expect(await locked.execute("import { readFileSync } from 'node:fs'; import { execSync } from 'node:child_process'; const n: number = 1; [readFileSync('data.txt', 'utf8'), String(execSync('echo child')), n + (await 1)]")).toMatchObject({
      status: 'ok',
      value: ['here you are', 'child\n', 2],
      stderr: '',
    });
    expect(await locked.execute('for (;;) {}', { timeoutMs: 50 })).toMatchObject({ cancelled: { step: 'terminate', namespaceKept: true } });
    expect(await locked.execute("execSync('sleep 60')", { timeoutMs: 50 })).toMatchObject({ cancelled: { step: 'terminate', namespaceKept: true } });
    expect(await locked.execute('n')).toMatchObject({ value: 1 });
  });

  test.each([
    ['read a file outside', () => `readFileSync(${JSON.stringify(join(outside, 'secret.txt'))}, 'utf8')`, 'ENOENT'],
    ['import a file outside', () => `await import(${JSON.stringify(join(outside, 'secret.mjs'))})`, 'Cannot find module'],
    ['read by a child', () => `execSync('cat ' + ${JSON.stringify(join(outside, 'secret.txt'))}, { stdio: 'pipe' })`, 'No such file'],
    ['read by a link', () => `const link = require('node:os').tmpdir() + '/link'; require('node:fs').symlinkSync(${JSON.stringify(join(outside, 'secret.txt'))}, link); readFileSync(link)`, 'ENOENT'],
    ['see the accounts of the machine', () => `readFileSync('/etc/passwd')`, 'ENOENT'],
    ['write in its directory', () => `require('node:fs').writeFileSync('data.txt', 'x')`, 'EROFS'],
    ['write outside', () => `require('node:fs').writeFileSync(${JSON.stringify(join(outside, 'left.txt'))}, 'x')`, 'ENOENT'],
    ['write at the root', () => `require('node:fs').writeFileSync('/left.txt', 'x')`, 'EROFS'],
    ['write to shared memory', () => `require('node:fs').writeFileSync('/dev/shm/left', 'x')`, 'EROFS'],
    ['reach the network', () => `await fetch('http://1.1.1.1/').catch((error) => { throw error.cause })`, 'ENETUNREACH'],
    ['kill a process outside', () => `process.kill(${process.pid}, 0)`, 'ESRCH'],
    ['mount anything', () => `execSync('mount -t tmpfs none ' + require('node:os').tmpdir(), { stdio: 'pipe' })`, 'Command failed'],
  ])('cannot %s', async (_what, code, message) => {
    expect(await locked.execute(code())).toMatchObject({ status: 'error', error: { message: expect.stringContaining(message) as string } });
  });

  test('sees neither the environment nor the processes of the host', async () => {
    expect(await locked.execute('process.env.HOLDFAST_TEST_SECRET ?? null')).toMatchObject({ value: null });
    expect(await locked.execute('readFileSync(`/proc/${process.ppid}/environ`, "utf8").includes("do not tell")')).toMatchObject({ value: false });
    expect(await locked.execute('require("node:fs").readdirSync("/proc").filter((name) => Number(name) > 0).length')).toMatchObject({ value: 2 });
  });

  test('reaches no server of this machine', async () => {
    const { createServer } = await import('node:http');
    const server = createServer((_request, response) => response.end('reached'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;

    expect(await locked.execute(`await fetch('http://127.0.0.1:${port}/').catch((error) => { throw error.cause })`)).toMatchObject({ status: 'error', error: { message: expect.stringContaining('ECONNREFUSED') as string } });
    server.close();
  });

  test('the death of its worker is told with the signal, and leaves nothing behind', async () => {
    await using own = await createSession({ isolation: 'sandbox', directory });

    const { stdout: folder } = await own.execute("require('node:fs').writeFileSync(require('node:os').tmpdir() + '/mine.txt', 'x'); process.stdout.write(require('node:os').tmpdir()); undefined");
    expect(existsSync(join(folder, 'mine.txt'))).toBe(true);
    expect(await own.execute('process.kill(process.pid, "SIGKILL"); for (;;) {}')).toMatchObject({ error: { name: 'WorkerDied', message: expect.stringContaining('SIGKILL') as string } });
    expect(existsSync(folder)).toBe(false);
    expect(await own.execute('1 + 1')).toMatchObject({ value: 2 });
  });

  test('packages are found where node_modules is a link', async () => {
    const [linked, packages] = [join(directory, 'linked'), join(outside, 'packages')];
    await mkdir(join(packages, 'greeting'), { recursive: true });
    await writeFile(join(packages, 'greeting', 'index.js'), "exports.text = 'good morning'");
    await mkdir(linked);
    await symlink(packages, join(linked, 'node_modules'));
    await using own = await createSession({ isolation: 'sandbox', directory: linked });

    expect(await own.execute("require('greeting').text")).toMatchObject({ value: 'good morning' });
  });

  test('variables are kept and restored as at any level', async () => {
    await using own = await createSession({ isolation: 'sandbox', directory });
    await own.execute('const kept = new Map([["a", 1]]); function twice(n) { return n * 2 }');
    await own.checkpoint();
    await own.execute('process.kill(process.pid, "SIGKILL"); for (;;) {}');

    expect(await own.execute('twice(kept.get("a"))')).toMatchObject({ value: 2 });
  });
});

describe.each(['restricted', 'sandbox'] as const)('what is hidden at the level %s', (isolation) => {
  const works = isolation === 'restricted' ? isPossible : isSandboxPossible;

  test.skipIf(!works)('is not seen in the directory, but for the own folder', async () => {
    const hidden = join(directory, '.data');
    const writableDirectory = join(hidden, 'sessions', 'mine');
    await mkdir(join(hidden, 'sessions', 'other'), { recursive: true });
    await writeFile(join(hidden, 'token'), 'do not tell');
    await writeFile(join(hidden, 'sessions', 'other', 'file'), 'do not tell');
    await using own = await createSession({ isolation, directory, writableDirectory, hiddenPaths: [hidden] });

    for (const path of ['.data/token', '.data/sessions/other/file', join(hidden, 'token')]) {
      expect(await own.execute(`require('node:fs').readFileSync(${JSON.stringify(path)}, 'utf8')`)).toMatchObject({ status: 'error' });
    }
    expect(await own.execute(`require('node:fs').writeFileSync(${JSON.stringify(join(hidden, 'left'))}, 'x')`)).toMatchObject({ status: 'error' });
    expect(await own.execute(`require('node:fs').readFileSync('data.txt', 'utf8')`)).toMatchObject({ value: 'here you are' });
    expect(await own.execute(`require('node:fs').writeFileSync(${JSON.stringify(join(writableDirectory, 'mine.txt'))}, 'kept')`)).toMatchObject({ status: 'ok' });
    expect(await readFile(join(writableDirectory, 'mine.txt'), 'utf8')).toBe('kept');
  });

  test.skipIf(!works)('is no place to start in, by a link neither', async () => {
    const hidden = join(outside, 'hidden');
    await mkdir(join(hidden, isolation), { recursive: true });
    await symlink(hidden, join(outside, `link-${isolation}`));

    for (const place of [hidden, join(hidden, isolation), join(outside, `link-${isolation}`)]) {
      await expect(createSession({ isolation, directory: place, hiddenPaths: [hidden] })).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_DIRECTORY_HIDDEN' });
    }
  });
});

test.skipIf(!isPossible)('a restricted session makes no links to what it may not read', async () => {
  expect(await run(`require('node:fs').symlinkSync(${JSON.stringify(join(outside, 'secret.txt'))}, require('node:os').tmpdir() + '/link')`)).toMatchObject({ status: 'error' });
});

test('a level that does not work here is an error, and nothing weaker is taken', async () => {
  const { PATH } = process.env;
  process.env['PATH'] = outside; // where there is no bubblewrap
  try {
    await expect(createSession({ isolation: 'sandbox', directory })).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_WORKER_START_FAILED', message: 'Cannot start worker: "bwrap" did not start' });
    expect(await probeIsolation('sandbox')).toMatchObject({ works: false, mend: expect.stringContaining('install bubblewrap') as string });
  } finally {
    process.env['PATH'] = PATH;
  }
});
