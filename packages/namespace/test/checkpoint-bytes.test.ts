import assert from 'node:assert/strict';
import { decodeCheckpoint, listFunctions, namespaceFormat, type FunctionReport } from '@holdfast/namespace';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { entriesOf, roundTrip, take } from './checkpoint-helpers.ts';

const primitive = fc.oneof(
  fc.constant(undefined), fc.constant(null), fc.boolean(), fc.double(), fc.integer(), fc.bigInt(),
  fc.string({ unit: 'binary' }), fc.string().map((text) => Symbol.for(text)), fc.constant('\ud800'), fc.constant(-0),
);

/** Objects without content, then fillings that may point anywhere, back and forth. */
const graph = fc.tuple(
  fc.array(fc.constantFrom('object', 'bare', 'array', 'map', 'set', 'error'), { minLength: 1, maxLength: 12 }),
  fc.array(fc.record({ from: fc.nat(), to: fc.option(fc.nat(), { nil: undefined }), key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'length2')), value: primitive }), { maxLength: 40 }),
).map(([kinds, fillings]) => {
  const nodes = kinds.map(makeNode);
  for (const { from, to, key, value } of fillings) fill(nodes[from % nodes.length]!, key, to === undefined ? value : nodes[to % nodes.length]);
  return nodes;
});

function makeNode(kind: string): object {
  if (kind === 'bare') return Object.create(null);
  if (kind === 'array') return [];
  if (kind === 'map') return new Map();
  if (kind === 'set') return new Set();
  return kind === 'error' ? new RangeError('made') : {};
}

function fill(node: object, key: string, value: unknown): void {
  if (Array.isArray(node)) node.push(value);
  else if (node instanceof Map) node.set(value, key);
  else if (node instanceof Set) node.add(value);
  else Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The shape of a graph as text: every object by the number at which a walk first meets it. */
function shapeOf(values: readonly unknown[]): string[] {
  const numbers = new Map<unknown, number>();
  const shape: string[] = [];
  const name = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`;
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return `#${numbers.get(value)}`;
  };
  values.forEach(name);
  for (const object of numbers.keys()) {
    const content = object instanceof Map ? [...object].flat() : object instanceof Set ? [...object] : [];
    const keys = Reflect.ownKeys(object as object).filter((key) => key !== 'stack');
    shape.push(`${name(object)} ${Object.prototype.toString.call(object)} ${content.map(name).join()} ${keys.map((key) => `${String(key)}=${name(Reflect.get(object as object, key))}`).join()}`);
  }
  return shape;
}

test('NS-24 any graph comes back with the same structure and the same sharing', () => {
  fc.assert(
    fc.property(graph, (nodes) => {
      const values = Object.fromEntries(nodes.map((node, index) => [`n${index}`, node]));
      const back = roundTrip(values);

      expect(shapeOf(Object.values(back))).toEqual(shapeOf(nodes));
    }),
    { numRuns: 300 },
  );
});

test('NS-24 what comes back is written as the same bytes', () => {
  fc.assert(
    fc.property(graph, (nodes) => {
      const first = take({ nodes });
      const { entries } = decodeCheckpoint(first.bytes);
      const again = take({ nodes: entries[0]?.value });

      expect(Buffer.from(again.bytes).equals(Buffer.from(first.bytes))).toBe(true);
    }),
    { numRuns: 100 },
  );
});

const rich = take({
  text: 'plain', umlauts: 'Größe'.repeat(20), half: `\ud800${'x'.repeat(50)}`, number: 0.1, big: -(2n ** 80n), list: [1, , 3], // oxlint-disable-line no-sparse-arrays
  map: new Map<unknown, unknown>([['a', { __proto__: null, b: 1 }]]), set: new Set([1]), date: new Date(5), pattern: /a+/gi,
  bytes: new Uint16Array([1, 2, 3]), view: new DataView(new ArrayBuffer(9), 1), buffer: Buffer.from('x'), error: new AggregateError([new TypeError('x')], 'y', { cause: 1 }),
  frozen: Object.freeze({ a: Object.freeze([1]) }), odd: JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": 2}}') as unknown,
}).bytes;

