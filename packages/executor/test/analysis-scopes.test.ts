import { expect, test } from 'vitest';
import { parseCell } from '../src/analysis/parse.ts';
import { findOuterReferences } from '../src/analysis/scopes.ts';

/** The uses of `x` that no local binding shadows, as places in the text. */
function outerUses(source: string): readonly number[] {
  return findOuterReferences(parseCell(source)!)
    .filter(({ name }) => name === 'x')
    .map(({ start }) => start)
    .toSorted((left, right) => left - right);
}

test.each([
  ['x', [0]],
  ['x = 1; x++', [0, 7]],
  ['let x = 1; x', [11]],
  ['a.x; a?.x; ({ x: 1 }); class A { x = 1 } x: for (;;) break x', []],
  ['a[x]; ({ [x]: 1 }); class A { [x] = 1 }', [2, 10, 31]],
  ['({ x })', [3]],
  ['({ x } = a); [x] = b; ({ y: x = 1, ...x } = c)', [3, 14, 28, 38]],
  ['for (x of a); for (x in a);', [5, 19]],
  ['import x from "m"; x', [19]],
])('an outer use in %s', (source, places) => {
  expect(outerUses(source)).toEqual(places);
});

test.each([
  'function f(x) { x }',
  'function f({ y: [x = 1] }) { x }',
  'function f(...x) { x }',
  '(x) => x',
  'function f() { x = 1; var x }',
  'function f() { x = 1; if (a) { for (var x of b); } }',
  'function f() { x(); function x() {} }',
  'function f() { { function x() {} } x() }',
  '(function x() { x })',
  '(class x { y = x })',
  '{ x; let x = 1 }',
  '{ x; class x {} }',
  '{ x(); function x() {} }',
  'for (let x = 0; x < 1; x++) x',
  'for (const x of x) x',
  'for (const x in a) x',
  'try {} catch (x) { x }',
  'try {} catch ({ x }) { x }',
  'switch (a) { case x: let x; default: x }',
  'class A { static { var x = 1; x } }',
  'with (a) x = 1',
])('no outer use in %s', (source) => {
  expect(outerUses(source)).toEqual([]);
});

test.each([
  ['{ let x } x', [10]],
  ['(x => x)(x)', [9]],
  ['for (let x of a); x', [18]],
  ['try {} catch (x) {} x', [20]],
  ['function f(a = x) { var x }', [15]],
  ['switch (x) { case 1: let x }', [8]],
  ['class A { static { let x } y = x }', [31]],
  ['with (x) y', [6]],
  ['function x() {} x()', [16]],
  ['() => { x; () => { let x } }', [8]],
  ['async function* f() { for await (x of a) yield x }', [33, 47]],
])('a use outside the local binding in %s', (source, places) => {
  expect(outerUses(source)).toEqual(places);
});
