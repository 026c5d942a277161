import { HoldfastError } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';
import { base64ToBytes, isViewName } from './bytes.ts';
import { mark } from './encode-value.ts';

type Tree = Readonly<Record<string, unknown>>;

const errorClasses = new Map<string, (message: string) => Error>([
  ['TypeError', (message) => new TypeError(message)],
  ['RangeError', (message) => new RangeError(message)],
  ['SyntaxError', (message) => new SyntaxError(message)],
  ['ReferenceError', (message) => new ReferenceError(message)],
  ['EvalError', (message) => new EvalError(message)],
  ['URIError', (message) => new URIError(message)],
]);

/**
 * The value of a text that `encodeValue` or `encodeFailure` wrote.
 *
 * @throws HOLDFAST_PROMISES_NOT_DECODABLE
 */
export function decodeValue(kept: string): unknown {
  try {
    return fromTree(JSON.parse(kept));
  } catch (cause) {
    throw promisesError('HOLDFAST_PROMISES_NOT_DECODABLE', 'Cannot read a kept value: it was written by something else', { cause });
  }
}

function fromTree(tree: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map(fromTree);
  if (mark in tree) return fromMarked({ ...tree });
  return toObject(Object.entries(tree));
}

function fromMarked(tree: Tree): unknown {
  switch (tree[mark]) {
    case 'undefined':
      return undefined;
    case 'number':
      return Number(tree['text']);
    case 'bigint':
      return BigInt(text(tree, 'text'));
    case 'date':
      return new Date(Number(fromTree(tree['ms'])));
    case 'map':
      return new Map(list(tree, 'entries').map((entry) => pair(entry)));
    case 'set':
      return new Set(list(tree, 'values').map(fromTree));
    case 'regexp':
      return new RegExp(text(tree, 'source'), text(tree, 'flags'));
    case 'url':
      return new URL(text(tree, 'text'));
    case 'object':
      return toObject(list(tree, 'entries').map((entry) => pair(entry, (part) => part)));
    case 'bytes':
      if (isViewName(tree['view'])) return base64ToBytes(tree['view'], text(tree, 'text'));
      throw new TypeError('unknown kind of bytes');
    case 'error':
      return toError(tree);
    default:
      throw new TypeError('unknown mark');
  }
}

function toObject(entries: readonly (readonly [unknown, unknown])[]): object {
  const object = {};
  // Not by assignment: that would set the prototype where the key is `__proto__`.
  for (const [key, part] of entries) Object.defineProperty(object, String(key), { value: fromTree(part), configurable: true, enumerable: true, writable: true });
  return object;
}

function toError(tree: Tree): Error {
  const own = Object.fromEntries(list(tree, 'own').map((entry) => pair(entry)));
  const error = blankError(tree, own);
  Object.assign(error, own);
  if (!(error instanceof HoldfastError) && error.name !== tree['name']) hidden(error, 'name', tree['name']);
  if (typeof tree['stack'] === 'string') hidden(error, 'stack', tree['stack']);
  if ('cause' in tree) hidden(error, 'cause', fromTree(tree['cause']));
  return error;
}

function blankError(tree: Tree, own: Tree): Error {
  const message = text(tree, 'message');
  if (tree['holdfast'] === true) return new HoldfastError(String(own['code']), message);
  if (Array.isArray(tree['errors'])) return new AggregateError(tree['errors'].map(fromTree), message);
  return errorClasses.get(String(tree['name']))?.(message) ?? new Error(message);
}

function hidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, enumerable: false, writable: true });
}

function text(tree: Tree, key: string): string {
  const value = tree[key];
  if (typeof value === 'string') return value;
  throw new TypeError(`no text "${key}"`);
}

function list(tree: Tree, key: string): readonly unknown[] {
  const value = tree[key];
  if (Array.isArray(value)) return value;
  throw new TypeError(`no list "${key}"`);
}

function pair(entry: unknown, read: (part: unknown) => unknown = fromTree): readonly [unknown, unknown] {
  if (Array.isArray(entry) && entry.length === 2) return [fromTree(entry[0]), read(entry[1])];
  throw new TypeError('no pair');
}
