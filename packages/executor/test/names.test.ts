import { createSession, type Session } from '@holdfast/executor';
import { collectMessages } from '@holdfast/executor/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

let session: Session;
beforeAll(async () => {
  session = await createSession();
});
afterAll(async () => session.close());

test('NS-27 a heartbeat tells how many names the user made: declared and assigned ones, without those of the engine and the platform', async () => {
  await using own = await createSession({ heartbeatIntervalMs: 10 });
  using seen = collectMessages(own);
  const lastSize = (): number | undefined => seen.ofType('heartbeat').at(-1)?.namespaceSize;

  await vi.waitFor(() => expect(lastSize()).toBe(0));
  await own.execute('let a = 1; const b = 2; class C {}; function f() {} var v; assigned = 1; globalThis.again = 2; let again = 3; 7', { language: 'javascript' });
  await vi.waitFor(() => expect(lastSize()).toBe(7));
  await own.execute('delete globalThis.assigned');
  await vi.waitFor(() => expect(lastSize()).toBe(6));
});

test('NS-28 lexical names are names like others: each is listed once, and its value is found', async () => {
  await using own = await createSession();
  await own.execute('let lexical = 1; var property = 2; globalThis.both = 3; let both = 4; let never = (() => { throw new Error("no") })()');

  expect(await own.listNames()).toEqual([
    { name: 'property', kind: 'property', type: 'number', preview: '2' },
    { name: 'both', kind: 'lexical', type: 'number', preview: '4' },
    { name: 'lexical', kind: 'lexical', type: 'number', preview: '1' },
    { name: 'never', kind: 'lexical', type: 'unset', preview: '' },
  ]);
});

test('NS-31 a fresh namespace looks like Node to user code, and none of it counts as made by the user', async () => {
  await using own = await createSession();
  const names = ['process', 'require', 'fetch', 'Buffer', 'setTimeout', 'setImmediate', 'queueMicrotask', 'URL', 'AbortController', 'structuredClone', 'console', 'crypto', 'performance', 'TextDecoder', 'WebAssembly', 'globalThis', 'prompt'];

  expect(await own.execute(`${JSON.stringify(names)}.filter((name) => typeof globalThis[name] === 'undefined')`)).toMatchObject({ value: [] });
  expect(await own.execute(`[require('node:os').EOL, process.version, typeof import.meta.url, new URL('http://a/b').pathname]`)).toMatchObject({ value: ['\n', process.version, 'string', '/b'] });
  expect(await own.listNames()).toEqual([]);
});

test('SES-24 NS-04 the worker merges into the one global object: what cells, the engine and the platform have stands there', async () => {
  expect(
    await session.execute(`var made = 1; [globalThis === (0, eval)('this'), globalThis === Function('return this')(), Object.hasOwn(globalThis, 'made'), Object.hasOwn(globalThis, '_'), Object.hasOwn(globalThis, 'fetch')]`),
  ).toMatchObject({ value: [true, true, true, true, true] });
});

describe('NS-18 clearing', () => {
  test('lets go of every name of the user and keeps those of the engine and the platform, and the object itself', async () => {
    await using own = await createSession();
    await own.execute('globalThis.before = globalThis; let a = 1; const b = 2; class C {} function f() { return a } var v = 5; g = 6; import { sep } from "node:path"; 7', { language: 'javascript' });
    const names = (await own.listNames()).map(({ name }) => name);

    const { cleared, kept } = await own.clearNames();

    expect(cleared.toSorted()).toEqual(names.toSorted());
    expect(kept.filter((name) => names.includes(name))).toEqual([]);
    expect(await own.listNames()).toEqual([]);
    expect(await own.execute('[typeof a, typeof b, typeof C, typeof f, typeof v, typeof g, typeof sep, typeof fetch, _]')).toMatchObject({
      value: ['undefined', 'undefined', 'undefined', 'undefined', 'undefined', 'undefined', 'undefined', 'function', 7],
    });
  });

  test('leaves every name free for another kind, and lists it again then', async () => {
    await using own = await createSession();
    await own.execute('const a = 1; class b {} let c = 2; let broken = (() => { throw 1 })()');
    await own.clearNames();

    expect(await own.execute('let a = 10; a = 11; function b() { return 12 } var c = 13; const broken = 14; [a, b(), c, broken]')).toMatchObject({ value: [11, 12, 13, 14] });
    expect((await own.listNames()).map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'broken', 'c']);
  });

  test('says which names would not go', async () => {
    await using own = await createSession();
    await own.execute('Object.defineProperty(globalThis, "fixed", { value: 1 }); using held = { [Symbol.dispose]() {} }; let goes = 2', { language: 'javascript' });

    expect(await own.clearNames()).toEqual({ cleared: ['goes'], kept: ['fixed', 'held'] });
    expect((await own.listNames()).map(({ name }) => name)).toEqual(['fixed', 'held']);
  });

  test('lets go of the checkpoint too, and a checkpoint taken afterwards holds nothing', async () => {
    await using own = await createSession();
    await own.execute('let a = 1; var b = 2');
    const { checkpoint } = await own.checkpoint();
    await own.clearNames();

    expect((await own.checkpoint()).kept).toEqual([]);
    expect((await own.restore(checkpoint)).restored.toSorted()).toEqual(['a', 'b']);
    expect(await own.execute('a + b')).toMatchObject({ value: 3 });
    expect((await own.listNames()).map(({ name }) => name).toSorted()).toEqual(['a', 'b']);
  });

  test('is refused while a cell runs', async () => {
    const began = Promise.withResolvers<void>();
    const running = session.execute(`console.log('here'); await new Promise((turn) => setTimeout(turn, 50)); 1`, { onOutput: () => began.resolve() });
    await began.promise;

    await expect(session.clearNames()).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_SESSION_BUSY' });
    expect(await running).toMatchObject({ value: 1 });
  });
});