test('NS-24 hostile bytes give a typed error or a valid result, and change nothing around them', () => {
  const prototypeBefore = Reflect.ownKeys(Object.prototype);
  const codes = new Set<string>();
  let valid = 0;

  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(rich.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }), fc.option(fc.nat(rich.length)), (edits, cut) => {
      const bytes = rich.slice();
      for (const [at, value] of edits) bytes[at] = value;
      try {
        decodeCheckpoint(bytes.slice(0, cut ?? bytes.length), { evaluate: () => assert.fail('nothing is evaluated without a function') });
        valid += 1;
      } catch (error) {
        codes.add((error as { code: string }).code);
      }
    }),
    { numRuns: 3000 },
  );

  expect([...codes].toSorted()).toEqual(['HOLDFAST_NAMESPACE_CHECKPOINT_CORRUPT', 'HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT']);
  expect(valid).toBeGreaterThan(0);
  expect(Reflect.ownKeys(Object.prototype)).toEqual(prototypeBefore);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('NS-24 bytes that are random altogether give a typed error', () => {
  const codes = new Set<string>();

  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, hasHeader) => {
      const bytes = hasHeader ? new Uint8Array([...rich.slice(0, 5), ...noise]) : noise;
      try {
        decodeCheckpoint(bytes);
      } catch (error) {
        codes.add((error as { code: string }).code);
      }
    }),
    { numRuns: 2000 },
  );
  expect([...codes].toSorted()).toEqual(['HOLDFAST_NAMESPACE_CHECKPOINT_CORRUPT', 'HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT']);
  expect(() => decodeCheckpoint(new Uint8Array())).toThrow(expect.objectContaining({ code: 'HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT' }));
});

test('NS-24 another format is refused by its number', () => {
  const bytes = rich.slice();
  bytes[4] = namespaceFormat + 1;

  expect(() => decodeCheckpoint(bytes)).toThrow(
    expect.objectContaining({ code: 'HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT', message: `Cannot read checkpoint: its format is ${namespaceFormat + 1}, expected ${namespaceFormat}` }),
  );
});

test('NS-25 without a way to evaluate, names that hold functions are left out and the others are not', () => {
  const shared = { data: 1 };
  const { bytes, kept } = take({ run: () => 1, held: { run: [() => 2] }, shared, both: [shared, () => 3] }, { describeFunction: plainFunction });

  const { entries, skipped } = decodeCheckpoint(bytes);

  expect(kept).toEqual(['run', 'held', 'shared', 'both']);
  expect(listFunctions(bytes)).toEqual([1, 2, 3].map((result) => ({ kind: 'function', source: `() => ${result}` })));
  expect(entries).toEqual(entriesOf({ shared }));
  expect(skipped).toEqual([
    { name: 'run', reason: 'a function that could not be made again' },
    { name: 'held', reason: 'holds a function that could not be made again' },
    { name: 'both', reason: 'holds a function that could not be made again' },
  ]);
});

test('NS-25 names fall with the names that they need, and what they shared with others stays', () => {
  const shared = { data: 1 };
  const third = new WeakMap();

  const { bytes, kept, skipped } = take({ first: [shared, () => 'second'], second: () => 'third', third, last: { shared } }, { describeFunction: needsWhatItSays });

  expect(kept).toEqual(['last']);
  expect(skipped).toEqual([
    { name: 'first', reason: 'needs "second", which is not kept' },
    { name: 'second', reason: 'needs "third", which is not kept' },
    { name: 'third', reason: 'a WeakMap' },
  ]);
  expect(decodeCheckpoint(bytes).entries).toEqual(entriesOf({ last: { shared } }));
});

function plainFunction(): FunctionReport {
  return { kind: 'function', free: [], statics: [], members: [], hasPrivateFields: false };
}

/** `() => 'second'` needs the name "second". */
function needsWhatItSays(_: object, source: string): FunctionReport {
  return { kind: 'function', free: [/\w{4,}/u.exec(source)?.[0] ?? ''], statics: [], members: [], hasPrivateFields: false };
}
