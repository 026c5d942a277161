import assert from 'node:assert/strict';
import { types } from 'node:util';
import { encodeCheckpoint } from '@holdfast/namespace';
import { describe, expect, onTestFinished, test } from 'vitest';
import { refusal, roundTrip, take } from './checkpoint-helpers.ts';

const buffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
const hidden = Object.defineProperty({ seen: 1 }, 'hidden', { value: 2, enumerable: false });
const withLastIndex = /a(?<word>b)/dg;
withLastIndex.lastIndex = 3;
const withHoles = [1, , 3, , ,]; // oxlint-disable-line no-sparse-arrays
const withFields = Object.assign([1, 2], { label: 'pair', [Symbol.for('unit')]: 'm' });

const corpus: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['false', false],
  ['zero', 0],
  ['negative zero', -0],
  ['one', 1],
  ['minus one', -1],
  ['2^30', 2 ** 30],
  ['-2^30', -(2 ** 30)],
  ['2^31 and beyond', 2 ** 31 + 5],
  ['the largest safe integer', Number.MAX_SAFE_INTEGER],
  ['a fraction', 0.1],
  ['the smallest number', Number.MIN_VALUE],
  ['the largest number', Number.MAX_VALUE],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['BigInt zero', 0n],
  ['a small BigInt', -7n],
  ['a large BigInt', 2n ** 200n + 1n],
  ['a large negative BigInt', -(2n ** 200n)],
  ['an empty text', ''],
  ['a text', 'plain'],
  ['a text of 41 characters', 'x'.repeat(41)],
  ['a text with umlauts', 'Größe'],
  ['a text of another plane', '🦀 crab'],
  ['half a surrogate pair', '\ud800'],
  ['a long text with half a surrogate pair', `${'x'.repeat(100)}\udc00`],
  ['a text with NUL and a mark of byte order', '\0\ufefftext'],
  ['a long text', 'long '.repeat(20_000)],
  ['a registered symbol', Symbol.for('registered')],
  ['a well-known symbol', Symbol.iterator],
  ['an empty array', []],
  ['an array', [1, 'two', null, undefined]],
  ['an array with holes', withHoles],
  ['an array of nothing but holes', Object.assign([], { length: 5 })],
  ['an array with one element far out', Object.assign([], { 40_000: 'far' })],
  ['an array of one hole', [,]], // oxlint-disable-line no-sparse-arrays
  ['an array with fields', withFields],
  ['a frozen array', Object.freeze([1, 2])],
  ['nested arrays', [[[[]]], [[1]]]],
  ['an empty object', {}],
  ['an object', { a: 1, b: { c: [2] } }],
  ['an object with odd keys', { '': 0, 'a b': 1, '0': 2, '-1': 3, ü: 4 }],
  ['an object with an own __proto__', JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')],
  ['an object with symbol keys', { [Symbol.for('key')]: 1, [Symbol.toStringTag]: 'Tagged' }],
  ['an object without prototype', Object.assign(Object.create(null), { a: 1 })],
  ['an object with a hidden field', hidden],
  ['a frozen object', Object.freeze({ a: 1 })],
  ['a sealed object', Object.seal({ a: 1 })],
  ['an object that takes no more', Object.preventExtensions({ a: 1 })],
  ['an empty Map', new Map()],
  ['a Map', new Map<unknown, unknown>([['a', 1], [{ key: 1 }, new Map()], [NaN, undefined]])],
  ['a Map with a field', Object.assign(new Map([[1, 2]]), { label: 'x' })],
  ['an empty Set', new Set()],
  ['a Set', new Set<unknown>([1, 'a', [2], new Set([3])])],
  ['a Date', new Date(1_700_000_000_000)],
  ['an invalid Date', new Date(NaN)],
  ['a RegExp', /a+/],
  ['a RegExp that stands somewhere', withLastIndex],
  ['a RegExp of every other flag', /x\/y/imsuy],
  ['an ArrayBuffer', buffer],
  ['an empty ArrayBuffer', new ArrayBuffer(0)],
  ['a DataView', new DataView(buffer, 2, 3)],
  ['an Int8Array', new Int8Array([-1, 2])],
  ['a Uint8Array', new Uint8Array(buffer, 1, 3)],
  ['a Uint8ClampedArray', new Uint8ClampedArray([255])],
  ['an Int16Array', new Int16Array([-300])],
  ['a Uint16Array', new Uint16Array(buffer, 2, 2)],
  ['an Int32Array', new Int32Array([-70_000])],
  ['a Uint32Array', new Uint32Array([2 ** 31])],
  ['a Float32Array', new Float32Array([0.5])],
  ['a Float64Array', new Float64Array([0.1, -0, NaN])],
  ['a BigInt64Array', new BigInt64Array([-5n])],
  ['a BigUint64Array', new BigUint64Array([5n])],
  ['a Buffer', Buffer.from('bytes')],
  ['an Error', new Error('plain')],
  ['an EvalError', new EvalError('x')],
  ['a RangeError', new RangeError('x')],
  ['a ReferenceError', new ReferenceError('x')],
  ['a SyntaxError', new SyntaxError('x')],
  ['a TypeError', new TypeError('x')],
  ['a URIError', new URIError('x')],
  ['an AggregateError', new AggregateError([new Error('one'), 2], 'both')],
  ['an Error with a cause', new Error('outer', { cause: new TypeError('inner', { cause: { code: 7 } }) })],
  ['an Error with fields', Object.assign(new Error('x'), { code: 'ENOENT', errno: -2 })],
  ['an Error with a name of its own', Object.assign(new Error('x'), { name: 'Custom' })],
];

