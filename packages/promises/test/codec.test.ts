import { HoldfastError, isHoldfastError } from '@holdfast/protocol';
import { anything, assert, property } from 'fast-check';
import { expect, test } from 'vitest';
import { decodeValue } from '../src/codec/decode-value.ts';
import { encodeFailure, encodeValue } from '../src/codec/encode-value.ts';

const copy = (value: unknown): unknown => decodeValue(encodeValue(value));

test.each([
  ['undefined', undefined],
  ['minus zero', -0],
  ['not a number', Number.NaN],
  ['infinity', Number.NEGATIVE_INFINITY],
  ['a text that means infinity elsewhere', '__INF__'],
  ['bigint', 2n ** 80n],
  ['date', new Date(1)],
  ['invalid date', new Date(Number.NaN)],
  ['map', new Map<unknown, unknown>([[{ a: 1 }, new Set([1, new Map([[1, 2]])])]])],
  ['regexp', /a"b/giu],
  ['url', new URL('https://example.com/?a=b')],
  ['bytes', Uint8Array.from([0, 255, 1])],
  ['other bytes', [Float64Array.from([1.5, -0]), BigInt64Array.from([-1n]), new ArrayBuffer(3), new DataView(new ArrayBuffer(2))]],
  ['an object that looks like ours', { $: 'date', ms: 1, deep: { $: 'error' } }],
  ['an object that looks like an error elsewhere', { __type: 'error', message: 'no' }],
  ['a key that means the prototype', JSON.parse('{"__proto__":{"polluted":true}}')],
  ['nothing in a list', [undefined, null]],
])('PR-04 %s comes back as it was', (_, value) => {
  expect(copy(value)).toStrictEqual(value);
});

test('PR-04 any value of these kinds comes back as it was', () => {
  const values = anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true });

  assert(
    property(values, (value) => {
      expect(copy(value)).toStrictEqual(value);
    }),
  );
});

test('PR-06 errors keep class, name, message, own fields and their chain of causes', () => {
  const cause = Object.assign(new TypeError('deep'), { code: 'E_DEEP', at: new Date(5) });
  const error = new HoldfastError('HOLDFAST_TEST', 'outer', { cause: new AggregateError([cause], 'many'), data: { a: 1 }, retriable: true, hint: 'try' });

  const back = decodeValue(encodeFailure(error));

  expect(back).toStrictEqual(error);
  expect(isHoldfastError(back, 'HOLDFAST_TEST')).toBe(true);
  const inner = back instanceof Error && back.cause instanceof AggregateError ? back.cause.errors[0] : undefined;
  expect(inner).toBeInstanceOf(TypeError);
  expect(inner).toMatchObject({ code: 'E_DEEP', at: new Date(5) });
});

test('PR-06 an error of another realm or a class of its own keeps its name', () => {
  class BudgetError extends Error {
    override readonly name = 'BudgetError';
  }

  expect(decodeValue(encodeFailure(new BudgetError('empty')))).toMatchObject({ name: 'BudgetError', message: 'empty' });
});

test('an error is kept even when what it carries cannot be', () => {
  const error = Object.assign(new Error('no', { cause: () => 1 }), { handle: () => 1, left: 3 });

  expect(decodeValue(encodeFailure(error))).toMatchObject({ message: 'no', left: 3, cause: '() => 1' });
  expect(decodeValue(encodeFailure(Symbol('s')))).toMatchObject({ message: 'Symbol(s)' });
});

test('PR-06 an error that reaches itself by several ways is described where it comes again', () => {
  const error: Error & { self?: Error } = new Error('round');
  error.cause = error;
  error.self = error;
  const first = new Error('first');
  const second = new Error('second');
  const both = new AggregateError([first, second], 'both', { cause: { of: error } });
  first.cause = both;
  second.cause = both;

  expect(decodeValue(encodeFailure(error))).toMatchObject({ message: 'round', cause: 'Error: round', self: 'Error: round' });
  expect(decodeValue(encodeFailure(both))).toMatchObject({
    message: 'both',
    errors: [
      { message: 'first', cause: 'AggregateError: both' },
      { message: 'second', cause: 'AggregateError: both' },
    ],
    cause: { of: { message: 'round', cause: 'Error: round' } },
  });
});

test('PR-06 an error that several errors have as their cause comes back with each of them', () => {
  const cause = new Error('shared');
  const both = new AggregateError([new Error('first', { cause }), new Error('second', { cause })]);

  expect(decodeValue(encodeFailure(both))).toMatchObject({ errors: [{ cause: { message: 'shared' } }, { cause: { message: 'shared' } }] });
});

test.each([
  ['a function', { list: [1, () => 1] }, '.list[1]'],
  ['a class', { made: new WeakMap() }, '.made'],
  ['a promise', Promise.resolve(1), ''],
])('%s is refused with its place', (_, value, path) => {
  expect(() => encodeValue(value)).toThrow(expect.objectContaining({ code: 'HOLDFAST_PROMISES_NOT_ENCODABLE', data: { path } }));
});

test('a cycle is refused', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;

  expect(() => encodeValue(cycle)).toThrow(expect.objectContaining({ code: 'HOLDFAST_PROMISES_NOT_ENCODABLE' }));
});

test.each(['{"$":"bytes","view":"Function","text":""}', '{"$":"unknown"}', 'not json', '{"$":"map","entries":[1]}'])('%s is no value of ours', (text) => {
  expect(() => decodeValue(text)).toThrow(expect.objectContaining({ code: 'HOLDFAST_PROMISES_NOT_DECODABLE' }));
});
