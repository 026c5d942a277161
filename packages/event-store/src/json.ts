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
  if (isPlainObject(value)) return copyObject(value, [], new Set());
  throw new NotJson([], 'expected an object of JSON values');
}

/** A deep-frozen copy of any JSON value. @throws Error that says what is no JSON */
export function copyJson(value: unknown): JsonValue {
  return copyValue(value, [], new Set());
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
  freezeParsed(parsed);
  return parsed;
}

/** `JSON.parse` is far quicker without a reviver, and a walk afterwards costs little. */
function freezeParsed(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const part of Object.values(value)) freezeParsed(part);
  Object.freeze(value);
}

/** `JSON.parse` makes nothing but JSON, so only the outermost kind is open. */
function isJsonObject(parsed: unknown): parsed is JsonObject {
  return isPlainObject(parsed);
}

type Path = readonly (string | number)[];

class NotJson extends Error {
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

function copyValue(value: unknown, path: Path, ancestors: Set<object>): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value === 0 ? 0 : value;
    throw new NotJson(path, `JSON has no ${value}`);
  }
  if (Array.isArray(value)) return copyArray(value, path, ancestors);
  if (isPlainObject(value)) return copyObject(value, path, ancestors);
  throw new NotJson(path, `JSON has no ${describe(value)}`);
}

function copyArray(values: readonly unknown[], path: Path, ancestors: Set<object>): readonly JsonValue[] {
  enter(values, path, ancestors);
  const copy = Array.from(values, (value, index) => copyValue(value, [...path, index], ancestors));
  ancestors.delete(values);
  return Object.freeze(copy);
}

function copyObject(values: Readonly<Record<string, unknown>>, path: Path, ancestors: Set<object>): JsonObject {
  enter(values, path, ancestors);
  // Object.fromEntries defines properties, so a key "__proto__" stays a key.
  const copy = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, copyValue(value, [...path, key], ancestors)]));
  ancestors.delete(values);
  return Object.freeze(copy);
}

function enter(value: object, path: Path, ancestors: Set<object>): void {
  if (ancestors.has(value)) throw new NotJson(path, 'JSON has no cycles');
  if (ancestors.size >= maxDepth) throw new NotJson(path.slice(0, 3), `values may be nested ${maxDepth} deep`);
  ancestors.add(value);
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? `instance of ${value.constructor.name}` : typeof value;
}
