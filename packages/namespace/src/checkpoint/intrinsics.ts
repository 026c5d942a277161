/**
 * The built-ins that a checkpoint is made with, taken when this is loaded and called as plain functions. User code may
 * replace `Map.prototype.get` or `Array.prototype[Symbol.iterator]`; none of it runs while a namespace is read.
 */
export const {
  Array,
  ArrayBuffer,
  BigInt,
  DataView,
  Date,
  Error,
  Function,
  Map,
  Number,
  Object,
  Reflect,
  RegExp,
  Set,
  String,
  Symbol,
  TextDecoder,
  TextEncoder,
  TypeError,
  Uint8Array,
} = globalThis;

const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

/** Makes a method a function of its receiver. */
function plain<This, Arguments extends readonly unknown[], Result>(
  method: (this: This, ...rest: Arguments) => Result,
): (self: This, ...rest: Arguments) => Result {
  return (self, ...rest) => apply(method, self, rest);
}

// oxlint-disable typescript/no-unnecessary-type-parameters -- who names a built-in getter knows what it gives
/** The getter of a property of a prototype, as a function of its receiver. */
function getter<Result>(prototype: object, key: PropertyKey): (self: object) => Result {
  const get = getOwnPropertyDescriptor(prototype, key)?.get;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return (self) => (get ? (apply(get, self, []) as Result) : (undefined as Result));
}

// oxlint-enable typescript/no-unnecessary-type-parameters

const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) ?? Uint8Array.prototype;

/* oxlint-disable typescript/unbound-method -- they are bound to a receiver at every call */
export const mapGet = plain(Map.prototype.get) as <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key) => Value | undefined;
export const mapSet = plain(Map.prototype.set) as <Key, Value>(map: Map<Key, Value>, key: Key, value: Value) => void;
export const mapDelete = plain(Map.prototype.delete) as <Key>(map: Map<Key, unknown>, key: Key) => boolean;
export const mapForEach = plain(Map.prototype.forEach) as <Key, Value>(map: ReadonlyMap<Key, Value>, visit: (value: Value, key: Key) => void) => void;
export const mapSize = getter<number>(Map.prototype, 'size');
export const setForEach = plain(Set.prototype.forEach) as <Value>(set: ReadonlySet<Value>, visit: (value: Value) => void) => void;
export const setAdd = plain(Set.prototype.add) as <Value>(set: Set<Value>, value: Value) => void;
export const setSize = getter<number>(Set.prototype, 'size');
export const getTime = plain(Date.prototype.getTime) as (date: object) => number;
export const functionText = plain(Function.prototype.toString) as (value: object) => string;
export const charCodeAt = plain(String.prototype.charCodeAt);
export const isWellFormed = plain(String.prototype.isWellFormed);
export const textIncludes = plain(String.prototype.includes);
export const bigintText = plain(BigInt.prototype.toString) as (value: bigint, radix: number) => string;
const execute = plain(RegExp.prototype.exec);
export const setBytes = plain(Uint8Array.prototype.set) as (target: Uint8Array, source: Uint8Array, offset: number) => void;
export const subarray = plain(Uint8Array.prototype.subarray) as (bytes: Uint8Array, start: number, end: number) => Uint8Array;
export const sliceBytes = plain(Uint8Array.prototype.slice) as (bytes: Uint8Array, start: number, end: number) => Uint8Array<ArrayBuffer>;
export const setFloat64 = plain(DataView.prototype.setFloat64);
export const getFloat64 = plain(DataView.prototype.getFloat64);
export const encodeInto = plain(TextEncoder.prototype.encodeInto);
export const decodeText = plain(TextDecoder.prototype.decode) as (decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array) => string;
/* oxlint-enable typescript/unbound-method */

/** `test` would look `exec` up, which may be the user's. */
export function matches(pattern: RegExp, text: string): boolean {
  return execute(pattern, text) !== null;
}

export const bufferLength = getter<number>(ArrayBuffer.prototype, 'byteLength');
export const bufferIsResizable = getter<boolean | undefined>(ArrayBuffer.prototype, 'resizable');
export const bufferIsDetached = getter<boolean | undefined>(ArrayBuffer.prototype, 'detached');
export const typedArrayName = getter<string>(typedArrayPrototype, Symbol.toStringTag);
export const typedArrayBuffer = getter<object>(typedArrayPrototype, 'buffer');
export const typedArrayOffset = getter<number>(typedArrayPrototype, 'byteOffset');
export const typedArrayLength = getter<number>(typedArrayPrototype, 'length');
export const typedArrayBytes = getter<number>(typedArrayPrototype, 'byteLength');
export const viewBuffer = getter<object>(DataView.prototype, 'buffer');
export const viewOffset = getter<number>(DataView.prototype, 'byteOffset');
export const viewLength = getter<number>(DataView.prototype, 'byteLength');

export const regexpSource = getter<string>(RegExp.prototype, 'source');
/** The getter of `flags` reads properties that user code may have put on the value, so each flag is asked for itself. */
const regexpFlagGetters: readonly (readonly [string, (self: object) => boolean])[] = [
  ['d', getter(RegExp.prototype, 'hasIndices')],
  ['g', getter(RegExp.prototype, 'global')],
  ['i', getter(RegExp.prototype, 'ignoreCase')],
  ['m', getter(RegExp.prototype, 'multiline')],
  ['s', getter(RegExp.prototype, 'dotAll')],
  ['u', getter(RegExp.prototype, 'unicode')],
  ['v', getter(RegExp.prototype, 'unicodeSets')],
  ['y', getter(RegExp.prototype, 'sticky')],
];

export function regexpFlags(value: object): string {
  let flags = '';
  for (let index = 0; index < regexpFlagGetters.length; index += 1) {
    const entry = regexpFlagGetters[index];
    if (entry?.[1](value)) flags += entry[0];
  }
  return flags;
}

/** In newer V8 the stack of an error is an accessor of its own; this is the built-in's. */
export const stackGetter = getOwnPropertyDescriptor(new Error('probe'), 'stack')?.get;

/** A list without the prototype whose setters and iterator user code could replace; read it by index. */
export function createList<Value>(): Value[] {
  const list: Value[] = [];
  Reflect.setPrototypeOf(list, null);
  return list;
}

export function append<Value>(list: Value[], value: Value): void {
  list[list.length] = value;
}

/** An ordinary list again, for those who receive it. */
export function published<Value>(list: readonly Value[]): Value[] {
  Reflect.setPrototypeOf(list, Array.prototype);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was made by createList
  return list as Value[];
}
