/**
 * What a durable value looks like as text: JSON, in which everything that JSON cannot say is an object whose first key is
 * `$`. An object of the user's that has a key `$` is written as a list of entries, so nothing can pretend to be something
 * else. Values of classes are refused, because what came back would not be what was given.
 */
import { isHoldfastError } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';
import { bytesToBase64, viewName } from './bytes.ts';

/** Deeper values are refused, so that a cycle ends as an error. */
const maxDepth = 512;

/** The key that marks what JSON cannot say. */
export const mark = '$';

/**
 * The text of a value: JSON values, `undefined`, every number, `bigint`, `Date`, `Map`, `Set`, `RegExp`, `URL`, bytes and errors.
 *
 * @throws HOLDFAST_PROMISES_NOT_ENCODABLE with the place in the value
 */
export function encodeValue(value: unknown, what = 'a value'): string {
  try {
    return JSON.stringify(toTree(value, outermost));
  } catch (error) {
    if (!(error instanceof Unencodable)) throw error;
    const place = error.path.toReversed().join('');
    throw promisesError('HOLDFAST_PROMISES_NOT_ENCODABLE', `Cannot keep ${what}: ${error.message}${place && ` at ${place}`}`, {
      data: { path: place },
    });
  }
}

/** The text of whatever was thrown. What it carries that cannot be kept is left out, for an error must not get lost. */
export function encodeFailure(thrown: unknown): string {
  try {
    return JSON.stringify(thrown instanceof Error || isHoldfastError(thrown) ? errorTree(thrown, outermost) : toTree(thrown, outermost));
  } catch {
    return JSON.stringify(errorTree(new Error(describe(thrown)), outermost));
  }
}

class Unencodable extends Error {
  readonly path: string[] = [];
}

/** What a part of a value is within. */
interface Outer {
  readonly depth: number;
  /** An error that comes again within itself is described in a line, for several ways back would never end. */
  readonly errors: readonly object[];
}

const outermost: Outer = { depth: 0, errors: [] };

function toTree(value: unknown, outer: Outer): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { [mark]: 'number', text: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { [mark]: 'bigint', text: value.toString() };
    case 'undefined':
      return { [mark]: 'undefined' };
    case 'object':
      if (value === null) return null;
      if (outer.depth >= maxDepth) throw new Unencodable(`it is deeper than ${maxDepth} levels, or has a cycle`);
      return objectTree(value, { depth: outer.depth + 1, errors: outer.errors });
    default:
      throw new Unencodable(`it is a ${typeof value}`);
  }
}

function objectTree(value: object, outer: Outer): unknown {
  if (Array.isArray(value)) return Array.from(value, (part, index) => at(`[${index}]`, () => toTree(part, outer)));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return plainTree(value, outer);
  return builtinTree(value, outer);
}

function plainTree(value: object, outer: Outer): unknown {
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [key, at(`.${key}`, () => toTree(part, outer))]);
  return mark in value ? { [mark]: 'object', entries } : Object.fromEntries(entries);
}

/** By tag rather than by class, because values of another realm have other classes. */
function builtinTree(value: object, outer: Outer): unknown {
  if (value instanceof Error || isHoldfastError(value)) return errorTree(value, outer);
  switch (Object.prototype.toString.call(value)) {
    case '[object Error]':
      return errorTree(value, outer);
    case '[object Date]':
      return { [mark]: 'date', ms: toTree(Date.prototype.getTime.call(value), outer) };
    case '[object Map]':
      return { [mark]: 'map', entries: Array.from(Map.prototype.entries.call(value), ([key, part]) => [toTree(key, outer), toTree(part, outer)]) };
    case '[object Set]':
      return { [mark]: 'set', values: Array.from(Set.prototype.values.call(value), (part) => toTree(part, outer)) };
    case '[object RegExp]':
      return { [mark]: 'regexp', source: Reflect.get(value, 'source'), flags: Reflect.get(value, 'flags') };
    case '[object URL]':
      return { [mark]: 'url', text: String(Reflect.get(value, 'href')) };
    default:
      return bytesTree(value);
  }
}

function bytesTree(value: object): unknown {
  const view = viewName(value);
  if (view !== undefined) return { [mark]: 'bytes', view, text: bytesToBase64(value) };
  throw new Unencodable(`it is an instance of ${className(value)}`);
}

function errorTree(error: object, outer: Outer): unknown {
  if (outer.depth >= maxDepth || outer.errors.includes(error)) return describe(error);
  const within = { depth: outer.depth + 1, errors: [...outer.errors, error] };
  const name = textOf(error, 'name');
  const own = Object.entries(error).flatMap(([key, part]) => {
    const tree = key === 'name' || key === 'message' || key === 'stack' || key === 'cause' || key === 'errors' ? undefined : attempt(part, within);
    return tree === undefined ? [] : [[key, tree] as const];
  });
  return {
    [mark]: 'error',
    holdfast: isHoldfastError(error),
    name: name ?? 'Error',
    message: textOf(error, 'message') ?? '',
    stack: textOf(error, 'stack') ?? null,
    own,
    ...('cause' in error && { cause: attempt(error.cause, within) ?? describe(error.cause) }),
    ...('errors' in error && Array.isArray(error.errors) && { errors: error.errors.map((part: unknown) => attempt(part, within) ?? describe(part)) }),
  };
}

function attempt(value: unknown, outer: Outer): unknown {
  try {
    return toTree(value, outer);
  } catch {
    return undefined;
  }
}

function at<Tree>(step: string, work: () => Tree): Tree {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unencodable && error.path.length < 16) error.path.push(step);
    throw error;
  }
}

function textOf(value: object, key: string): string | undefined {
  const text: unknown = Reflect.get(value, key);
  return typeof text === 'string' ? text : undefined;
}

function className(value: object): string {
  const constructor: unknown = Reflect.get(value, 'constructor');
  return typeof constructor === 'function' && constructor.name ? `class "${constructor.name}"` : 'a class';
}

function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'a value that cannot be shown';
  }
}
