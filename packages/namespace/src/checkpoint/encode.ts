/**
 * Writes a namespace. Every name is tried in turn; one that cannot be kept is rewound, bytes and object numbers alike, so
 * nothing of it stays. Names that need a fallen one fall too, and then all that is left is written anew, because they may
 * have held what others share. One file, longer than most, because all records share that state of numbers, path and bytes.
 */
import {
  bufferLength,
  append,
  createList,
  getTime,
  Map,
  mapDelete,
  mapForEach,
  mapGet,
  mapSet,
  mapSize,
  Number,
  Object,
  published,
  regexpFlags,
  regexpSource,
  setForEach,
  setSize,
  Symbol,
  bigintText,
  typedArrayBuffer,
  typedArrayBytes,
  typedArrayLength,
  typedArrayName,
  typedArrayOffset,
  Uint8Array,
  viewBuffer,
  viewLength,
  viewOffset,
} from './intrinsics.ts';
import { ByteWriter } from './byte-writer.ts';
import { classify, type ObjectTypes } from './classify.ts';
import type { DescribeFunction } from './describe-function.ts';
import {
  Attribute,
  defaultMaxBytes,
  errorNames,
  Flag,
  Key,
  Kind,
  namespaceFormat,
  Parent,
  platformPrototype,
  signature,
  Slot,
  viewNames,
  wellKnownNames,
  type Binding,
} from './format.ts';
import { GetterRefused, listProperties, plainAttributes, type OwnProperty, type ReadStack } from './own-properties.ts';
import { readFunction, readMaker, type Surroundings } from './read-function.ts';
import { reasonAt, Refused, type Step } from './skipped.ts';
import type { SkippedName } from '../namespace.ts';

const { isSafeInteger } = Number;
const { is, isExtensible, getPrototypeOf } = Object;
const { keyFor } = Symbol;

/** A name of a namespace, how it was bound and what it holds. */
export interface CheckpointEntry {
  readonly name: string;
  readonly binding: Binding;
  readonly value: unknown;
  /** Why there is no value to keep: a getter, an initialiser that threw. */
  readonly refused?: string;
}

export interface EncodeOptions {
  readonly types: ObjectTypes;
  /** @default no function is kept */
  readonly describeFunction?: DescribeFunction;
  /** Tells the names that every fresh namespace has, with the value that they have there. @default own properties of `globalThis` */
  readonly findPlatformValue?: (name: string) => { readonly value: unknown } | undefined;
  /** How the stacks of errors are read. @default they are left out while there is an `Error.prepareStackTrace`, which Node itself brings */
  readonly readStack?: ReadStack;
  /** @default 15 MiB */
  readonly maxBytes?: number;
}

export interface EncodedCheckpoint {
  readonly bytes: Uint8Array;
  readonly kept: readonly string[];
  readonly skipped: readonly SkippedName[];
}

/**
 * Writes a namespace as bytes, with identity and cycles kept over all names. A name whose value cannot be kept whole is
 * left out whole, with the reason. Runs no code of the values: no getters, no traps, no methods.
 */
export function encodeCheckpoint(entries: readonly CheckpointEntry[], options: EncodeOptions): EncodedCheckpoint {
  const reasons = new Map<string, string>();
  let candidates = entries;
  for (let round = 0; ; round += 1) {
    const pass = new Pass(candidates, options, reasons);
    pass.run(round >= maxRounds);
    const survivors = createList<CheckpointEntry>();
    for (let index = 0; index < candidates.length; index += 1) {
      const entry = candidates[index];
      if (entry && mapGet(reasons, entry.name) === undefined) append(survivors, entry);
    }
    if (!pass.hasFallen) return { bytes: pass.finish(), ...sort(entries, reasons) };
    candidates = survivors;
  }
}

/** Names fall with those that they need, and may lay bare others that shared with them. After this many rounds names with needs fall at once. */
const maxRounds = 8;

function sort(entries: readonly CheckpointEntry[], reasons: ReadonlyMap<string, string>): { kept: string[]; skipped: SkippedName[] } {
  const kept = createList<string>();
  const skipped = createList<SkippedName>();
  for (let index = 0; index < entries.length; index += 1) {
    const name = entries[index]?.name ?? '';
    const reason = mapGet(reasons, name);
    if (reason === undefined) append(kept, name);
    else append(skipped, { name, reason });
  }
  return { kept: published(kept), skipped: published(skipped) };
}

