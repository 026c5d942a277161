import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createSession, type ExecutionResult, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runUntilHere } from './run-until.ts';

let session: Session;
beforeAll(async () => {
  session = await createSession();
});
afterAll(async () => session.close());

async function run(code: string): Promise<ExecutionResult> {
  return session.execute(code);
}

describe('EX-57 what the executor gives', () => {
  test.each([
    ['a simple value', ['40 + 2'], { status: 'ok', value: 42 }],
    ['what is printed', ['console.log("printed")'], { status: 'ok', stdout: 'printed\n' }],
    ['what is thrown', ['throw new RangeError("far")'], { status: 'error', error: { name: 'RangeError', message: 'far' } }],
    ['names of earlier cells', ['const kept57 = [1]', 'kept57.push(2); kept57'], { value: [1, 2] }],
    ['the last of several lines', ['const lines57 = 3\nconst more57 = 4\nlines57 * more57'], { value: 12 }],
  ])('%s', async (_what, cells, outcome) => {
    let result: ExecutionResult | undefined;
    for (const cell of cells) result = await run(cell);

    expect(result).toMatchObject(outcome);
  });
});

test('EX-09 code that does not parse takes the same way as all other code, only to have its error told with its place', async () => {
  expect(await run('const ok = 1;\nconst = 2')).toMatchObject({ status: 'error', mode: 'unknown', error: { name: 'SyntaxError', span: { line: 2, column: 7 } } });
  expect(await run('typeof ok')).toMatchObject({ value: 'undefined' });
});

test('EX-10 top-level await runs, and nothing refuses it', async () => {
  expect(await run('await Promise.resolve(10)')).toMatchObject({ status: 'ok', mode: 'top_level_await', value: 10 });
});

test.each([
  ['values', 'out.push(1); out', [1]],
  ['a history', '_', 'before'],
  ['notes', 'throw new Error("x")', undefined],
  ['order', 'console.log("a"); console.error("b"); out.push(2); out.length', 2],
])('EX-58 a cell that blocks has the same names, history, notes and order as one that does not: %s', async (_what, code, value) => {
  const block = 'require("node:fs").readFileSync("/dev/null");';
  const outcomes: ExecutionResult[] = [];
  for (const before of ['', `${block} `]) {
    await using own = await createSession();
    const heard: string[] = [];
    own.on('output', ({ text }) => heard.push(text));
    await own.execute('var out = []; "before"');
    if (code.includes('out.length')) await own.execute('out.push(1); undefined');
    outcomes.push(await own.execute(before + code, { executionId: 'same' }));
    expect(outcomes.at(-1)?.stdout + heard.join('')).toBe(outcomes[0]!.stdout + heard.join(''));
  }

  const [plain, blocking] = outcomes;
  expect(plain!.mode).toBe('simple_sync');
  expect(blocking!.mode).toBe('blocking_sync');
  expect(blocking).toMatchObject({ status: plain!.status, value: plain!.value, repr: plain!.repr, stdout: plain!.stdout, stderr: plain!.stderr });
  expect(plain!.value ?? undefined).toEqual(value);
  expect(blocking!.error?.notes[0]).toBe(plain!.error?.notes[0]);
});

test('EX-49 EX-55 one function runs everything and is awaited; the host goes on while the cell blocks', async () => {
  let turns = 0;
  const count = setInterval(() => (turns += 1), 1);

  const running = session.execute('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); "done"');
  expect(running).toBeInstanceOf(Promise);
  const result = await running;
  clearInterval(count);

  expect(result).toMatchObject({ mode: 'blocking_sync', value: 'done' });
  expect(turns).toBeGreaterThan(0);
});

test('EX-50 EX-89 each execution has state of its own, and shares nothing with the others but the namespace', async () => {
  await run('var shared89 = 1; console.log("one"); process.exitCode = 3; "value"');
  await run('console.error("two"); throw new Error("three")');
  await session.execute('for (;;) {}', { timeoutMs: 20 });
  await run('process.exit(4)');

  expect(await session.execute('shared89', { executionId: 'fresh' })).toEqual({
    executionId: 'fresh',
    sessionId: session.id,
    status: 'ok',
    mode: 'simple_sync',
    value: 1,
    repr: '1',
    stdout: '',
    stderr: '',
    executionTimeMs: expect.any(Number) as number,
    queuedTimeMs: expect.any(Number) as number,
  });
});

