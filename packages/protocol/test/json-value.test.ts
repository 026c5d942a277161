import { isJsonValue, jsonValue } from '@holdfast/protocol';
import { expect, test } from 'vitest';

const cycle: unknown[] = [];
cycle.push(cycle);

test.each([null, true, 0, -1.5, '', 'ü', [], {}, [[1], { a: [null] }], Object.create(null), JSON.parse('{"__proto__": 1}')])(
  'PRO-16 %j is JSON and passes as it is',
  (value) => {
    expect(isJsonValue(value)).toBe(true);
    expect(jsonValue.parse(value)).toBe(value);
  },
);

test.each([
  [undefined, 'found undefined'],
  [1n, 'found bigint'],
  [Symbol('s'), 'found symbol'],
  [() => 1, 'found function'],
  [Number.NaN, 'found NaN'],
  [Number.POSITIVE_INFINITY, 'found Infinity'],
  [new Date(0), 'an object of a class'],
  [new Map(), 'an object of a class'],
  [{ a: [1, { b: undefined }] }, 'found undefined at .b at [1] at .a'],
  [cycle, 'deeper than'],
])('PRO-16 %s is refused with its place', (value, reason) => {
  expect(jsonValue.safeParse(value).error?.issues[0]?.message).toContain(reason);
});
