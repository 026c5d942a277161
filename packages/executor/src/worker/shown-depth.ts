import { types } from 'node:util';
import { Array, Map, Object, Reflect, Set } from './intrinsics.ts';

const maxDepth = 4;
/** How many members a text for people holds at most. */
const maxMembers = 4000;
/** How many of one list are shown, as {@link representedItems} tells `inspect`. */
export const representedItems = 100;
/** How many properties of one object are shown. */
export const representedProperties = 1000;

/**
 * How deep a value can be shown, up to a limit, so that the text stays one that somebody reads: `inspect` counts the
 * items of a list but neither the properties of an object nor all that it shows together. Runs no code of the value.
 */
export function shownDepth(value: unknown): number {
  for (let depth = maxDepth; depth > 0; depth -= 1) if (fits(value, depth, { members: maxMembers })) return depth;
  return 0;
}

function fits(value: unknown, depth: number, left: { members: number }): boolean {
  left.members -= 1;
  if (left.members < 0) return false;
  if (typeof value !== 'object' || value === null || depth < 0 || types.isProxy(value) || types.isBoxedPrimitive(value)) return true;
  if (types.isMap(value)) return firstOf(Map.prototype.entries.call(value)).every((entry) => fits(entry, depth, left));
  if (types.isSet(value)) return firstOf(Set.prototype.values.call(value)).every((item) => fits(item, depth - 1, left));
  if (types.isArrayBufferView(value)) return true;
  if (Array.isArray(value)) return firstItems(value).every((item) => fits(item, depth - 1, left));
  const names = Object.keys(value);
  return names.length <= representedProperties && names.every((name) => fits(Reflect.getOwnPropertyDescriptor(value, name)?.value, depth - 1, left));
}

function firstItems(list: readonly unknown[]): unknown[] {
  const items: unknown[] = [];
  for (let index = 0; index < list.length && index < representedItems; index += 1) items.push(Reflect.getOwnPropertyDescriptor(list, index)?.value);
  return items;
}

function firstOf(items: Iterable<unknown>): unknown[] {
  const first: unknown[] = [];
  for (const item of items) {
    if (first.length === representedItems) break;
    first.push(item);
  }
  return first;
}
