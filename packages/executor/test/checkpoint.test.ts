import { createHash } from 'node:crypto';
import { createSession, type Session } from '@holdfast/executor';
import { namespaceFormat } from '@holdfast/namespace';
import { checkpointFormat, createMessage, type CheckpointData } from '@holdfast/protocol';
import { expect, test } from 'vitest';
import { startWorker } from '../src/process/worker-process.ts';
import { runUntilHere } from './run-until.ts';

/** Runs cells in one session and gives what a fresh one knows of it. */
async function carryOver(...cells: readonly string[]): Promise<{ fresh: Session; kept: readonly string[]; skipped: Record<string, string>; checkpoint: CheckpointData }> {
  await using session = await createSession({ language: 'javascript' });
  for (const cell of cells) expect(await session.execute(cell)).toMatchObject({ status: 'ok' });
  const { checkpoint, kept, skipped } = await session.checkpoint();
  const fresh = await createSession({ language: 'javascript' });
  await fresh.restore(checkpoint);
  return { fresh, kept, skipped: Object.fromEntries(skipped.map(({ name, reason }) => [name, reason])), checkpoint };
}

test('the format of the message is the format of the bytes', () => {
  expect(checkpointFormat).toBe(namespaceFormat);
});

test('NS-23 NS-24 names come back in a fresh worker with kind, identity and cycles', async () => {
  const { fresh, kept, skipped } = await carryOver(
    "let count = 5; const fixed = { deep: [1n, -0, NaN, new Map([['k', new Date(5)]])] }; var plain = 'text'; bare = [fixed]; fixed.self = fixed;",
  );
  await using _ = fresh;

  expect(kept.toSorted()).toEqual(['bare', 'count', 'fixed', 'plain']);
  expect(skipped).toEqual({});
  const { value } = await fresh.execute("[count, plain, bare[0] === fixed, fixed.self === fixed, fixed.deep[0] === 1n, Object.is(fixed.deep[1], -0), fixed.deep[3].get('k').getTime()]");
  expect(value).toEqual([5, 'text', true, true, true, true, 5]);
  expect(await fresh.execute('fixed = 1')).toMatchObject({ status: 'error', error: { name: 'TypeError' } });
  expect(await fresh.execute('count += 1; const count2 = count; let fixed2 = 1; count2')).toMatchObject({ value: 6 });
});

test('NS-24 the stack of an error comes back as it was read, also where the user formats stacks', async () => {
  const { fresh, skipped } = await carryOver(
    'const read = new Error("read"); const text = read.stack; const unread = new Error("unread");',
    "let asked = 0; Error.prepareStackTrace = () => { asked += 1; return 'formatted' }; const late = new Error('late');",
  );
  await using _ = fresh;

  expect(skipped).toEqual({});
  const { value } = await fresh.execute('[read.stack === text, unread.stack.split("\\n").length, late.stack.split("\\n")[0], asked]');
  expect(value).toEqual([true, 2, 'Error: late', 0]);
});

test('NS-25 functions that call each other and use data come back and see each other', async () => {
  const { fresh, skipped } = await carryOver(
    'const rate = 3; function isEven(n) { return n === 0 || isOdd(n - 1); } const isOdd = (n) => n !== 0 && isEven(n - 1);',
    'const total = async (n) => { await null; return isEven(n) ? n * rate : 0; }; function* upTo(n) { for (let i = 0; i < n; i += 1) yield i; } const table = { total, isEven };',
  );
  await using _ = fresh;

  expect(skipped).toEqual({});
  const { value } = await fresh.execute('[await total(4), isOdd(3), table.total === total, [...upTo(3)], total.name, isEven.name]');
  expect(value).toEqual([12, true, true, [0, 1, 2], 'total', 'isEven']);
  expect(await fresh.execute('const rate = 10; await table.total(4)')).toMatchObject({ value: 40 });
});