test('the corpus is large enough', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(80);
});

test.each(corpus)('NS-24 %s comes back as it was', (_, value) => {
  const { it } = roundTrip({ it: value });

  assert.deepStrictEqual(it, value);
  expect(Object.getPrototypeOf(Object(it))).toBe(Object.getPrototypeOf(Object(value)));
});

test.each(corpus.filter(([, value]) => typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)))(
  'NS-24 %s keeps its property descriptors',
  (_, value) => {
    const { it } = roundTrip({ it: value });

    assert.deepStrictEqual(describeProperties(it), describeProperties(value));
    expect(Object.isExtensible(it)).toBe(Object.isExtensible(value));
  },
);

test('NS-24 an array of 2^32 - 1 holes takes no room', () => {
  const { it } = roundTrip({ it: Object.assign([], { length: 2 ** 32 - 1 }) }) as { it: unknown[] };

  expect(it.length).toBe(2 ** 32 - 1);
  expect(Object.keys(it)).toEqual([]);
});

describe('the stack of an error', () => {
  const platform = Reflect.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const putBack = (): void => void (platform ? Object.defineProperty(Error, 'prepareStackTrace', platform) : Reflect.deleteProperty(Error, 'prepareStackTrace'));

  test('NS-24 is kept as text', () => {
    Reflect.deleteProperty(Error, 'prepareStackTrace');
    onTestFinished(putBack);
    const error = new Error('with a stack');
    const { stack } = error;

    expect((roundTrip({ error })['error'] as Error).stack).toBe(stack);
  });

  test('NS-24 is left out, and nothing is called, where the user formats stacks', () => {
    let calls = 0;
    Error.prepareStackTrace = () => `called ${(calls += 1)} times`;
    onTestFinished(putBack);

    const restored = roundTrip({ error: new Error('with a hook') });

    putBack();
    expect(calls).toBe(0);
    expect(restored).toMatchObject({ error: { message: 'with a hook' } });
  });

  test('NS-24 is read as the caller says', () => {
    const error = new Error('read');
    const { stack } = error;
    Error.prepareStackTrace = () => 'of the hook';
    onTestFinished(putBack);

    expect((roundTrip({ error }, { readStack: () => 'of the caller' })['error'] as Error).stack).toBe('of the caller');
    putBack();
    expect(error.stack).toBe(stack);
  });
});