interface Need {
  readonly name: string;
  readonly requires: readonly string[];
}

/** One try to write all candidates. */
class Pass {
  readonly #entries: readonly CheckpointEntry[];
  readonly #options: EncodeOptions;
  readonly #reasons: Map<string, string>;
  readonly #writer: ByteWriter;
  readonly #ids = new Map<unknown, number>();
  readonly #objects = createList<object>();
  readonly #parents = createList<number>();
  readonly #steps = createList<Step>();
  readonly #needs = createList<Need>();
  readonly #surroundings: Surroundings;
  #requires = createList<string>();
  #current = -1;
  #step: Step | undefined;
  /** Whether a name that was written must go because of another one. */
  hasFallen = false;

  constructor(entries: readonly CheckpointEntry[], options: EncodeOptions, reasons: Map<string, string>) {
    this.#entries = entries;
    this.#options = options;
    this.#reasons = reasons;
    this.#writer = new ByteWriter(options.maxBytes ?? defaultMaxBytes);
    const values = new Map<string, { readonly value: unknown }>();
    for (let index = 0; index < entries.length; index += 1) {
      const entry = entries[index];
      if (entry) mapSet(values, entry.name, entry);
    }
    this.#surroundings = {
      types: options.types,
      describe: options.describeFunction ?? (() => ({ refused: 'a function' })),
      findName: (name) => mapGet(values, name),
      findPlatformValue: options.findPlatformValue ?? findGlobal,
      require: (name) => append(this.#requires, name),
    };
  }

