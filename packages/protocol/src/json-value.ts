import * as z from 'zod';

/** What JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Deeper values are refused, so that a check cannot run out of stack. */
const maxDepth = 512;

/** Accepts what JSON can say, as it is: nothing is copied, dropped or bent. Cycles end at the depth limit. */
export const jsonValue: z.ZodType<JsonValue> = z.custom<JsonValue>((value) => findNonJson(value, 0) === undefined, {
  error: ({ input }) => findNonJson(input, 0)?.reason ?? 'expected a JSON value',
});

/** Tells whether a value is one that JSON can say. */
export function isJsonValue(value: unknown): value is JsonValue {
  return findNonJson(value, 0) === undefined;
}

/** What JSON cannot say, with the way to it. */
interface NonJson {
  readonly reason: string;
}

function findNonJson(value: unknown, depth: number): NonJson | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : { reason: `expected a JSON value, found ${value}` };
    case 'object':
      if (value === null) return undefined;
      if (depth >= maxDepth) return { reason: `expected a JSON value, found one deeper than ${maxDepth} levels or a cycle` };
      return Array.isArray(value) ? findInList(value, depth + 1) : findInObject(value, depth + 1);
    default:
      return { reason: `expected a JSON value, found ${typeof value}` };
  }
}

function findInList(list: readonly unknown[], depth: number): NonJson | undefined {
  for (let index = 0; index < list.length; index += 1) {
    const found = findNonJson(list[index], depth);
    if (found) return { reason: `${found.reason} at [${index}]` };
  }
  return undefined;
}

function findInObject(value: object, depth: number): NonJson | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return { reason: 'expected a JSON value, found an object of a class' };
  for (const [name, part] of Object.entries(value)) {
    const found = findNonJson(part, depth);
    if (found) return { reason: `${found.reason} at .${name}` };
  }
  return undefined;
}
