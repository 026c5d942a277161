import { createSession, SessionManager, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runUntilHere } from './run-until.ts';

let session: Session;
beforeAll(async () => {
  process.env['HOLDFAST_TEST_SECRET'] = 'do not tell';
  session = await createSession({ environment: { GRANTED: 'seen' } });
});
afterAll(async () => {
  delete process.env['HOLDFAST_TEST_SECRET'];
  await session.close();
});

test('EX-88 SES-17 a second cell is refused while one runs, which goes on undisturbed', async () => {
  const { result } = await runUntilHere(session, "let finish; console.log('here'); await new Promise((settle) => { setTimeout(() => settle('done'), 50) })", {
    executionId: 'the first',
  });

  expect(session.state).toBe('busy');
  await expect(session.execute('2')).rejects.toMatchObject({
    code: 'HOLDFAST_EXECUTOR_SESSION_BUSY',
    retriable: true,
    data: { sessionId: session.id, runningExecutionId: 'the first' },
  });
  expect(await result).toMatchObject({ status: 'ok', value: 'done' });
  expect(session.state).toBe('ready');
});

test('EX-60 a closed session refuses everything, and closing twice is closing once', async () => {
  const closed = await createSession();
  await closed.close();
  await closed.close();

  expect(closed.state).toBe('closed');
  await expect(closed.execute('1')).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_SESSION_CLOSED' });
  await expect(closed.start()).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_SESSION_CLOSED' });
  await expect(closed.listNames()).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_SESSION_CLOSED' });
});

test('SES-27 closing while a cell runs settles it', async () => {
  const open = await createSession();
  const { result } = await runUntilHere(open, "console.log('here'); await new Promise(() => {})");

  await open.close();

  expect(await result).toMatchObject({ status: 'cancelled', cancelled: { by: 'shutdown', step: 'sigkill', namespaceKept: false } });
  expect(open.state).toBe('closed');
});

test('SES-27 C61 a worker that dies mid-cell ends the cell, and the next cell has a fresh worker', async () => {
  await using mortal = await createSession();
  await mortal.execute('const lost = 1');
  const before = mortal.pid!;
  const { result } = await runUntilHere(mortal, "console.log('here'); await new Promise(() => {})");

  process.kill(before, 'SIGKILL');

  expect(await result).toMatchObject({ status: 'error', value: null, error: { name: 'WorkerDied', message: expect.stringContaining('SIGKILL') } });
  expect(mortal.state).toBe('suspended');
  expect(mortal.pid).toBeUndefined();
  expect(await mortal.execute('typeof lost')).toMatchObject({ status: 'ok', value: 'undefined' });
  expect(mortal.pid).not.toBe(before);
});

test('C62 a cell that outgrows the heap ends with its worker, and the next cell has a fresh one', async () => {
  await using small = await createSession({ maxHeapMegabytes: 64 });

  const result = await small.execute('const hoard = []; for (;;) hoard.push(new Array(100_000).fill(1.5))');

  expect(result).toMatchObject({ status: 'error', error: { name: 'OutOfMemory', message: expect.stringContaining('64 MiB') } });
  expect(await small.execute('typeof hoard')).toMatchObject({ value: 'undefined' });
});

test('SES-26 a worker that cannot become ready is an error with what it said', async () => {
  await expect(createSession({ environment: { NODE_OPTIONS: '--no-such-flag' } })).rejects.toMatchObject({
    code: 'HOLDFAST_EXECUTOR_WORKER_START_FAILED',
    retriable: true,
  });
});

test('secrets of the host are not visible to user code, and what is granted is', async () => {
  const { value } = await session.execute('({ secret: process.env.HOLDFAST_TEST_SECRET ?? null, granted: process.env.GRANTED, path: typeof process.env.PATH })');

  expect(value).toEqual({ secret: null, granted: 'seen', path: 'string' });
  const { value: names } = await session.execute('Object.keys(process.env)');
  expect(names).not.toContain('HOLDFAST_TEST_SECRET');
});

