/**
 * When the text of a function or class may stand for it, and when an object may be made again by its class. Everything
 * is compared with what is there now: a class whose prototype was changed is not what its text says.
 */
import type { ObjectTypes } from './classify.ts';
import type { DescribeFunction, FunctionFacts } from './describe-function.ts';
import { errorNames, Kind, platformPrototype, wellKnownNames } from './format.ts';
import { Function, functionText, Map, mapGet, mapSet, matches, Object, Reflect, RegExp, textIncludes, typedArrayName } from './intrinsics.ts';
import { listProperties, type OwnProperty } from './own-properties.ts';
import { Refused, withArticle } from './skipped.ts';

const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { hasOwn } = Object;
const nativeText = new RegExp('\\{\\s*\\[native code\\]\\s*\\}\\s*$', 'u');

/** What the reading of functions needs to know of everything else. */
export interface Surroundings {
  readonly types: ObjectTypes;
  readonly describe: DescribeFunction;
  /** A name that may be in the checkpoint. */
  readonly findName: (name: string) => { readonly value: unknown } | undefined;
  readonly findPlatformValue: (name: string) => { readonly value: unknown } | undefined;
  /** Says that what is being written is worth nothing without this name. */
  readonly require: (name: string) => void;
}

export interface ReadFunction {
  readonly source: string;
  readonly facts: FunctionFacts;
  readonly parent?: { readonly name: string; readonly value: object; readonly isPlatform: boolean };
  /** What was put on the function beside what its text makes. */
  readonly fields: readonly OwnProperty[];
}

/** @throws Refused */
export function readFunction(value: object, surroundings: Surroundings): ReadFunction {
  const { source, facts } = describe(value, surroundings);
  for (let index = 0; index < facts.free.length; index += 1) {
    const name = facts.free[index] ?? '';
    if (surroundings.findName(name)) surroundings.require(name);
    else if (!surroundings.findPlatformValue(name)) throw new Refused(`a ${facts.kind} that needs "${name}", which is not kept`);
  }
  if (facts.kind === 'function') {
    assertPlainFunction(value);
    return { source, facts, fields: listProperties(value, { isWanted: isFieldOfFunction }) };
  }
  const parent = readParent(value, facts, surroundings);
  assertMembers(value, source, facts);
  const fields = listProperties(value, { isWanted: (key) => !isOneOf(facts.statics, key) && key !== 'prototype' && key !== 'length' });
  return { source, facts, fields, ...(parent && { parent }) };
}

/**
 * The class that an object is made by; undefined for what every fresh platform makes.
 *
 * @throws Refused
 */
export function readMaker(value: object, kind: Kind, prototype: object | null, surroundings: Surroundings): object | undefined {
  if (prototype === null || isBase(value, kind, prototype)) return undefined;
  for (let owner: object | null = prototype; owner && !isBase(value, kind, owner); owner = getPrototypeOf(owner)) {
    const maker = surroundings.types.isProxy(owner) ? undefined : makerOf(owner);
    const parent: object | null = maker ? getPrototypeOf(owner) : null;
    if (!maker || !parent || surroundings.types.isProxy(parent)) refuse(prototype, owner, surroundings);
    assertReadable(maker, prototype, owner, surroundings);
  }
  return makerOf(prototype);
}

function assertReadable(maker: object, prototype: object, owner: object, surroundings: Surroundings): void {
  if (surroundings.types.isProxy(maker)) throw new Refused('a Proxy');
  const source = functionText(maker);
  const report = matches(nativeText, source) ? { refused: '' } : surroundings.describe(maker, source);
  if ('refused' in report) refuse(prototype, owner, surroundings, report.refused);
  if (report.hasPrivateFields) throw new Refused(`an instance of ${nameOf(prototype)}, which has private fields`);
}

/** @param owner the prototype that stands in the way: the object's own, or one above it */
function refuse(prototype: object, owner: object, surroundings: Surroundings, reason = ''): never {
  const what = kindOfObject(owner, surroundings, reason);
  throw new Refused(owner === prototype || nameOf(prototype) === '' ? what : `an instance of ${nameOf(prototype)}, which is ${what}`);
}

function kindOfObject(prototype: object, surroundings: Surroundings, reason = ''): string {
  if (surroundings.types.isProxy(prototype)) return 'an object whose prototype is a Proxy';
  const name = nameOf(prototype);
  if (name === '' || name === 'Object') return 'an object with a prototype of its own';
  const isOfUser = surroundings.findName(name)?.value === makerOf(prototype);
  return isOfUser && reason !== '' ? `an instance of ${name}, ${reason}` : withArticle(name);
}

/** The function whose `prototype` this object is. */
function makerOf(prototype: object): object | undefined {
  const maker: unknown = dataValue(prototype, 'constructor');
  return typeof maker === 'function' && dataValue(maker, 'prototype') === prototype ? maker : undefined;
}

function nameOf(prototype: object): string {
  const maker: unknown = dataValue(prototype, 'constructor');
  const name: unknown = typeof maker === 'function' ? dataValue(maker, 'name') : '';
  return typeof name === 'string' ? name : '';
}

