import type { ExecutionMode } from '@holdfast/protocol';
import { executionMode } from '@holdfast/protocol';
import { describe, expect, test } from 'vitest';
import { compileCell } from '../src/engine/compile-cell.ts';

function modeOf(code: string): ExecutionMode {
  return compileCell({ code, language: 'javascript', filename: 'cell.js', ordinal: 1 }, new Map()).mode;
}

test('EX-01 the modes are five texts', () => {
  expect(executionMode.options.toSorted()).toEqual(['async_def', 'blocking_sync', 'simple_sync', 'top_level_await', 'unknown']);
});

test.each([
  'await f()',
  'x = await f()',
  'const x = await f()',
  'let x = 1, y = await f()',
  'f(await g())',
  'f(1, ...(await g()))',
  'new Set([await f()])',
  'new (await f())()',
  '(await f())()',
  '(await f()).x.y',
  'x[await f()]',
  'x?.[await f()]',
  '[await f()]',
  '[...(await f())]',
  '({ x: await f() })',
  '({ [await f()]: 1 })',
  '({ ...(await f()) })',
  '{ x: await f() }',
  'a ? await b : c',
  'await a ? b : c',
  'a ?? (await b)',
  'a && await b',
  'a || await b',
  '!await a',
  'typeof await a',
  'void await a',
  'delete (await a).b',
  'a + await b',
  '(a, await b)',
  'x += await f()',
  'x ??= await f()',
  '`${await a}`',
  '`a${`b${await c}`}`',
  'tag`${await a}`',
  '(await tag)`a`',
  'const { a = await b } = c',
  'const [a = await b] = c',
  'const { [await a]: b } = c',
  '({ a = await b } = c)',
  '[(await a).b] = c',
  'for (const x of await y) x',
  'for await (const x of y) x',
  'for (let i = await a; ; ) break',
  'for (; await a; );',
  'for (; ; await a) break',
  'for (const x in await y) x',
  'while (await a);',
  'do ; while (await a)',
  'if (await a) b',
  'if (a) b; else await c',
  'switch (await a) {}',
  'switch (a) { case await b: }',
  'switch (a) { default: await b }',
  'try { await a } catch {}',
  'try {} catch { await a }',
  'try {} finally { await a }',
  'outer: for (;;) { await a; break outer }',
  '{ { await a } }',
  'throw await a',
  'with (await a) b',
  'class A extends (await b) {}',
  'class A { [await b]() {} }',
  'await using a = b',
  '{ await using a = b }',
  'await (async () => 1)()',
  'await import("a")',
  'import a from "a"',
  'import "a"',
  'export * from "a"',
  'export { a } from "a"',
  'export const a = await b',
  'export default await a',
  'await\na',
])('EX-02 EX-03 EX-06 top-level await: %s', (code) => {
  expect(modeOf(code)).toBe('top_level_await');
});

test.each([
  'async function f() { await 1 }',
  'const f = async () => await 1',
  'const f = async () => { for await (const x of y) x }',
  'async function* f() { yield await 1 }',
  'class A { async m() { await 1 } }',
  'class A { static async m() {} }',
  'class A { field = async () => await 1 }',
  '({ async m() { await 1 } })',
  'export async function f() { await 1 }',
  'export default async () => await 1',
  'f(async () => { await 1 })',
  'function f() { return async () => await 1 }',
  '(async () => { await 1 })()',
])('EX-02 EX-07 async definitions: %s', (code) => {
  expect(modeOf(code)).toBe('async_def');
});

const words = [
  '"await async"',
  "'await f()'",
  '`await ${1} async`',
  '// await f()\n1',
  '/* await async */ 1',
  '/await async/u.test(text)',
  'awaited',
  'const awaited = 1, asynchronous = 2',
  'a.await',
  'a?.await',
  'a.async()',
  '({ await: 1 })',
  '({ async: 1 }).async',
  'const async = 1',
  'async()',
  'await_all()',
  '$await()',
  '"\\"await"',
] as const;

test.each([...words, 'function f() { var await = 1 }', 'class A { await() {} }', '<!-- await'])('EX-05 only words: %s', (code) => {
  expect(modeOf(code)).toBe('simple_sync');
});

describe('code that does not parse', () => {
  test.each([
    'let a = = await b',
    'await f(',
    'const x = await f(]',
    'if (await a',
    '`${await f()}` +',
    '`${`${await f()}`}` ]',
    "const s = 'no end\nawait f()",
    'const s = "no end\r\nawait f()',
    'a /b/ c ) await d',
    '#\nawait f()',
    '\\ \nawait f()',
    'return await f() )',
  ])('EX-04 with await: %s', (code) => {
    expect(modeOf(code)).toBe('top_level_await');
  });

  test.each([...words.map((code) => `${code}\n)`), 'let a = = b', "'await", '"await f()', '`await', '`${a} await', '/* await f()', '// await f() \n (', '/await/ ]', 'f(]', '@'])(
    'EX-04 EX-05 without: %s',
    (code) => {
      expect(modeOf(code)).toBe('unknown');
    },
  );
});

test('EX-11 the mode follows from the text alone', () => {
  expect(new Set(Array.from({ length: 5 }, () => modeOf('const f = async () => await 1')))).toEqual(new Set(['async_def']));
});

test.each(['a' + '+a'.repeat(6000), 'f' + '(a)'.repeat(8000), '{'.repeat(5000) + '}'.repeat(5000), 'a' + '.b'.repeat(9000)])(
  'code that nests too deep for the analysis is left as it stands (%#)',
  (code) => {
    const { expression, mode } = compileCell({ code, language: 'javascript', filename: 'cell.js', ordinal: 1 }, new Map());

    expect(expression).toBe(`await __holdfast.begin(1, ${JSON.stringify(code)}, "cell.js");${code}\n//# sourceURL=cell.js`);
    expect(mode).toBe('unknown');
  },
);
