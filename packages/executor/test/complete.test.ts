import { createSession, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCompletionTarget } from '../src/analysis/completion-target.ts';
import { runUntilHere } from './run-until.ts';

let session: Session;
beforeAll(async () => {
  session = await createSession();
  await session.execute(`
    let asked = 0;
    const total = 40;
    class Ledger { entries = []; add(entry) {} get balance() { asked += 1; return { deep: 1 } } }
    const ledger = new Ledger();
    globalThis.tally = { nested: { counter: 1, 'no name': 2 }, get trap() { asked += 1; return {} } };
    Object.defineProperty(globalThis, 'globalTrap', { get() { asked += 1; return { inner: 1 } }, configurable: true });
    const shy = new Proxy({ hidden: 1 }, { ownKeys() { asked += 1; return [] }, getPrototypeOf() { asked += 1; return null }, get() { asked += 1 }, getOwnPropertyDescriptor() { asked += 1 } });
    const text = 'abc', bytes = new Uint8Array(1e7), list = [1, 2];
  `, { language: 'javascript' });
});
afterAll(async () => session.close());

test.each([
  ['tot', ['total']],
  ['1 + total + ledg', ['ledger']],
  ['tally.n', ['nested']],
  ['tally.nested.', ['counter']],
  ['tally?.nested?.coun', ['counter']],
  ['globalThis.tally.nes', ['nested']],
  ['ledger.a', ['add']],
  ['ledger.ba', ['balance']],
  ['text.padSt', ['padStart']],
  ['"abc".padSt', ['padStart']],
  ['`abc`.padSt', ['padStart']],
  ['[1, 2].flatM', ['flatMap']],
  ['list.flatM', ['flatMap']],
  ['/a/.sou', ['source']],
  ['bytes.subar', ['subarray']],
  ['process.versions.n', expect.arrayContaining(['node'])],
  ['Math.hyp', ['hypot']],
  ['x = function () {\n  return Ledg', ['Ledger']],
  ['awa', ['await']],
  ["await import('node:fs/pr", ['node:fs/promises']],
  ['import { join } from "node:pa', expect.arrayContaining(['node:path'])],
  ["require('child_p", ['child_process']],
  ['ledger.toS', ['toString']],
])('%j goes on with %j', async (code, candidates) => {
  expect((await session.complete(code)).candidates).toEqual(candidates);
});

test('where nothing is typed, only what the user made is offered', async () => {
  const { candidates } = await session.complete('1 + ');

  expect(candidates).toEqual(expect.arrayContaining(['total', 'tally', 'Ledger']));
  expect(candidates).not.toContain('process');
});

test('what is completed begins where the unfinished word does', async () => {
  expect(await session.complete('1 + tally.nes')).toEqual({ start: 10, candidates: ['nested'] });
  expect(await session.complete('tally.')).toMatchObject({ start: 6, candidates: ['nested', 'trap'] });
});

test.each(['// tot', '/* tot', '"tot', "'tot", 'let tot', 'class Led', 'total().', 'tally["nested"].', 'nothing.', '#!tot', '`tot', 'ledger .. '])('%j goes on with nothing that could be told', async (code) => {
  const { candidates } = await session.complete(code);

  expect(candidates).not.toContain('total');
  expect(candidates).not.toContain('padStart');
});

test.each(['tally.trap.', 'ledger.balance.', 'globalTrap.', 'shy.', 'shy.hidden.', 'globalThis.globalTrap.in'])('%j would need a getter or a proxy, and nothing of the user runs', async (code) => {
  expect((await session.complete(code)).candidates).toEqual([]);
  expect(await session.execute('asked')).toMatchObject({ value: 0 });
});

test('names of the engine are not offered, and a name that never got a value has no members', async () => {
  await session.execute('let never = (() => { throw new Error("no") })()');

  expect((await session.complete('__hold')).candidates).toEqual([]);
  expect((await session.complete('never.')).candidates).toEqual([]);
});

test('completing waits for the running cell to give way, and is refused by a closed session', async () => {
  await using own = await createSession();
  const { result: running } = await runUntilHere(own, "const late = 1; console.log('here'); const until = Date.now() + 20; while (Date.now() < until); late");

  expect((await own.complete('lat')).candidates).toEqual(['late']);
  expect(await running).toMatchObject({ value: 1 });
  await own.close();
  await expect(own.complete('a')).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_SESSION_CLOSED' });
});

test('a chain is told from what only looks like one', () => {
  expect(findCompletionTarget('a.b.c')).toEqual({ kind: 'member', start: 4, prefix: 'c', path: ['a', 'b'] });
  expect(findCompletionTarget('a[0].c')).toBeUndefined();
  expect(findCompletionTarget('f(a).c')).toBeUndefined();
  expect(findCompletionTarget('x = [a].c')).toEqual({ kind: 'literal', start: 8, prefix: 'c', of: 'array' });
  expect(findCompletionTarget('1 / a.b')).toMatchObject({ kind: 'member', path: ['a'] });
});