test('NS-25 a function that captured a variable is left out with that reason, also where a global has the name', async () => {
  const { fresh, kept, skipped } = await carryOver(
    'let count = 1; function make() { let count = 10; return { up: () => ++count }; } const counter = make(); const uses = () => counter.up(); { let hidden = 1; var block = () => hidden; }',
  );
  await using _ = fresh;

  expect(kept.toSorted()).toEqual(['count', 'make']);
  expect(skipped).toEqual({
    counter: 'holds a function that captures "count" at .up',
    uses: 'needs "counter", which is not kept',
    block: 'a function that captures "hidden"',
  });
  expect(await fresh.execute('[typeof counter, count, make().up()]')).toMatchObject({ value: ['undefined', 1, 11] });
});

test('NS-25 a function that needs what is not there is left out, and so is what needs it', async () => {
  const { fresh, skipped } = await carryOver(
    "const fs = require('node:fs'); const read = () => fs.readFileSync; const top = () => read(); const missing = () => nowhere; const evil = () => eval('1'); const mine = { method() { return 1; } }; const here = () => this;",
  );
  await using _ = fresh;

  expect(skipped).toEqual({
    fs: expect.stringMatching(/^holds |^a getter at /u),
    read: 'needs "fs", which is not kept',
    top: 'needs "read", which is not kept',
    missing: 'a function that needs "nowhere", which is not kept',
    evil: 'a function that calls eval',
    mine: 'holds a method at .method',
    here: 'a function that uses the "this" or "arguments" around it',
  });
});

test('NS-24 NS-25 classes come back after their parents, with their instances', async () => {
  const { fresh, skipped } = await carryOver(
    `class Shape { static made = 0; constructor(name) { this.name = name; Shape.made += 1; } get label() { return 'a ' + this.name; } static of(name) { return new this(name); } *[Symbol.iterator]() { yield this.name; } }
     class Square extends Shape { side = 2; area() { return this.side ** 2 + (super.label === 'a square' ? 0 : 1); } }
     class Fault extends Error { code = 7 } class Registry extends Map { first() { return [...this.keys()][0]; } }
     const square = Square.of('square'); const fault = new Fault('broken'); const registry = new Registry([[square, 1]]);`,
  );
  await using _ = fresh;

  expect(skipped).toEqual({});
  const { value } = await fresh.execute(
    "[square instanceof Square, square instanceof Shape, square.area(), square.label, [...square], Shape.made, fault instanceof Fault, fault instanceof Error, fault.message, fault.code, registry.first() === square, registry.size, Square.of('new').label, Object.prototype.toString.call(fault)]",
  );
  expect(value).toEqual([true, true, 4, 'a square', ['square'], 1, true, true, 'broken', 7, true, 1, 'a new', '[object Error]']);
});

test('NS-25 classes and instances whose text does not say everything are left out', async () => {
  const { fresh, kept, skipped } = await carryOver(
    `class Safe { #secret = 1; read() { return this.#secret; } } const safe = new Safe();
     class Ran { static { globalThis.ran = (globalThis.ran ?? 0) + 1; } } class Patched { go() {} } Patched.prototype.extra = () => 1; const patched = new Patched();
     const bus = new EventTarget(); class Bus extends EventTarget {} const mine = new Bus(); const timer = setTimeout(() => {}, 1e6); timer.unref(); const pending = Promise.resolve(1); class Later { static at = Date.now() }`,
  );
  await using _ = fresh;

  expect(kept.toSorted()).toEqual(['Bus', 'Safe', 'ran']);
  expect(skipped).toEqual({
    safe: 'an instance of Safe, which has private fields',
    Ran: 'a class with a static block',
    Patched: 'a class that was changed after it was made',
    patched: 'holds a class that was changed after it was made at .constructor',
    bus: 'an EventTarget',
    mine: 'an instance of Bus, which is an EventTarget',
    timer: 'a Timeout',
    pending: 'a Promise',
    Later: 'a class whose static fields are computed or private',
  });
  expect(await fresh.execute('[ran, new Safe().read()]')).toMatchObject({ value: [1, 1] });
});

test('NS-02 NS-23 a restore merges: other names, the global object and functions that look at it stay', async () => {
  await using old = await createSession();
  await old.execute('let shared = 1; var owned = 2; const onlyOld = 3;');
  const { checkpoint } = await old.checkpoint();
  await using live = await createSession();
  await live.execute('const here = globalThis; let shared = 10; const look = () => [shared, owned]; let other = 30; let owned = 20; const identity = { a: 1 };');

  const { restored, skipped } = await live.restore(checkpoint);

  expect(restored.toSorted()).toEqual(['onlyOld', 'owned', 'shared']);
  expect(skipped).toEqual([]);
  expect(await live.execute('[here === globalThis, look(), other, onlyOld, identity.a]')).toMatchObject({ value: [true, [1, 2], 30, 3, 1] });
});

