import type { JsonValue } from '@holdfast/protocol';
import { Array, Date, Error, Number, Object, Reflect, Set } from './intrinsics.ts';

/** A value as JSON, or why it is left out. */
export type JsonOutcome = { readonly value: JsonValue } | { readonly omitted: string };

const maxDepth = 64;
const maxNodes = 100_000;
const maxCharacters = 1 << 20;

/** What may still be copied. */
interface Budget {
  nodes: number;
  characters: number;
}

class Omitted extends Error {}

/** Copies what JSON can say and names the reason where it cannot; nothing is dropped silently. Runs no code of the value but `toISOString` of real dates. */
export function toJsonValue(value: unknown): JsonOutcome {
  if (value === undefined) return { omitted: 'undefined' };
  const budget = { nodes: maxNodes, characters: maxCharacters };
  try {
    return { value: copy(value, 0, budget, new Set()) };
  } catch (error) {
    return { omitted: error instanceof Omitted ? error.message : 'not serialisable' };
  }
}

function copy(value: unknown, depth: number, budget: Budget, above: Set<object>): JsonValue {
  budget.nodes -= 1;
  if (budget.nodes < 0 || depth > maxDepth) throw new Omitted('too large');
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    budget.characters -= value.length;
    if (budget.characters < 0) throw new Omitted('too large');
    return value.toWellFormed(); // half a surrogate pair has no form in UTF-8
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object' || above.has(value)) throw new Omitted('not serialisable');
  if (value instanceof Date) return Date.prototype.toISOString.call(value);

  above.add(value);
  const copied = Array.isArray(value) ? copyList(value, depth, budget, above) : copyPlain(value, depth, budget, above);
  above.delete(value);
  return copied;
}

function copyList(list: readonly unknown[], depth: number, budget: Budget, above: Set<object>): JsonValue {
  if (list.length > budget.nodes) throw new Omitted('too large');
  const copied: JsonValue[] = [];
  for (let index = 0; index < list.length; index += 1) copied[index] = copy(list[index], depth + 1, budget, above);
  return copied;
}

function copyPlain(value: object, depth: number, budget: Budget, above: Set<object>): JsonValue {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) throw new Omitted('not serialisable');
  const copied: Record<string, JsonValue> = {};
  const names = Object.keys(value);
  if (names.length > budget.nodes) throw new Omitted('too large');
  for (const name of names) {
    const descriptor = Reflect.getOwnPropertyDescriptor(value, name);
    if (!descriptor || !('value' in descriptor)) throw new Omitted('not serialisable');
    if (descriptor.value === undefined) continue;
    budget.characters -= name.length;
    Object.defineProperty(copied, name.toWellFormed(), { value: copy(descriptor.value, depth + 1, budget, above), enumerable: true, configurable: true, writable: true });
  }
  return copied;
}
