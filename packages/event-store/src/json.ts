/**
 * JSON that can be kept for ever: every value that leaves this file is a deep-frozen copy which survives
 * `JSON.parse(JSON.stringify(value))` unchanged. What JSON would silently drop or bend is refused with its path.
 */
import { type JsonValue } from '@holdfast/protocol';
import { z } from 'zod';

/** What an event carries as its data. */
export type JsonObject = { readonly [key: string]: JsonValue };

const maxDepth = 512;

/** Accepts a plain object of JSON values and gives a deep-frozen copy of it. */
export const jsonObjectSchema = z.unknown().transform((value, context): JsonObject => {
  try {
    return copyJsonObject(value);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    context.addIssue({ code: 'custom', message: error.message, path: [...error.path] });
    return z.NEVER;
  }
});

/**
 * A deep-frozen copy of an object of JSON values.
 *
 * @throws Error that says what is no JSON
 */
export function copyJsonObject(value: unknown): JsonObject {
  const copy = looseCopyOfObject(value);
  deepFreeze(copy);
  return copy;
}

/**
 * The same, with its text, which is written before the copy is frozen: that takes half the time.
 *
 * @throws Error that says what is no JSON
 */
export function encodeJsonObject(value: unknown): { readonly data: JsonObject; readonly json: string } {
  const data = looseCopyOfObject(value);
  const json = JSON.stringify(data);
  deepFreeze(data);
  return { data, json };
}

/** A deep-frozen copy of any JSON value. @throws Error that says what is no JSON */
export function copyJson(value: unknown): JsonValue {
  const copy = looseCopy(value);
  if (typeof copy === 'object' && copy !== null) deepFreeze(copy);
  return copy;
}

/** Tells whether a value is an object literal, of this realm or another. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Reads one JSON object back, deep-frozen. */
export function parseJsonObject(text: string): JsonObject {
  return frozenJsonObject(JSON.parse(text));
}

/** Freezes what `JSON.parse` gave, which must be an object. */
export function frozenJsonObject(parsed: unknown): JsonObject {
  if (!isJsonObject(parsed)) throw new SyntaxError('Cannot read JSON: it is not an object');
  deepFreeze(parsed);
  return parsed;
}

/**
 * `JSON.parse` is far quicker without a reviver, and a walk afterwards costs little as long as it makes no lists of keys.
 * What is walked was made by `JSON.parse` or here, and so has no properties but its own.
 */
function deepFreeze(value: JsonObject | readonly JsonValue[]): void {
  if (isList(value)) {
    for (const part of value) if (typeof part === 'object' && part !== null) deepFreeze(part);
  } else {
    // oxlint-disable-next-line typescript/no-for-in-array -- it is no list, which the compiler does not see for lists that are read only
    for (const key in value) {
      const part = value[key];
      if (typeof part === 'object' && part !== null) deepFreeze(part);
    }
  }
  Object.freeze(value);
}

/** `Array.isArray` for arrays that are read only. */
function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** `JSON.parse` makes nothing but JSON, so only the outermost kind is open. */
function isJsonObject(parsed: unknown): parsed is JsonObject {
  return isPlainObject(parsed);
}

class NotJson extends Error {
  /** The keys that lead to what is no JSON. They are put together on the way out, so that a copy which succeeds keeps none. */
  readonly path: (string | number)[];

  constructor(message: string, path: (string | number)[] = []) {
    super(message);
    this.path = path;
  }
}

class TooDeep extends NotJson {}

/** A copy that is still to be frozen. */
function looseCopyOfObject(value: unknown): JsonObject {
  if (!isPlainObject(value)) throw new NotJson('expected an object of JSON values');
  try {
    return copyObject(value, 1);
  } catch (error) {
    throw error instanceof TooDeep ? endlessOrDeep(value, error.path) : error;
  }
}

/** The same for any value. */
function looseCopy(value: unknown): JsonValue {
  try {
    return copyValue(value, 1);
  } catch (error) {
    throw error instanceof TooDeep ? endlessOrDeep(value, error.path) : error;
  }
}

/** @param depth - 1 for what is in nothing */
function copyValue(value: unknown, depth: number): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value === 0 ? 0 : value;
    throw new NotJson(`JSON has no ${value}`);
  }
  if (Array.isArray(value)) return copyArray(value, depth);
  if (isPlainObject(value)) return copyObject(value, depth);
  throw new NotJson(`JSON has no ${describe(value)}`);
}

function copyArray(values: readonly unknown[], depth: number): readonly JsonValue[] {
  if (depth > maxDepth) throw new TooDeep(`values may be nested ${maxDepth} deep`);
  const copy: JsonValue[] = [];
  for (let index = 0; index < values.length; index += 1) {
    const part = values[index];
    copy.push(isText(part) ? part : copyPart(index, part, depth));
  }
  return copy;
}

function copyObject(values: Readonly<Record<string, unknown>>, depth: number): JsonObject {
  if (depth > maxDepth) throw new TooDeep(`values may be nested ${maxDepth} deep`);
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(values)) {
    const part = values[key];
    const value = isText(part) ? part : copyPart(key, part, depth);
    // Assigned, it would become the prototype.
    if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
    else copy[key] = value;
  }
  return copy;
}

/** Most parts are texts, which nothing can be wrong with. */
function isText(part: unknown): part is string {
  return typeof part === 'string';
}

function copyPart(key: string | number, part: unknown, depth: number): JsonValue {
  try {
    return copyValue(part, depth + 1);
  } catch (error) {
    if (error instanceof NotJson) error.path.unshift(key);
    throw error;
  }
}

/** What is too deep mostly holds itself, which is seen where the path comes to the same object again. */
function endlessOrDeep(value: unknown, path: (string | number)[]): NotJson {
  const ancestors: unknown[] = [];
  let part = value;
  for (const [depth, key] of path.entries()) {
    if (ancestors.includes(part)) return new NotJson('JSON has no cycles', path.slice(0, depth));
    ancestors.push(part);
    part = Reflect.get(Object(part), key);
  }
  return new NotJson(`values may be nested ${maxDepth} deep`, path.slice(0, 3));
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? `instance of ${value.constructor.name}` : typeof value;
}