test('NS-05 NS-21 a function finds helpers that are defined, restored and changed after it', async () => {
  await using session = await createSession();
  await session.execute('const outer = () => helper(); function helper() { return 1; }');
  const { checkpoint } = await session.checkpoint();
  await session.execute('function helper() { return 2; }');

  expect(await session.execute('outer()')).toMatchObject({ value: 2 });
  await session.restore(checkpoint);
  expect(await session.execute('const own = helper; outer()')).toMatchObject({ value: 1 });
});

test('EX-83 NS-23 a fresh worker takes the checkpoint of one that was killed', async () => {
  await using session = await createSession();
  await session.execute('const results = new Map([["a", [1, 2]]]); const sum = () => results.get("a").reduce((x, y) => x + y);');
  const { checkpoint } = await session.checkpoint();
  const before = session.pid!;
  const { result } = await runUntilHere(session, "console.log('here'); await new Promise(() => {})");
  process.kill(before, 'SIGKILL');
  await result;

  await session.restore(checkpoint);

  expect(session.pid).not.toBe(before);
  expect(await session.execute('sum()')).toMatchObject({ value: 3 });
});

test('PRO-06 a checkpoint says what it is, and taking it again changes nothing but its identity', async () => {
  await using session = await createSession();
  await session.execute('const a = { b: () => 1 }; _ = 1', { executionId: 'the last' });

  const first = await session.checkpoint();
  const second = await session.checkpoint();

  const { namespace, digest, size, format, executionId } = first.checkpoint;
  expect({ digest, size, format, executionId }).toEqual({
    digest: createHash('sha256').update(namespace).digest('hex'),
    size: namespace.length,
    format: checkpointFormat,
    executionId: 'the last',
  });
  expect(second.checkpoint.digest).toBe(digest);
  expect(second.kept).toEqual(['a']);
});

test('PRO-06 a checkpoint that was damaged or has another format is refused, and the session goes on', async () => {
  await using session = await createSession();
  await session.execute('let kept = 1');
  const { checkpoint } = await session.checkpoint();
  const damaged = checkpoint.namespace.slice();
  damaged[8]! ^= 1;
  const sealed = (namespace: Uint8Array<ArrayBuffer>) => ({ ...checkpoint, namespace, size: namespace.length, digest: createHash('sha256').update(namespace).digest('hex') });

  await expect(session.restore({ ...checkpoint, namespace: damaged })).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_CHECKPOINT_CORRUPT' });
  await expect(session.restore({ ...checkpoint, format: 2 })).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_CHECKPOINT_FORMAT' });
  await expect(session.restore(sealed(new Uint8Array([1, 2, 3])))).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_CHECKPOINT_FORMAT' });
  await expect(session.restore(sealed(checkpoint.namespace.slice(0, -1)))).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_CHECKPOINT_CORRUPT' });
  expect(await session.execute('kept')).toMatchObject({ value: 1 });
});

test('EX-88 a checkpoint and a restore are refused by the worker while a cell runs', async () => {
  const here = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const worker = await startWorker({});
  worker.listen({
    onMessage: (message) => {
      if (message.type === 'output') here.resolve();
      if (message.type === 'cancelled') ended.resolve();
    },
    onText: () => undefined,
  });
  try {
    const { checkpoint } = await worker.connection.request(createMessage('checkpoint', { checkpointId: 'before' }), 'checkpoint-taken');
    await worker.connection.send(
      createMessage('execution', { executionId: 'running', code: "console.log('here'); await new Promise(() => {})", language: 'javascript', filename: 'cell.js' }),
    );
    await here.promise;

    const busy = { code: 'HOLDFAST_EXECUTOR_SESSION_BUSY', retriable: true, data: { runningExecutionId: 'running' } };
    await expect(worker.connection.request(createMessage('checkpoint', { checkpointId: 'during' }), 'checkpoint-taken')).rejects.toMatchObject(busy);
    await expect(worker.connection.request(createMessage('restore', { checkpoint }), 'restored')).rejects.toMatchObject(busy);
    await worker.connection.send(createMessage('cancel', { executionId: 'running', by: 'user' }));
    await ended.promise;
    expect(await worker.connection.request(createMessage('restore', { checkpoint }), 'restored')).toMatchObject({ restored: [] });
  } finally {
    worker.signal('SIGKILL');
  }
});

