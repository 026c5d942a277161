/**
 * What a checkpoint looks like in bytes: four letters, a version, then one chunk for each name. A chunk is the name,
 * how it was bound, its value, and the records of the objects that the value reaches and no earlier chunk has. Objects
 * are numbered in the order in which they are met, over all names, so what two names share is written once and cycles
 * cost nothing. Nothing nests, so a long chain is as safe to write and read as a wide one.
 */

/** The version of the bytes. Another one is refused. */
export const namespaceFormat = 1;

/** The first bytes of every checkpoint: "HFNS". */
export const signature = [0x48, 0x46, 0x4e, 0x53] as const;

export const defaultMaxBytes = 15 * 1024 * 1024;

/** How a name came to be. */
export const bindings = ['property', 'let', 'const'] as const;
export type Binding = (typeof bindings)[number];

export const Slot = {
  undefined: 0,
  null: 1,
  true: 2,
  false: 3,
  integer: 4,
  float: 5,
  bigint: 6,
  text: 7,
  registeredSymbol: 8,
  wellKnownSymbol: 9,
  reference: 10,
} as const;

export const Kind = {
  end: 0,
  object: 1,
  array: 2,
  map: 3,
  set: 4,
  date: 5,
  regexp: 6,
  buffer: 7,
  view: 8,
  error: 9,
  function: 10,
  class: 11,
  nodeBuffer: 12,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Bits of the byte after the kind. */
export const Flag = { sealed: 1, attributes: 2, noPrototype: 4, madeByClass: 8, fixedLength: 16 } as const;
export const allFlags = 31;

/** Bits of a property that is not plainly writable, enumerable and configurable. */
export const Attribute = { writable: 1, enumerable: 2, configurable: 4 } as const;

/** Codes before the numbers of property keys that were met already. */
export const Key = { text: 0, registeredSymbol: 1, wellKnownSymbol: 2, known: 3 } as const;

/** How a class got its parent. */
export const Parent = { none: 0, class: 1, platform: 2 } as const;

export const errorNames = [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AggregateError',
] as const;

export const viewNames = [
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
] as const;

const taken: Readonly<Record<string, unknown>> = takePlatform();

function takePlatform(): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of [...errorNames, ...viewNames, 'Buffer', 'Array', 'Map', 'Set', 'Date', 'RegExp']) {
    found[name] = Reflect.get(globalThis, name);
  }
  return found;
}

/** A constructor of the platform by its name; undefined where this platform has none. */
export function platformConstructor(name: string): (new (...values: unknown[]) => object) | undefined {
  const found = taken[name];
  // The table above holds constructors only.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return typeof found === 'function' ? (found as new (...values: unknown[]) => object) : undefined;
}

/** The prototype of a constructor of the platform. */
export function platformPrototype(name: string): object | undefined {
  const constructor = platformConstructor(name);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the prototype of a constructor is an object
  return constructor && (constructor.prototype as object);
}

/** The symbols that the language itself defines, by name. */
export const wellKnownSymbols: ReadonlyMap<string, symbol> = new Map(
  Object.getOwnPropertyNames(Symbol).flatMap((name) => {
    const value: unknown = Reflect.get(Symbol, name);
    return typeof value === 'symbol' ? [[name, value] as const] : [];
  }),
);

export const wellKnownNames: ReadonlyMap<symbol, string> = new Map([...wellKnownSymbols].map(([name, symbol]) => [symbol, name] as const));