/** Whether objects of this kind have this prototype without any class of the user. */
function isBase(value: object, kind: Kind, prototype: object): boolean {
  switch (kind) {
    case Kind.object:
      return prototype === Object.prototype;
    case Kind.array:
      return prototype === platformPrototype('Array');
    case Kind.map:
      return prototype === platformPrototype('Map');
    case Kind.set:
      return prototype === platformPrototype('Set');
    case Kind.date:
      return prototype === platformPrototype('Date');
    case Kind.regexp:
      return prototype === platformPrototype('RegExp');
    case Kind.error:
      return isErrorPrototype(prototype);
    case Kind.view:
      return prototype === platformPrototype(typedArrayName(value) ?? 'DataView');
    default:
      return true;
  }
}

function isErrorPrototype(prototype: object): boolean {
  for (let index = 0; index < errorNames.length; index += 1) if (platformPrototype(errorNames[index] ?? '') === prototype) return true;
  return false;
}

/** @throws Refused */
function describe(value: object, { describe: ask }: Surroundings): { source: string; facts: FunctionFacts } {
  const source = functionText(value);
  if (matches(nativeText, source)) throw new Refused('a native function');
  const report = ask(value, source);
  if ('refused' in report) throw new Refused(report.refused);
  return { source, facts: report };
}

function readParent(value: object, facts: FunctionFacts, surroundings: Surroundings): ReadFunction['parent'] {
  const parent: object | null = getPrototypeOf(value);
  if (facts.parent === undefined && parent === Function.prototype) return undefined;
  const ofCell = facts.parent === undefined ? undefined : surroundings.findName(facts.parent);
  const named = facts.parent === undefined ? undefined : (ofCell ?? surroundings.findPlatformValue(facts.parent));
  if (!parent || facts.parent === undefined || named?.value !== parent) throw new Refused('a class whose parent is another one now');
  return { name: facts.parent, value: parent, isPlatform: ofCell === undefined };
}

/** What a class makes of its text must still stand there, and nothing else. */
function assertMembers(value: object, source: string, facts: FunctionFacts): void {
  const prototype: unknown = dataValue(value, 'prototype');
  const changed = new Refused('a class that was changed after it was made');
  if (typeof prototype !== 'object' || prototype === null) throw changed;
  const keys = ownKeys(prototype);
  if (keys.length !== facts.members.length + 1) throw changed;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] ?? '';
    if (key === 'constructor' ? dataValue(prototype, key) !== value : !isOneOf(facts.members, key) || !isOfText(prototype, key, source)) throw changed;
  }
  for (let index = 0; index < facts.statics.length; index += 1) {
    const name = facts.statics[index] ?? '';
    const key = symbolOf(name) ?? name;
    if (!hasOwn(value, key) || !isOfText(value, key, source)) throw changed;
  }
}

const symbols = new Map<string, symbol>();
for (const [symbol, name] of wellKnownNames) mapSet(symbols, `@@${name}`, symbol);

function symbolOf(name: string): symbol | undefined {
  return mapGet(symbols, name);
}

function isOneOf(names: readonly string[], key: string | symbol): boolean {
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? '';
    if (name === key || symbolOf(name) === key) return true;
  }
  return false;
}

/** Whether a method or accessor is still the one of the class's own text. */
function isOfText(owner: object, key: string | symbol, source: string): boolean {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  const parts: readonly unknown[] = [descriptor?.value, descriptor?.get, descriptor?.set];
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (part !== undefined && (typeof part !== 'function' || !textIncludes(source, functionText(part)))) return false;
  }
  return true;
}

const ordinaryPrototypes: readonly unknown[] = [
  Function.prototype,
  getPrototypeOf(async () => undefined),
  getPrototypeOf(function* none() {
    yield undefined;
  }),
  getPrototypeOf(async function* none() {
    yield await Promise.resolve(undefined);
  }),
];

function assertPlainFunction(value: object): void {
  const prototype = getPrototypeOf(value);
  let isOrdinary = false;
  for (let index = 0; index < ordinaryPrototypes.length; index += 1) isOrdinary ||= ordinaryPrototypes[index] === prototype;
  const made: unknown = dataValue(value, 'prototype');
  if (isOrdinary && made === undefined) return;
  if (!isOrdinary || typeof made !== 'object' || made === null || !isUntouched(made, value)) throw new Refused('a function whose prototype was changed');
}

function isUntouched(prototype: object, maker: object): boolean {
  const keys = ownKeys(prototype);
  return keys.length === 0 || (keys.length === 1 && dataValue(prototype, 'constructor') === maker);
}

function isFieldOfFunction(key: string | symbol): boolean {
  return key !== 'length' && key !== 'prototype' && key !== 'arguments' && key !== 'caller';
}

function dataValue(owner: object, key: string): unknown {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  return descriptor && hasOwn(descriptor, 'value') ? descriptor.value : undefined;
}