test('EX-75 EX-81 an execution is tracked while it runs, and none is left however it ended', async () => {
  const endings = ['1', 'throw 1', 'await Promise.reject(2)', 'const = 3', 'process.exit(4)'];
  for (const code of endings) {
    const running = session.execute(code, { executionId: 'tracked' });
    expect(session.runningExecutionId).toBe('tracked');
    await running;
    expect(session.runningExecutionId).toBeUndefined();
    expect(await session.cancel()).toBe(false);
  }

  const { result } = await runUntilHere(session, 'console.log("here"); await new Promise(() => {})');
  expect(await session.cancel()).toBe(true);
  await result;
  expect([session.runningExecutionId, session.state]).toEqual([undefined, 'ready']);
});

test('EX-62 running cells makes no threads, channels or timers in the host', async () => {
  await run('1');
  const before = process.getActiveResourcesInfo();

  for (let cell = 0; cell < 20; cell += 1) await run('await 0; console.log(1)');

  const added = process.getActiveResourcesInfo().filter((kind) => {
    const at = before.indexOf(kind);
    if (at !== -1) before.splice(at, 1);
    return at === -1;
  });
  expect(added).toEqual([]);
});

describe('EX-63 EX-65 use at the wrong moment is the same clear error each time', () => {
  const busy = expect.objectContaining({ code: 'HOLDFAST_EXECUTOR_SESSION_BUSY' }) as Error;
  const closed = expect.objectContaining({ code: 'HOLDFAST_EXECUTOR_SESSION_CLOSED' }) as Error;

  test.each<[string, (again: () => void) => void]>([
    ['in the same turn', (again) => again()],
    ['in a microtask', (again) => queueMicrotask(again)],
    ['in a timer', (again) => void setImmediate(again)],
  ])('while a cell runs, %s', async (_when, call) => {
    const { result } = await runUntilHere(session, 'console.log("here"); await new Promise((done) => setTimeout(done, 30)); "first"');
    const second = Promise.withResolvers<ExecutionResult>();
    call(() => void session.execute('2').then(second.resolve, second.reject));

    await expect(second.promise).rejects.toEqual(busy);
    expect(await result).toMatchObject({ value: 'first' });
  });

  test('from the listeners of a running cell', async () => {
    const refused: unknown[] = [];
    const again = (): void => void session.execute('2').catch((error: unknown) => refused.push(error));

    await session.execute('console.log("output")', { onStart: again, onOutput: again });

    expect(refused).toEqual([busy, busy]);
  });

  test('after the session was closed, whatever is asked', async () => {
    const own = await createSession();
    await own.close();

    for (const ask of [async () => own.execute('1'), async () => own.listNames(), async () => own.checkpoint(), async () => own.clearNames(), async () => own.start(), async () => own.offerCapabilities({})]) {
      await expect(ask()).rejects.toEqual(closed);
    }
    await own.close();
    expect(await own.cancel()).toBe(false);
  });

  test('user code has no way to its own session', async () => {
    expect(await run('import("@holdfast/executor/session").then((found) => Object.keys(found).includes("createSession") && typeof globalThis.session)')).toMatchObject({ status: 'ok' });
    expect(await run('typeof session')).toMatchObject({ value: 'undefined' });
  });
});

test('SES-03 one session has one worker for all its cells, and no other session has it', async () => {
  await using other = await createSession();
  const pids = [session.pid, other.pid];

  expect(await run('process.pid')).toMatchObject({ value: pids[0] });
  expect(await other.execute('process.pid')).toMatchObject({ value: pids[1] });
  expect([session.pid, other.pid]).toEqual(pids);
  expect(new Set(pids).size).toBe(2);
});

test('SES-13 a worker is started from the entry of this package, and messages have a channel of their own', async () => {
  const entry = fileURLToPath(import.meta.resolve('@holdfast/executor/worker'));

  expect(readFileSync(`/proc/${session.pid}/cmdline`, 'utf8').split('\0')).toContain(entry);
  expect(await run('require("node:fs").fstatSync(3).isSocket()')).toMatchObject({ value: true });
});

test('SES-25 a worker starts without holding the host up', async () => {
  let turns = 0;
  const count = setInterval(() => (turns += 1), 1);

  await using own = await createSession();
  clearInterval(count);

  expect(own.state).toBe('ready');
  expect(turns).toBeGreaterThan(0);
});
