import type { ExecutionMode, Language } from '@holdfast/protocol';
import { expect, test } from 'vitest';
import type { KnownName } from '../src/analysis/known-names.ts';
import { LineIndex } from '../src/analysis/line-index.ts';
import { compileCell } from '../src/engine/compile-cell.ts';

function compile(code: string, { language = 'typescript', known = {} }: { language?: Language; known?: Readonly<Record<string, KnownName['keyword']>> } = {}) {
  return compileCell({ code, language, filename: 'a cell.ts', ordinal: 3 }, knownNames(known));
}

function knownNames(keywords: Readonly<Record<string, KnownName['keyword']>>): Map<string, KnownName> {
  return new Map(Object.entries(keywords).map(([name, keyword]) => [name, { keyword, isConstant: false }]));
}

/** Where the first occurrence of a mark in the evaluated text stands in the source. */
function sourcePlace(code: string, mark: string) {
  const { expression, sourcePosition } = compile(code);
  return sourcePosition(new LineIndex(expression).position(expression.lastIndexOf(mark)));
}

test('EX-35 places of the evaluated text lead back to the source', () => {
  expect(sourcePlace('here()', 'here')).toEqual({ line: 1, column: 1 });
  expect(sourcePlace('"use strict"; here()', 'here')).toEqual({ line: 1, column: 15 });
  expect(sourcePlace('await a; here()', 'here')).toEqual({ line: 1, column: 10 });
  expect(sourcePlace('const x: number = 1;\n  here()', 'here')).toEqual({ line: 2, column: 3 });
  expect(sourcePlace('import { a, b } from "c"; here()', 'here')).toEqual({ line: 1, column: 27 });
  expect(sourcePlace('enum E { A }\n\nhere()', 'here')).toEqual({ line: 3, column: 1 });
  expect(sourcePlace('{ a: here() }', 'here')).toEqual({ line: 1, column: 6 });
  expect(sourcePlace('#!/usr/bin/env node\nhere()', 'here')).toEqual({ line: 2, column: 1 });
});

test.each<[string, ExecutionMode]>([
  ['1 + 1', 'simple_sync'],
  ['const awaited = "await async"; // await', 'simple_sync'],
  ['async function f() { await 1 }', 'async_def'],
  ['const f = async () => { for await (const x of y) x }', 'async_def'],
  ['class A { async m() { await 1 } }', 'async_def'],
  ['const x = await f()', 'top_level_await'],
  ['f(1, await g())', 'top_level_await'],
  ['[...(await f())]', 'top_level_await'],
  ['a ? await b : c', 'top_level_await'],
  ['a ?? (await b)', 'top_level_await'],
  ['`${await a}`', 'top_level_await'],
  ['tag`${await a}`', 'top_level_await'],
  ['const { a = await b } = c', 'top_level_await'],
  ['for await (const x of y) x', 'top_level_await'],
  ['await using a = b', 'top_level_await'],
  ['outer: for (;;) { try { await a } finally { break outer } }', 'top_level_await'],
  ['import a from "a"', 'top_level_await'],
  ['let a = = await b', 'top_level_await'],
  ['let a = = b', 'unknown'],
])('EX-01 EX-02 EX-03 EX-04 the mode of %s is %s', (code, mode) => {
  expect(compile(code, { language: 'javascript' }).mode).toBe(mode);
});

test('EX-41 a function without await stays as it is', () => {
  expect(compile('function f() { return 1 }').expression).toContain(';function f() { return 1 }\n');
});

test('only the awaits of the cell itself are guarded', () => {
  const { expression } = compile('await a; const f = async () => { await b }; for await (const x of c) x');

  expect(expression).toContain('await  __holdfast.guard(a)');
  expect(expression).toContain('{ await b }');
  expect(expression).toContain('of  __holdfast.iterate(c))');
});

test('a name keeps the keyword it was first declared with', () => {
  const known = { a: 'let', b: 'var', c: 'const' } as const;

  expect(compile('const a = 1', { known }).expression).toContain(';let a = 1');
  expect(compile('var a = 1', { known }).expression).toContain(';let a = 1');
  expect(compile('class b {}', { known }).expression).toContain(';var b = class b {};');
  expect(compile('const b = 1', { known }).expression).toContain(';var b = 1');
  expect(compile('function c() {}', { known }).expression).toContain(';const c = function c() {};');
  expect(compile('const d = 1; { const e = 2 }', { known }).expression).toContain(';let d = 1; { const e = 2 }');
  expect(compile('import { a } from "m"', { known }).expression).toContain('let a = (await __holdfast.link("m", ["a"]))["a"];');
});

test('the names that a cell declares', () => {
  const { declarations } = compile('var { a, b: [c = 1, ...d] } = x; let e; const f = 1; class G {} function h() { var inner } if (1) { var i; let j } import k, { l as m } from "n"');

  expect(Object.fromEntries(declarations)).toEqual({ a: 'var', c: 'var', d: 'var', i: 'var', e: 'let', f: 'const', G: 'let', h: 'var', k: 'const', m: 'const' });
});