test('a text in a checkpoint that is more than a function is refused before it is evaluated', async () => {
  await using session = await createSession();
  await session.execute('const f = () => (globalThis.ran = 1, 0, "padding")');
  const { checkpoint } = await session.checkpoint();
  const text = Buffer.from(checkpoint.namespace);
  const [was, becomes] = ['() => (globalThis.ran = 1, 0, "padding")', '() => 1), (globalThis.ran = 1, 0, "padd")'];
  const at = text.indexOf(was);
  const namespace = new Uint8Array([...text.subarray(0, at), ...Buffer.from(becomes.slice(0, was.length)), ...text.subarray(at + was.length)]);

  const forged = { ...checkpoint, namespace, size: namespace.length, digest: createHash('sha256').update(namespace).digest('hex') };

  expect(at).toBeGreaterThan(0);
  await expect(session.restore(forged)).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_CHECKPOINT_CORRUPT' });
  expect(await session.execute('typeof ran')).toMatchObject({ value: 'undefined' });
});

test('taking a checkpoint runs no code of the user', async () => {
  const { fresh, skipped } = await carryOver(
    `globalThis.heard = []; const hear = (what) => { heard.push(what); };
     const value = { get x() { hear('getter'); }, toJSON() { hear('toJSON'); } }; const proxy = new Proxy({}, { ownKeys() { hear('trap'); return []; }, getPrototypeOf() { hear('trap'); return null; } });
     Object.defineProperty(globalThis, 'trap', { get() { hear('global'); }, configurable: true }); undefined`,
    'Map.prototype.get = function () { heard.push("Map"); }; Array.prototype[Symbol.iterator] = new Proxy(Array.prototype[Symbol.iterator], {}); const list = [1, 2];',
  );
  await using _ = fresh;

  expect(skipped).toEqual({ value: 'a getter at .x', proxy: 'a Proxy', trap: 'a getter' });
  expect(await fresh.execute('[heard, list]')).toMatchObject({ value: [[], [1, 2]] });
});

test('NS-24 the history is the engine’s, and large namespaces travel', async () => {
  const { fresh, kept, checkpoint } = await carryOver('const rows = Array.from({ length: 60_000 }, (_, id) => ({ id, name: "row " + id, ratio: id / 7 })); const bytes = new Uint8Array(8_000_000).fill(7); rows.length');
  await using _ = fresh;

  expect(kept.toSorted()).toEqual(['bytes', 'rows']);
  expect(checkpoint.size).toBeGreaterThan(9_000_000);
  expect(await fresh.execute('[rows[59_999].name, bytes[7_999_999], typeof _]')).toMatchObject({ value: ['row 59999', 7, 'undefined'] });
});

test('what does not fit is named, and the rest is kept', async () => {
  const { fresh, kept, skipped } = await carryOver('const huge = new Uint8Array(40_000_000); const small = 1; undefined');
  await using _ = fresh;

  expect(kept).toEqual(['small']);
  expect(skipped).toEqual({ huge: 'too large' });
});

test('a name without a value, and names of built-ins, do no harm', async () => {
  await using session = await createSession({ language: 'javascript' });
  await session.execute("let broken = (() => { throw new Error('no'); })()");
  await session.execute('const Map = 1, process = 2, Object = 3; var JSON = 4;');

  const { checkpoint, skipped } = await session.checkpoint();
  await using fresh = await createSession({ language: 'javascript' });
  await fresh.restore(checkpoint);

  expect(skipped).toEqual([{ name: 'broken', reason: 'it never got a value' }]);
  expect(await fresh.execute('[Map, process, Object]')).toMatchObject({ status: 'ok', value: [1, 2, 3] });
});