  run(isLast: boolean): void {
    for (let index = 0; index < signature.length; index += 1) this.#writer.byte(signature[index] ?? 0);
    this.#writer.byte(namespaceFormat);
    for (let index = 0; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry) this.#tryName(entry);
    }
    this.#dropDependents(isLast);
  }

  finish(): Uint8Array {
    return this.#writer.finish();
  }

  #tryName(entry: CheckpointEntry): void {
    const mark = this.#writer.mark();
    const first = this.#objects.length;
    this.#requires = createList();
    try {
      this.#writeName(entry, first);
      append(this.#needs, { name: entry.name, requires: this.#requires });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error instanceof GetterRefused) this.#step = typeof error.key === 'string' ? error.key : { part: 'symbol' };
      mapSet(this.#reasons, entry.name, reasonAt(error.what, this.#path()));
      this.#writer.rewind(mark);
      for (let id = first; id < this.#objects.length; id += 1) mapDelete(this.#ids, this.#objects[id]);
      this.#objects.length = first;
      this.#parents.length = first;
      this.#steps.length = first;
    }
  }

  #writeName({ name, binding, value, refused }: CheckpointEntry, first: number): void {
    this.#current = -1;
    this.#step = undefined;
    if (refused !== undefined) throw new Refused(refused);
    this.#writer.text(name);
    this.#writer.byte(binding === 'property' ? 0 : binding === 'let' ? 1 : 2);
    this.#slot(value);
    for (let id = first; id < this.#objects.length; id += 1) {
      this.#current = id;
      this.#step = undefined;
      const object = this.#objects[id];
      if (object) this.#record(object);
    }
    this.#current = -1;
    this.#step = undefined;
    this.#writer.byte(Kind.end);
  }

  /** The way from the name to where the writing stands. */
  #path(): Step[] {
    const upward = createList<Step>();
    if (this.#step !== undefined) append(upward, this.#step);
    for (let id = this.#current; id >= 0; id = this.#parents[id] ?? -1) {
      const step = this.#steps[id];
      if (step !== undefined && step !== '') append(upward, step);
    }
    const downward = createList<Step>();
    for (let index = upward.length - 1; index >= 0; index -= 1) append(downward, upward[index] ?? '');
    return downward;
  }

  #dropDependents(isLast: boolean): void {
    for (let again = true; again; ) {
      again = false;
      for (let index = 0; index < this.#needs.length; index += 1) {
        const need = this.#needs[index];
        if (!need || mapGet(this.#reasons, need.name) !== undefined) continue;
        const missing = this.#missing(need, isLast);
        if (missing === undefined) continue;
        mapSet(this.#reasons, need.name, `needs "${missing}", which is not kept`);
        this.hasFallen = true;
        again = true;
      }
    }
  }

  #missing({ requires }: Need, isLast: boolean): string | undefined {
    for (let index = 0; index < requires.length; index += 1) {
      const required = requires[index];
      if (required !== undefined && (mapGet(this.#reasons, required) !== undefined || (isLast && this.hasFallen))) return required;
    }
    return undefined;
  }

  #slot(value: unknown): void {
    switch (typeof value) {
      case 'undefined':
        return this.#writer.byte(Slot.undefined);
      case 'boolean':
        return this.#writer.byte(value ? Slot.true : Slot.false);
      case 'number':
        return this.#number(value);
      case 'bigint':
        this.#writer.byte(Slot.bigint);
        return this.#writer.text(bigintText(value, 16));
      case 'string':
        this.#writer.byte(Slot.text);
        return this.#writer.text(value);
      case 'symbol':
        return this.#symbol(value);
      default:
        if (value === null) return this.#writer.byte(Slot.null);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is left is an object or a function
        return this.#reference(value as object);
    }
  }

  #number(value: number): void {
    if (isSafeInteger(value) && value > -0x40000000 && value < 0x40000000 && !is(value, -0)) {
      this.#writer.byte(Slot.integer);
      this.#writer.number(value < 0 ? -value * 2 - 1 : value * 2);
      return;
    }
    this.#writer.byte(Slot.float);
    this.#writer.float(value);
  }

  #symbol(value: symbol): void {
    const wellKnown = mapGet(wellKnownNames, value);
    const name = wellKnown ?? keyFor(value);
    if (name === undefined) throw new Refused('a Symbol');
    this.#writer.byte(wellKnown === undefined ? Slot.registeredSymbol : Slot.wellKnownSymbol);
    this.#writer.text(name);
  }

  #reference(value: object): void {
    let id = mapGet(this.#ids, value);
    if (id === undefined) {
      id = this.#objects.length;
      mapSet(this.#ids, value, id);
      append(this.#objects, value);
      append(this.#parents, this.#current);
      append(this.#steps, this.#step ?? '');
    }
    this.#writer.byte(Slot.reference);
    this.#writer.number(id);
  }

  #record(value: object): void {
    if (this.#options.types.isProxy(value)) throw new Refused('a Proxy');
    if (value === globalThis) throw new Refused('the global object');
    if (typeof value === 'function') return this.#function(value);
    const prototype: object | null = getPrototypeOf(value);
    const kind = classify(value, prototype, this.#options.types);
    const maker = readMaker(value, kind, prototype, this.#surroundings);
    let flags = isExtensible(value) ? 0 : Flag.sealed;
    if (prototype === null) flags |= Flag.noPrototype;
    if (maker) flags |= Flag.madeByClass;
    this.#writer.byte(kind);
    if (kind === Kind.array) return this.#array(value, flags, maker);
    this.#head(flags, maker);
    this.#payload(value, kind);
    this.#properties(kind === Kind.view || kind === Kind.nodeBuffer ? createList() : listProperties(value, this.#options));
  }

  #head(flags: number, maker: object | undefined): void {
    this.#writer.byte(flags);
    if (!maker) return;
    this.#step = { part: 'prototype' };
    this.#reference(maker);
    this.#step = undefined;
  }

  #payload(value: object, kind: Kind): void {
    switch (kind) {
      case Kind.map:
        return this.#map(value);
      case Kind.set:
        return this.#set(value);
      case Kind.date:
        return this.#writer.float(getTime(value));
      case Kind.regexp:
        this.#writer.text(regexpSource(value));
        return this.#writer.text(regexpFlags(value));
      case Kind.error:
        return this.#writer.byte(errorType(value));
      case Kind.buffer:
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its kind was asked for before
        return this.#writer.raw(new Uint8Array(value as ArrayBuffer), bufferLength(value));
      case Kind.nodeBuffer:
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
        return this.#writer.raw(value as Uint8Array, typedArrayBytes(value));
      case Kind.view:
        return this.#view(value);
      default:
    }
  }

  #map(value: object): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its kind was asked for before
    const map = value as ReadonlyMap<unknown, unknown>;
    this.#writer.number(mapSize(map));
    let index = 0;
    mapForEach(map, (item, key) => {
      this.#step = { part: 'key', index };
      this.#slot(key);
      this.#step = { part: 'value', index };
      this.#slot(item);
      index += 1;
    });
  }

  #set(value: object): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its kind was asked for before
    const set = value as ReadonlySet<unknown>;
    this.#writer.number(setSize(set));
    let index = 0;
    setForEach(set, (item) => {
      this.#step = { part: 'item', index };
      this.#slot(item);
      index += 1;
    });
  }

  #view(value: object): void {
    const name = typedArrayName(value) ?? 'DataView';
    const isDataView = name === 'DataView';
    let type = -1;
    for (let index = 0; index < viewNames.length; index += 1) if (viewNames[index] === name) type = index;
    if (type < 0) throw new Refused(`a ${name}`);
    this.#writer.byte(type);
    this.#step = 'buffer';
    this.#reference(isDataView ? viewBuffer(value) : typedArrayBuffer(value));
    this.#writer.number(isDataView ? viewOffset(value) : typedArrayOffset(value));
    this.#writer.number(isDataView ? viewLength(value) : typedArrayLength(value));
  }

  /** The plain elements from the first on, then whatever else stands there: elements after a hole, named fields. */
  #array(value: object, flags: number, maker: object | undefined): void {
    const properties = listProperties(value);
    const length = properties.length > 0 ? findLength(properties) : undefined;
    this.#head(flags | (length?.isFixed ? Flag.fixedLength : 0), maker);
    let dense = 0;
    while (dense < properties.length && isPlainElement(properties[dense], dense)) dense += 1;
    this.#writer.number(length?.value ?? 0);
    this.#writer.number(dense);
    for (let index = 0; index < dense; index += 1) {
      this.#step = index;
      this.#slot(properties[index]?.value);
    }
    const rest = createList<OwnProperty>();
    for (let index = dense; index < properties.length; index += 1) {
      const property = properties[index];
      if (property && property.key !== 'length') append(rest, property);
    }
    this.#properties(rest);
  }

  #properties(properties: readonly OwnProperty[]): void {
    let hasAttributes = false;
    for (let index = 0; index < properties.length; index += 1) if (properties[index]?.attributes !== plainAttributes) hasAttributes = true;
    this.#writer.number(properties.length);
    this.#writer.byte(hasAttributes ? 1 : 0);
    for (let index = 0; index < properties.length; index += 1) {
      const property = properties[index];
      if (!property) continue;
      this.#step = typeof property.key === 'string' ? property.key : { part: 'symbol' };
      this.#key(property.key);
      if (hasAttributes) this.#writer.byte(property.attributes);
      this.#slot(property.value);
    }
    this.#step = undefined;
  }

  #key(key: string | symbol): void {
    if (typeof key === 'string') return this.#writer.key(key);
    const wellKnown = mapGet(wellKnownNames, key);
    const name = wellKnown ?? keyFor(key);
    if (name === undefined) throw new Refused('a symbol key');
    this.#writer.number(wellKnown === undefined ? Key.registeredSymbol : Key.wellKnownSymbol);
    this.#writer.text(name);
  }

  #function(value: object): void {
    const { source, facts, parent, fields } = readFunction(value, this.#surroundings);
    this.#writer.byte(facts.kind === 'class' ? Kind.class : Kind.function);
    this.#writer.byte(isExtensible(value) ? 0 : Flag.sealed);
    this.#writer.text(source);
    if (facts.kind === 'class') {
      this.#writer.byte(parent === undefined ? Parent.none : parent.isPlatform ? Parent.platform : Parent.class);
      if (parent && !parent.isPlatform) {
        this.#writer.text(parent.name);
        this.#step = { part: 'prototype' };
        this.#reference(parent.value);
      }
    }
    this.#properties(fields);
  }
}

function errorType(value: object): number {
  for (let prototype: object | null = getPrototypeOf(value); prototype; prototype = getPrototypeOf(prototype)) {
    for (let index = 0; index < errorNames.length; index += 1) {
      if (platformPrototype(errorNames[index] ?? '') === prototype) return index;
    }
  }
  return 0;
}

function findLength(properties: readonly OwnProperty[]): { value: number; isFixed: boolean } | undefined {
  for (let index = 0; index < properties.length; index += 1) {
    const property = properties[index];
    if (property?.key !== 'length' || typeof property.value !== 'number') continue;
    return { value: property.value, isFixed: (property.attributes & Attribute.writable) === 0 };
  }
  return undefined;
}

function isPlainElement(property: OwnProperty | undefined, index: number): boolean {
  return property !== undefined && property.attributes === plainAttributes && property.key === `${index}`;
}

function findGlobal(name: string): { readonly value: unknown } | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  return descriptor && { value: Object.hasOwn(descriptor, 'value') ? descriptor.value : undefined };
}
