import type { JsonValue } from '@holdfast/protocol';
import { copyJson } from './json.ts';

/** Why a promise has no value, as JSON: what an error says, without stack and without cause. */
export interface PromiseFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly retriable?: boolean;
  readonly hint?: string;
  readonly notes?: readonly string[];
  readonly data?: JsonValue;
}

/** What a promise may be rejected with: an `Error`, or its JSON form. Only these fields are kept. */
export interface FailureInput {
  /** @default 'Error' */
  readonly name?: string;
  readonly message: string;
  readonly code?: string;
  readonly retriable?: boolean;
  readonly hint?: string;
  readonly notes?: readonly string[];
  /** Has to be JSON. */
  readonly data?: unknown;
}

/** The same fields, of whatever type: errors of other libraries use these names for other things, a number for instance. */
type Unchecked = { readonly [Field in keyof FailureInput]?: unknown };

/**
 * The JSON form of an error.
 *
 * @throws HOLDFAST_PROMISES_NOT_JSON when its `data` cannot be said in JSON
 */
export function toFailure({ name, message, code, retriable, hint, notes, data }: Unchecked): PromiseFailure {
  return Object.freeze({
    name: typeof name === 'string' ? name : 'Error',
    message: String(message),
    ...(typeof code === 'string' && { code }),
    ...(typeof retriable === 'boolean' && { retriable }),
    ...(typeof hint === 'string' && { hint }),
    ...(Array.isArray(notes) && { notes: Object.freeze(notes.map(String)) }),
    ...(data !== undefined && { data: copyJson(data, 'the data of an error') }),
  });
}

/** The error that a failure stands for, with its own name and notes. */
export function fromFailure({ name, message, ...rest }: PromiseFailure): Error {
  const error = Object.assign(new Error(message), rest);
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}
