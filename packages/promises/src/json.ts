import type { JsonValue } from '@holdfast/protocol';
import { promisesError } from './errors.ts';

/**
 * A frozen copy that the caller's object can no longer change. `what` names it in the error.
 *
 * @throws HOLDFAST_PROMISES_NOT_JSON
 */
export function copyJson(value: unknown, what: string): JsonValue {
  try {
    assertJson(value);
    return decodeJson(JSON.stringify(value));
  } catch (cause) {
    throw promisesError('HOLDFAST_PROMISES_NOT_JSON', `Cannot keep ${what}: it is not JSON`, { cause });
  }
}

/** Stricter than `JSON.stringify`, which drops, renames or empties what it cannot say. A cycle ends as a `RangeError`. */
function assertJson(value: unknown): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return;
  if (Array.isArray(value)) Array.from(value, assertJson);
  else if (isPlainObject(value)) Object.values(value).forEach(assertJson);
  else throw new TypeError(`Cannot say ${typeof value} in JSON: only plain objects, arrays, finite numbers, text, booleans and null`);
}

/** Of this realm or another. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The frozen value of a text that {@link JSON.stringify} wrote. */
export function decodeJson(text: string): JsonValue {
  return JSON.parse(text, (_, value: unknown) => Object.freeze(value));
}

/** Tells whether two values say the same, whatever the order of their keys. */
export function isSameJson(left: JsonValue, right: JsonValue): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join()}}`;
}

export function isJsonObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