describe('one graph for all names', () => {
  test('NS-24 what two names share is shared again', () => {
    const shared = { count: 1 };
    const { a, b, list } = roundTrip({ a: shared, b: shared, list: [shared, shared] }) as Record<string, unknown> & { list: unknown[] };

    expect(a).toBe(b);
    expect(list).toEqual([a, a]);
    expect(list[0]).toBe(a);
  });

  test('NS-24 cycles through every kind of container are cycles again', () => {
    const map = new Map<unknown, unknown>();
    const set = new Set<unknown>([map]);
    const list: unknown[] = [set];
    const error = new Error('x', { cause: list });
    map.set(map, error);
    const { it } = roundTrip({ it: map }) as { it: Map<unknown, Error> };

    const cause = it.get(it)?.cause as [Set<unknown>];
    expect(cause[0].has(it)).toBe(true);
  });

  test('NS-24 views of one buffer see each other again', () => {
    const bytes = new ArrayBuffer(8);
    const { first, second } = roundTrip({ first: new Uint8Array(bytes), second: new DataView(bytes, 4) }) as { first: Uint8Array; second: DataView };
    first[4] = 9;

    expect(second.getUint8(0)).toBe(9);
    expect(second.buffer).toBe(first.buffer);
  });

  test('NS-24 a chain of 200,000 links overflows no stack', () => {
    let chain: { next?: unknown } = {};
    for (let index = 0; index < 200_000; index += 1) chain = { next: chain };
    let length = 0;
    for (let link = roundTrip({ chain })['chain'] as { next?: unknown } | undefined; link; link = link.next as typeof link) length += 1;

    expect(length).toBe(200_001);
  });

  test('NS-24 ten megabytes of records fit', () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => ({ id: index, name: `row ${index}`, ratio: index / 7, tags: ['a', 'b'] }));

    const back = roundTrip({ rows })['rows'];

    assert.deepStrictEqual(back, rows);
    expect(back).toHaveLength(rows.length);
  });

  test('a name may be __proto__', () => {
    const values = Object.fromEntries([['__proto__', { a: 1 }], ['constructor', 2]]);
    const back = roundTrip(values);

    expect(Object.keys(back)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  });
});

function* generate() {
  yield 1;
}
class Secret {
  #value = 1;
  read(): number {
    return this.#value;
  }
}

describe('what cannot be kept is named', () => {
  test.each<readonly [string, unknown, string]>([
    ['a function', () => 1, 'a function'],
    ['a native function', Math.max, 'a native function'],
    ['a bound function', Math.max.bind(null), 'a native function'],
    ['a Promise', Promise.resolve(1), 'a Promise'],
    ['a timer', clearLater(setTimeout(() => undefined, 1e6)), 'a Timeout'],
    ['a WeakMap inside', { cache: { inner: new WeakMap() } }, 'holds a WeakMap at .cache.inner'],
    ['a WeakSet', new WeakSet(), 'a WeakSet'],
    ['a WeakRef', new WeakRef({}), 'a WeakRef'],
    ['a getter', { get x() { throw new Error('it ran'); } }, 'a getter at .x'],
    ['a getter inside', [{ get x() { throw new Error('it ran'); } }], 'a getter at [0].x'],
    ['a setter', { set x(_: unknown) {} }, 'a getter at .x'], // oxlint-disable-line accessor-pairs
    ['a Proxy', new Proxy({}, {}), 'a Proxy'],
    ['a revoked Proxy', revoked(), 'a Proxy'],
    ['a Proxy of a function', new Proxy(() => 1, {}), 'a Proxy'],
    ['a prototype that is a Proxy', Object.create(new Proxy({}, {})), 'an object whose prototype is a Proxy'],
    ['a Symbol', Symbol('local'), 'a Symbol'],
    ['a symbol key', { [Symbol('local')]: 1 }, 'holds a symbol key at [symbol]'],
    ['a value in a Map', new Map([['k', Symbol('local')]]), 'holds a Symbol at .value(0)'],
    ['a key of a Map', new Map([[new WeakSet(), 1]]), 'holds a WeakSet at .key(0)'],
    ['an item of a Set', new Set([1, Promise.resolve()]), 'holds a Promise at .item(1)'],
    ['an odd key', { 'a b': new WeakSet() }, 'holds a WeakSet at ["a b"]'],
    ['a boxed number', Object(1), 'a boxed primitive'],
    ['a Generator', generate(), 'a Generator'],
    ['an iterator', new Map().keys(), 'an Iterator'],
    ['arguments', (function () { return arguments; })(), 'an arguments object'], // oxlint-disable-line prefer-rest-params
    ['a SharedArrayBuffer', new SharedArrayBuffer(1), 'a SharedArrayBuffer'],
    ['a resizable ArrayBuffer', new ArrayBuffer(1, { maxByteLength: 2 }), 'a resizable ArrayBuffer'],
    ['a URL', new URL('https://example.com'), 'a URL'],
    ['an AbortController', new AbortController(), 'an AbortController'],
    ['an instance of a class', new Secret(), 'a Secret'],
    ['an object made by another one', Object.create({ a: 1 }), 'an object with a prototype of its own'],
    ['the global object', globalThis, 'the global object'],
  ])('NS-24 NS-25 %s', (_, value, reason) => {
    expect(refusal(value)).toBe(reason);
  });

  test('NS-24 nothing of a name that is left out is written, and the others are', () => {
    const shared = { deep: 1 };
    const before = take({ a: 1, c: shared });
    const { bytes, kept, skipped } = take({ a: 1, b: [shared, 'text', new WeakMap()], c: shared });

    expect(kept).toEqual(['a', 'c']);
    expect(skipped).toEqual([{ name: 'b', reason: 'holds a WeakMap at [2]' }]);
    expect(bytes).toEqual(before.bytes);
  });

  test('NS-24 a name that does not fit is left out whole, and later ones may still fit', () => {
    const { kept, skipped } = take({ large: 'x'.repeat(2000), many: Array.from({ length: 2000 }, () => ({})), small: 1 }, { maxBytes: 1000 });

    expect(kept).toEqual(['small']);
    expect(skipped).toEqual([{ name: 'large', reason: 'too large' }, { name: 'many', reason: 'too large' }]);
  });

  test('a path of many steps is shortened', () => {
    let deep: unknown = Symbol('local');
    for (let index = 0; index < 100; index += 1) deep = [deep];

    expect(refusal(deep)).toBe(`holds a Symbol at ${'[0]'.repeat(8)}…${'[0]'.repeat(8)}`);
  });
});

