import { inspect, types } from 'node:util';
import type { JsonValue } from '@holdfast/protocol';
import { Array, Error, Reflect } from './intrinsics.ts';
import { toJsonValue } from './json-value.ts';

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
const maxNested = 8;

/** Describes a completion value; a value that resists gets a text that says so. */
export function describeValue(value: unknown): DescribedValue {
  const outcome = toJsonValue(value);
  const repr = value === undefined ? '' : represent(value);
  return 'value' in outcome ? { value: outcome.value, repr } : { value: null, valueOmitted: outcome.omitted, repr };
}

/** A value as a prompt would show it. */
export function represent(value: unknown): string {
  try {
    const shown = inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 });
    return shown.length > maxReprCharacters ? `${shown.slice(0, maxReprCharacters)}… ${shown.length - maxReprCharacters} more characters` : shown;
  } catch {
    return '[a value that cannot be shown]'; // its own inspect or a trap threw, which is the value's affair
  }
}

/** Describes something thrown, with what it names as cause and parts. Never throws itself. */
export function describeThrown(thrown: unknown, depth = 0): DescribedError {
  if (!types.isNativeError(thrown) && !(thrown instanceof Error)) return { name: 'Thrown', message: represent(thrown), stack: '' };
  const cause: unknown = read(thrown, 'cause');
  const parts: unknown = read(thrown, 'errors');
  const nested = depth < maxNested;
  return {
    name: text(read(thrown, 'name'), 'Error'),
    message: text(read(thrown, 'message'), ''),
    stack: text(read(thrown, 'stack'), ''),
    ...(nested && cause !== undefined && { cause: describeThrown(cause, depth + 1) }),
    ...(nested && Array.isArray(parts) && { errors: parts.slice(0, 16).map((part) => describeThrown(part, depth + 1)) }),
  };
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
