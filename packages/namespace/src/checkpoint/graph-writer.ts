/**
 * Writes values as records, each object once, with identity and cycles kept over all that is written. All records share
 * the numbers of objects, the path to where the writing stands, and the bytes, and so this file is longer than most.
 */
import {
  append,
  bigintText,
  bufferLength,
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
  regexpFlags,
  regexpSource,
  setForEach,
  setSize,
  Symbol,
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
import { Attribute, errorNames, Flag, Key, Kind, namespaceFormat, Parent, platformPrototype, signature, Slot, viewNames, wellKnownNames, type Binding } from './format.ts';
import { GetterRefused, listProperties, plainAttributes, type OwnProperty, type ReadStack } from './own-properties.ts';
import { readFunction, readMaker, type Surroundings } from './read-function.ts';
import { reasonAt, Refused, type Step } from './skipped.ts';

const { isSafeInteger } = Number;
const { is, isExtensible, getPrototypeOf } = Object;
const { keyFor } = Symbol;

export interface GraphOptions {
  readonly types: ObjectTypes;
  readonly readStack?: ReadStack | undefined;
  readonly maxBytes: number;
  readonly surroundings: Surroundings;
}

/** How far the writing was. */
export interface GraphMark {
  readonly bytes: ReturnType<ByteWriter['mark']>;
  readonly objects: number;
}

export class GraphWriter {
  readonly #options: GraphOptions;
  readonly #surroundings: Surroundings;
  readonly #writer: ByteWriter;
  readonly #ids = new Map<unknown, number>();
  readonly #objects = createList<object>();
  readonly #parents = createList<number>();
  readonly #steps = createList<Step>();
  #current = -1;
  #step: Step | undefined;

  constructor(options: GraphOptions) {
    this.#options = options;
    this.#surroundings = options.surroundings;
    this.#writer = new ByteWriter(options.maxBytes);
    for (let index = 0; index < signature.length; index += 1) this.#writer.byte(signature[index] ?? 0);
    this.#writer.byte(namespaceFormat);
  }

  /** Writes a name with its value and every object of it that was not written before. @throws Refused, with part of it written */
  writeName(name: string, binding: Binding, value: unknown): void {
    const first = this.#objects.length;
    this.#current = -1;
    this.#step = undefined;
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

  mark(): GraphMark {
    return { bytes: this.#writer.mark(), objects: this.#objects.length };
  }

  /** Takes back everything since a mark, bytes and object numbers alike. */
  rewind({ bytes, objects }: GraphMark): void {
    this.#writer.rewind(bytes);
    for (let id = objects; id < this.#objects.length; id += 1) mapDelete(this.#ids, this.#objects[id]);
    this.#objects.length = objects;
    this.#parents.length = objects;
    this.#steps.length = objects;
  }

  /** Why a name was refused, and where in its value; to be asked before {@link rewind}. */
  reasonOf(refused: Refused): string {
    if (refused instanceof GetterRefused) this.#step = typeof refused.key === 'string' ? refused.key : { part: 'symbol' };
    return reasonAt(refused.what, this.#path());
  }

  finish(): Uint8Array {
    return this.#writer.finish();
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
