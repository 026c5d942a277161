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
  const copy = looseCopy(value);
  deepFreeze(copy);
  return copy;
}

/**
 * The same, with its text, which is written before the copy is frozen: that takes half the time.
 *
 * @throws Error that says what is no JSON
 */
export function encodeJsonObject(value: unknown): { readonly data: JsonObject; readonly json: string } {
  const data = looseCopy(value);
  const json = JSON.stringify(data);
  deepFreeze(data);
  return { data, json };
}

/** A deep-frozen copy of any JSON value. @throws Error that says what is no JSON */
export function copyJson(value: unknown): JsonValue {
  const copy = copyValue(value, { path: [], ancestors: [] });
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

/** Where a copy stands: the keys that lead there, and the objects it is in. */
interface Trail {
  readonly path: (string | number)[];
  readonly ancestors: object[];
}

class NotJson extends Error {
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], message: string) {
    super(message);
    this.path = [...path];
  }
}

/** A copy that is still to be frozen. */
function looseCopy(value: unknown): JsonObject {
  if (isPlainObject(value)) return copyObject(value, { path: [], ancestors: [] });
  throw new NotJson([], 'expected an object of JSON values');
}

function copyValue(value: unknown, trail: Trail): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value === 0 ? 0 : value;
    throw new NotJson(trail.path, `JSON has no ${value}`);
  }
  if (Array.isArray(value)) return copyArray(value, trail);
  if (isPlainObject(value)) return copyObject(value, trail);
  throw new NotJson(trail.path, `JSON has no ${describe(value)}`);
}

function copyArray(values: readonly unknown[], trail: Trail): readonly JsonValue[] {
  enter(values, trail);
  const copy: JsonValue[] = [];
  for (let index = 0; index < values.length; index += 1) {
    const part = values[index];
    copy.push(isText(part) ? part : copyPart(index, part, trail));
  }
  trail.ancestors.pop();
  return copy;
}

function copyObject(values: Readonly<Record<string, unknown>>, trail: Trail): JsonObject {
  enter(values, trail);
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(values)) {
    const part = values[key];
    const value = isText(part) ? part : copyPart(key, part, trail);
    // Assigned, it would become the prototype.
    if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
    else copy[key] = value;
  }
  trail.ancestors.pop();
  return copy;
}

/** Most parts are texts, which nothing can be wrong with. */
function isText(part: unknown): part is string {
  return typeof part === 'string';
}

function copyPart(key: string | number, part: unknown, trail: Trail): JsonValue {
  trail.path.push(key);
  const copy = copyValue(part, trail);
  trail.path.pop();
  return copy;
}

function enter(value: object, { path, ancestors }: Trail): void {
  if (ancestors.includes(value)) throw new NotJson(path, 'JSON has no cycles');
  if (ancestors.length >= maxDepth) throw new NotJson(path.slice(0, 3), `values may be nested ${maxDepth} deep`);
  ancestors.push(value);
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? `instance of ${value.constructor.name}` : typeof value;
}
