import { parseId } from '@holdfast/protocol';
import { promisesError } from './errors.ts';

/**
 * Checks and normalises the id or the kind of a promise.
 *
 * @throws HOLDFAST_PROTOCOL_INVALID_ID, HOLDFAST_PROMISES_INVALID_ID
 */
export function parsePromiseId(text: string): string {
  if (text.isWellFormed()) return parseId(text);
  throw promisesError('HOLDFAST_PROMISES_INVALID_ID', `Cannot use ${JSON.stringify(text).slice(0, 80)} as an id: it is not well-formed`);
}

/** The form in which an id is looked up; undefined for what can be no id, so that nothing is found. */
export function lookupId(text: string): string | undefined {
  return text.isWellFormed() ? text.normalize('NFC') : undefined;
}