test('listNames tells names, kinds and values of the user only', async () => {
  await using own = await createSession();
  await own.execute('const price = 20; var plain = "text"; bare = [1, 2]; function total() {} class Order {}');

  const names = await own.listNames();

  expect(names.toSorted((left, right) => left.name.localeCompare(right.name))).toEqual([
    { name: 'bare', kind: 'property', type: 'object', preview: '[ 1, 2 ]' },
    { name: 'Order', kind: 'lexical', type: 'function', preview: '[class Order]' },
    { name: 'plain', kind: 'property', type: 'string', preview: "'text'" },
    { name: 'price', kind: 'lexical', type: 'number', preview: '20' },
    { name: 'total', kind: 'property', type: 'function', preview: '[Function: total]' },
  ]);
});

test('listNames survives a getter that throws', async () => {
  await using own = await createSession();
  await own.execute("Object.defineProperty(globalThis, 'trap', { get() { throw new Error('no') }, configurable: true, enumerable: true }); undefined");

  expect(await own.listNames()).toEqual([{ name: 'trap', kind: 'property', type: 'unset', preview: '' }]);
});

test('C66 names may be those of built-ins that the engine uses', async () => {
  await using own = await createSession({ language: 'javascript' });
  await own.execute('const process = 1, Promise = 2, Map = 3, Set = 4, JSON = 5, setImmediate = 6, Array = 7, Buffer = 8');

  const result = await own.execute("console.log('heard'); await [process + Promise + Map + Set + JSON + setImmediate + Array + Buffer]");

  expect(result).toMatchObject({ status: 'ok', value: [36], stdout: 'heard\n' });
});

test('user code finds nothing of the engine but one name, which it cannot change', async () => {
  const { value } = await session.execute("[Object.keys(globalThis).filter((name) => name.startsWith('__')), typeof __holdfast_tools, Reflect.set(globalThis, '__holdfast', 1)]");

  expect(value).toEqual([[], 'undefined', false]);
});

test('EX-35 frames of the engine are hidden and a filename of the caller is used', async () => {
  const { error } = await session.execute("await null;\nnull.missing", { filename: 'src/order total.ts' });

  expect(error).toMatchObject({ name: 'TypeError', span: { file: 'src/order total.ts', line: 2, column: 6 } });
  expect(error?.stack.split('\n')).toEqual(["TypeError: Cannot read properties of null (reading 'missing')", '    at src/order total.ts:2:6']);
});

describe('SES-31 a session manager', () => {
  test('keeps sessions by id, up to its limit', async () => {
    await using manager = new SessionManager({ maxSessions: 2 });
    const first = manager.create({ sessionId: 'one' });

    expect(manager.get('one')).toBe(first);
    expect(manager.find('two')).toBeUndefined();
    expect(() => manager.get('two')).toThrow(expect.objectContaining({ code: 'HOLDFAST_EXECUTOR_SESSION_NOT_FOUND' }));
    expect(() => manager.create({ sessionId: 'one' })).toThrow(expect.objectContaining({ code: 'HOLDFAST_EXECUTOR_SESSION_EXISTS' }));

    manager.create({ sessionId: 'two' });
    expect(() => manager.create()).toThrow(expect.objectContaining({ code: 'HOLDFAST_EXECUTOR_TOO_MANY_SESSIONS', retriable: true }));
    expect(manager.list().map(({ id }) => id)).toEqual(['one', 'two']);

    await manager.remove('one');
    expect(first.state).toBe('closed');
    expect(manager.list().map(({ id }) => id)).toEqual(['two']);
  });

  test('its sessions start with their first cell and share nothing', async () => {
    await using manager = new SessionManager();
    const [one, two] = [manager.create(), manager.create()];
    expect(one.state).toBe('suspended');

    const [first] = await Promise.all([one.execute('var shared = 1; shared'), two.execute('1')]);

    expect(first).toMatchObject({ value: 1 });
    expect(await two.execute('typeof shared')).toMatchObject({ value: 'undefined' });
    expect(one.pid).not.toBe(two.pid);
  });

  test('closing it closes its sessions', async () => {
    const manager = new SessionManager();
    const only = manager.create();
    await only.start();

    await manager.close();

    expect(only.state).toBe('closed');
    expect(manager.list()).toEqual([]);
  });
});
