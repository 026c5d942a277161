import { Attribute, errorNames, Flag, Kind, platformConstructor, platformPrototype, viewNames } from './format.ts';
import { Array, ArrayBuffer, Date, Map, mapSet, Object, Reflect, RegExp, Set, setAdd, TypeError, Uint8Array } from './intrinsics.ts';
import { plainAttributes } from './own-properties.ts';
import { Reference, type ParsedNode } from './parse.ts';
import type { RestoredFunctions } from './restore-functions.ts';

/**
 * The objects of a checkpoint by number, those among `lost` left out. Every object is made empty first and filled
 * afterwards, so cycles need no care. Properties are defined, never assigned: `__proto__` is a key like any other.
 *
 * @throws TypeError, RangeError or SyntaxError where records contradict each other
 */
export function makeValues(nodes: readonly ParsedNode[], functions: RestoredFunctions, lost: ReadonlySet<number>): readonly unknown[] {
  const objects: (object | undefined)[] = [];
  const resolve = (value: unknown): unknown => (value instanceof Reference ? objects[value.id] : value);

  for (let id = 0; id < nodes.length; id += 1) {
    const node = nodes[id];
    objects[id] = node && !lost.has(id) && node.kind !== Kind.view ? (functions.get(id) ?? makeEmpty(node)) : undefined;
  }
  for (let id = 0; id < nodes.length; id += 1) {
    const node = nodes[id];
    if (node?.kind === Kind.view && node.buffer && !lost.has(id)) objects[id] = makeView(node, objects[node.buffer.id]);
  }
  for (let id = 0; id < nodes.length; id += 1) {
    const [node, object] = [nodes[id], objects[id]];
    if (!node || !object) continue;
    fill(object, node, resolve);
    setPrototype(object, node, functions);
    if (node.flags & Flag.fixedLength) define(object, 'length', node.length, 0);
    if (node.flags & Flag.sealed) Object.preventExtensions(object);
  }
  return objects;
}

function makeEmpty(node: ParsedNode): object {
  switch (node.kind) {
    case Kind.array:
      return makeArray(node);
    case Kind.map:
      return new Map();
    case Kind.set:
      return new Set();
    case Kind.date:
      return new Date(node.time ?? 0);
    case Kind.regexp:
      return new RegExp(node.source ?? '', node.regexpFlags);
    case Kind.error:
      return makeError(errorNames[node.type ?? 0] ?? 'Error');
    case Kind.buffer:
      return (node.bytes ?? new Uint8Array()).buffer;
    case Kind.nodeBuffer:
      return makeNodeBuffer(node.bytes ?? new Uint8Array());
    default:
      return {};
  }
}

/** The list of elements becomes the array itself; one of many holes is brought into the form in which they take no memory. */
function makeArray({ items, length = 0 }: ParsedNode): unknown[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every array has its own list, which nobody else reads again
  if (length - items.length < 1024) return items as unknown[];
  const array: unknown[] = [];
  const last = 2 ** 32 - 2;
  Reflect.defineProperty(array, last, { value: undefined, configurable: true });
  Reflect.deleteProperty(array, last);
  return array;
}

function makeError(name: string): object {
  const constructor = platformConstructor(name);
  const error = constructor ? (name === 'AggregateError' ? new constructor([]) : new constructor()) : {};
  for (const key of Reflect.ownKeys(error)) Reflect.deleteProperty(error, key);
  return error;
}

function makeNodeBuffer(bytes: Uint8Array): Uint8Array {
  const prototype = platformPrototype('Buffer');
  if (prototype) Object.setPrototypeOf(bytes, prototype);
  return bytes;
}

function makeView({ type = 0, offset = 0, length = 0 }: ParsedNode, buffer: object | undefined): object {
  const constructor = platformConstructor(viewNames[type] ?? '');
  if (!constructor || !(buffer instanceof ArrayBuffer)) throw new TypeError('A view needs a buffer that this platform can look at');
  return new constructor(buffer, offset, length);
}

function setPrototype(object: object, { kind, flags, maker }: ParsedNode, functions: RestoredFunctions): void {
  if (flags & Flag.noPrototype) Object.setPrototypeOf(object, null);
  else if (kind === Kind.array) Object.setPrototypeOf(object, Array.prototype);
  if (!maker) return;
  const prototype = functions.prototypeOf(maker.id);
  if (!prototype) throw new TypeError('An object needs a class that has a prototype');
  Object.setPrototypeOf(object, prototype);
}

function fill(object: object, node: ParsedNode, resolve: (value: unknown) => unknown): void {
  const { items, properties } = node;
  const isOrdinary = node.kind === Kind.object;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as for the next two: made above, of this kind
  if (node.kind === Kind.array) fillArray(object as unknown[], node, resolve);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made above, of this kind
  if (node.kind === Kind.map) for (let index = 0; index < items.length; index += 2) mapSet(object as Map<unknown, unknown>, resolve(items[index]), resolve(items[index + 1]));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  if (node.kind === Kind.set) for (let index = 0; index < items.length; index += 1) setAdd(object as Set<unknown>, resolve(items[index]));
  for (let index = 0; index < properties.length; index += 1) {
    const property = properties[index];
    if (!property) continue;
    const { key, attributes } = property;
    if (isOrdinary && attributes === plainAttributes && typeof key === 'string' && !(key in objectPrototype)) assign(object, key, resolve(property.value));
    else define(object, key, resolve(property.value), attributes);
  }
}

const objectPrototype = Object.prototype;

/** Much faster than a definition, and the same where the prototype has nothing to say about the key. */
function assign(object: object, key: string, value: unknown): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an empty object made above
  (object as Record<string, unknown>)[key] = value;
}

function fillArray(object: unknown[], { items, length }: ParsedNode, resolve: (value: unknown) => unknown): void {
  if (object === items) {
    // Its elements stand there already, so that writing them meets no setter of a prototype.
    for (let index = 0; index < items.length; index += 1) if (items[index] instanceof Reference) object[index] = resolve(items[index]);
  } else {
    for (let index = 0; index < items.length; index += 1) define(object, index, resolve(items[index]), plainAttributes);
  }
  if (object.length !== length) define(object, 'length', length, Attribute.writable);
}

function define(object: object, key: PropertyKey, value: unknown, attributes: number): void {
  const isDefined = Reflect.defineProperty(object, key, {
    value,
    writable: (attributes & Attribute.writable) !== 0,
    enumerable: (attributes & Attribute.enumerable) !== 0,
    configurable: (attributes & Attribute.configurable) !== 0,
  });
  if (!isDefined) throw new TypeError('A property does not fit its object');
}
