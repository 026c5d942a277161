import { append, createList, Error, Object, Reflect, stackGetter } from './intrinsics.ts';
import { Attribute } from './format.ts';
import { Refused } from './skipped.ts';

const { apply, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { hasOwn } = Object;

export interface OwnProperty {
  readonly key: string | symbol;
  readonly value: unknown;
  readonly attributes: number;
}

/** Writable, enumerable and configurable, as an assignment makes it. */
export const plainAttributes = Attribute.writable | Attribute.enumerable | Attribute.configurable;

/** Reads a stack, by the function given, while V8 calls no hook of the user's for it; anything but text leaves the stack out. */
export type ReadStack = (read: () => unknown) => unknown;

export interface ListOptions {
  readonly isWanted?: (key: string | symbol) => boolean;
  readonly readStack?: ReadStack | undefined;
}

/** The own data properties of an object, read through descriptors only. A getter is refused; the stack of an error is text. */
export function listProperties(value: object, { isWanted = () => true, readStack }: ListOptions = {}): OwnProperty[] {
  const keys = ownKeys(value);
  const properties = createList<OwnProperty>();
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index];
    if (key === undefined || !isWanted(key)) continue;
    const descriptor = getOwnPropertyDescriptor(value, key);
    if (!descriptor) continue;
    const property = hasOwn(descriptor, 'value') ? dataProperty(key, descriptor) : stackProperty(value, key, descriptor, readStack);
    if (property) append(properties, property);
  }
  return properties;
}

function dataProperty(key: string | symbol, { value, writable, enumerable, configurable }: PropertyDescriptor): OwnProperty {
  const attributes = (writable ? Attribute.writable : 0) | (enumerable ? Attribute.enumerable : 0) | (configurable ? Attribute.configurable : 0);
  return { key, value, attributes };
}

/** V8 formats a stack when it is first read, and asks a hook and the error's own name then; where those are code of the user's, it is left out. */
function stackProperty(value: object, key: string | symbol, descriptor: PropertyDescriptor, readStack: ReadStack = withoutHook): OwnProperty | undefined {
  if (key !== 'stack' || stackGetter === undefined || descriptor.get !== stackGetter) throw new GetterRefused(key);
  if (hasAccessor(value, 'name') || hasAccessor(value, 'message')) return undefined;
  const getStack = stackGetter;
  const text = readStack((): unknown => apply(getStack, value, []));
  return typeof text === 'string' ? { key, value: text, attributes: Attribute.writable | Attribute.configurable } : undefined;
}

/** Of a hook nobody here can tell whose it is, or what it calls. */
function withoutHook(read: () => unknown): unknown {
  const current: unknown = getOwnPropertyDescriptor(globalThis, 'Error')?.value;
  return current === Error && getOwnPropertyDescriptor(Error, 'prepareStackTrace') === undefined ? read() : undefined;
}

function hasAccessor(value: object, key: string): boolean {
  for (let owner: object | null = value; owner; owner = getPrototypeOf(owner)) {
    const descriptor = getOwnPropertyDescriptor(owner, key);
    if (descriptor) return !hasOwn(descriptor, 'value');
  }
  return false;
}

/** A getter, with the key that it stands under. */
export class GetterRefused extends Refused {
  readonly key: string | symbol;

  constructor(key: string | symbol) {
    super('a getter');
    this.key = key;
  }
}
