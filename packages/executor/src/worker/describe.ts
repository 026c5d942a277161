import { inspect, types } from 'node:util';
import type { JsonValue } from '@holdfast/protocol';
import { Array, Error, Math, Object, Reflect } from './intrinsics.ts';
import { toJsonValue } from './json-value.ts';
import { representedItems, representedProperties, shownDepth } from './shown-depth.ts';

/** A completion value as it travels. */
export interface DescribedValue {
  readonly value: JsonValue;
  readonly valueOmitted?: string;
  readonly repr: string;
}

/** Something thrown, before its stack is turned into places of user code. */
export interface DescribedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly cause?: DescribedError;
  readonly errors?: readonly DescribedError[];
}

const maxReprCharacters = 64 * 1024;
const maxThrownCharacters = 1 << 20;
/** How many causes and parts of an error are described, all together. */
const maxErrors = 32;

/** Describes a completion value; a value that resists gets a text that says so. */
export function describeValue(value: unknown): DescribedValue {
  const outcome = toJsonValue(value);
  const repr = value === undefined ? '' : represent(value);
  return 'value' in outcome ? { value: outcome.value, repr } : { value: null, valueOmitted: outcome.omitted, repr };
}

/** A value as a prompt would show it. */
export function represent(value: unknown): string {
  try {
    const { object, left } = firstProperties(value);
    const shown = inspect(object, { depth: shownDepth(object), maxArrayLength: representedItems, maxStringLength: 10_000, breakLength: 100 });
    const kept = shown.length > maxReprCharacters ? `${shown.slice(0, maxReprCharacters)}… ${shown.length - maxReprCharacters} more characters` : shown;
    return left > 0 ? `${kept}… ${left} more properties` : kept;
  } catch {
    return '[a value that cannot be shown]'; // its own inspect or a trap threw, which is the value's affair
  }
}

/** An object of very many properties, with the first ones alone; `inspect` would show them all. */
function firstProperties(value: unknown): { readonly object: unknown; readonly left: number } {
  const isPlain = typeof value === 'object' && value !== null && !types.isProxy(value) && !types.isArrayBufferView(value) && !types.isBoxedPrimitive(value) && !Array.isArray(value);
  const names = isPlain ? Object.keys(value) : [];
  if (!isPlain || names.length <= representedProperties) return { object: value, left: 0 };
  const object: object = Object.create(Object.getPrototypeOf(value)); // of the same class to the eye
  for (const name of names.slice(0, representedItems)) Object.defineProperty(object, name, Reflect.getOwnPropertyDescriptor(value, name) ?? {});
  return { object, left: names.length - representedItems };
}

/**
 * Describes something thrown, with what it names as cause and parts. Never throws itself. All of it together has to fit
 * into one message, so long texts are cut and late parts left out.
 */
export function describeThrown(thrown: unknown, budget: Budget = { characters: maxThrownCharacters, errors: maxErrors }): DescribedError {
  if (!types.isNativeError(thrown) && !(thrown instanceof Error)) return { name: 'Thrown', message: cut(represent(thrown), budget), stack: '' };
  const whole = text(read(thrown, 'message'), '');
  const message = cut(whole, budget);
  const described = {
    name: cut(text(read(thrown, 'name'), 'Error'), budget),
    message,
    // A stack begins with the message, and its frames are worth more than the end of that.
    stack: cut(text(read(thrown, 'stack'), '').replace(whole, () => message), budget, 2 * maxReprCharacters),
  };
  const cause = part(read(thrown, 'cause'), budget);
  const list: unknown = read(thrown, 'errors');
  const errors = Array.isArray(list) ? list.slice(0, maxErrors).flatMap((each) => part(each, budget) ?? []) : undefined;
  return { ...described, ...(cause && { cause }), ...(errors && { errors }) };
}

/** What may still be described. */
interface Budget {
  characters: number;
  errors: number;
}

function part(thrown: unknown, budget: Budget): DescribedError | undefined {
  if (thrown === undefined || budget.errors <= 0) return undefined;
  budget.errors -= 1;
  return describeThrown(thrown, budget);
}

function cut(whole: string, budget: Budget, limit = maxReprCharacters): string {
  const room = Math.min(limit, budget.characters);
  const kept = whole.length > room ? `${whole.slice(0, room)}… ${whole.length - room} more characters` : whole;
  budget.characters = Math.max(0, budget.characters - kept.length);
  return kept.toWellFormed();
}

function read(error: Error, name: string): unknown {
  try {
    return Reflect.get(error, name);
  } catch {
    return undefined; // a getter of the user threw; the error is described without it
  }
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
