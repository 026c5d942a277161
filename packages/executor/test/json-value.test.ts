import { expect, test } from 'vitest';
import { toJsonValue } from '../src/worker/json-value.ts';

const circle: Record<string, unknown> = {};
circle['self'] = circle;
const twice = { n: 1 };
const deep = Array.from({ length: 100 }).reduce<unknown>((inner) => [inner], 1);

test.each<[string, unknown, object]>([
  ['null', null, { value: null }],
  ['a number', 1.5, { value: 1.5 }],
  ['a text', 'a', { value: 'a' }],
  ['a list', [1, [true]], { value: [1, [true]] }],
  ['a plain object', { a: { b: 'c' } }, { value: { a: { b: 'c' } } }],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), { value: { a: 1 } }],
  ['a date', new Date(0), { value: '1970-01-01T00:00:00.000Z' }],
  ['a property that is undefined', { a: undefined, b: 1 }, { value: { b: 1 } }],
  ['a key that names a prototype', JSON.parse('{"__proto__": 1}'), { value: JSON.parse('{"__proto__": 1}') }],
  ['one object in two places', [twice, twice], { value: [{ n: 1 }, { n: 1 }] }],
  ['undefined', undefined, { omitted: 'undefined' }],
  ['a function', () => 1, { omitted: 'not serialisable' }],
  ['a function inside', { f: () => 1 }, { omitted: 'not serialisable' }],
  ['undefined in a list', [undefined], { omitted: 'not serialisable' }],
  ['a hole in a list', Object.assign(Array.from({ length: 0 }), { length: 2 }), { omitted: 'not serialisable' }],
  ['a bigint', 1n, { omitted: 'not serialisable' }],
  ['NaN', Number.NaN, { omitted: 'not serialisable' }],
  ['infinity inside', [Number.POSITIVE_INFINITY], { omitted: 'not serialisable' }],
  ['a map', new Map(), { omitted: 'not serialisable' }],
  ['an object of a class', new URL('https://holdfast.example'), { omitted: 'not serialisable' }],
  ['a circle', circle, { omitted: 'not serialisable' }],
  ['a date that is none', new Date(Number.NaN), { omitted: 'not serialisable' }],
  ['too deep', deep, { omitted: 'too large' }],
  ['too many', Array.from({ length: 200_000 }, () => 0), { omitted: 'too large' }],
  ['too long', 'x'.repeat(2_000_000), { omitted: 'too large' }],
])('%s', (_what, value, outcome) => {
  expect(toJsonValue(value)).toEqual(outcome);
});

test('no getter of the value runs', () => {
  let ran = false;
  const value = {
    get trap() {
      ran = true;
      return 1;
    },
  };

  expect(toJsonValue(value)).toEqual({ omitted: 'not serialisable' });
  expect(ran).toBe(false);
});