test('NS-24 encoding runs no code of the user, whatever was replaced', () => {
  let heard = 0;
  const throwing = () => {
    heard += 1;
    throw new Error('user code ran');
  };
  const value = {
    toJSON: undefined,
    map: Object.defineProperties(new Map([[1, 2]]), { forEach: { value: undefined }, size: { value: 99 } }),
    set: new Set([1]),
    date: Object.assign(new Date(5), { label: 1 }),
    list: [1, 2, 3],
    pattern: /a/g,
    bytes: new Uint8Array([1, 2]),
    error: new Error('x'),
  };
  const patched: (readonly [object, PropertyKey])[] = [
    [Map.prototype, 'get'], [Map.prototype, 'set'], [Map.prototype, 'forEach'], [Map.prototype, 'delete'], [Map.prototype, Symbol.iterator],
    [Set.prototype, Symbol.iterator], [Set.prototype, 'forEach'], [Date.prototype, 'getTime'], [RegExp.prototype, 'exec'],
    [Array.prototype, Symbol.iterator], [Array.prototype, 'push'], [Array.prototype, 'map'], [String.prototype, 'charCodeAt'],
    [Uint8Array.prototype, 'set'], [Object.getPrototypeOf(Uint8Array.prototype), 'subarray'], [Function.prototype, 'toString'],
  ];
  const originals = patched.map(([owner, key]) => Reflect.getOwnPropertyDescriptor(owner, key));

  const options = { types };
  let taken: ReturnType<typeof take>;
  const entries = [{ name: 'value', binding: 'property' as const, value }, { name: 'refused', binding: 'property' as const, value: [new WeakMap()] }];
  try {
    for (let index = 0; index < patched.length; index += 1) {
      const entry = patched[index]!;
      Reflect.defineProperty(entry[0], entry[1], { value: throwing, configurable: true, writable: true });
    }
    Reflect.defineProperty(Array.prototype, 0, { set: throwing, configurable: true });
    taken = encodeCheckpoint(entries, options);
  } finally {
    Reflect.deleteProperty(Array.prototype, 0);
    for (let index = 0; index < patched.length; index += 1) {
      const entry = patched[index]!;
      const original = originals[index];
      if (original) Reflect.defineProperty(entry[0], entry[1], original);
      else Reflect.deleteProperty(entry[0], entry[1]);
    }
  }

  expect(heard).toBe(0);
  expect(taken.kept).toEqual(['value']);
  expect(taken.skipped).toEqual([{ name: 'refused', reason: 'holds a WeakMap at [0]' }]);
});

function clearLater(timer: NodeJS.Timeout): NodeJS.Timeout {
  timer.unref();
  return timer;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function describeProperties(object: unknown): unknown[] {
  const keys = Reflect.ownKeys(object as object).filter((key) => key !== 'stack');
  return keys.map((key) => [key, Reflect.getOwnPropertyDescriptor(object as object, key)]);
}
