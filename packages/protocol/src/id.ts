import * as z from 'zod';
import { protocolError } from './errors.ts';

/** The longest id, in characters after normalisation. */
export const maxIdCharacters = 256;

// oxlint-disable-next-line no-control-regex -- control characters are exactly what this looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/u;

/** An id of a task, a session or an execution: kept as it is after NFC normalisation, encoded only where it becomes a URL or a path. */
export const idSchema = z
  .string()
  .transform((text) => text.normalize('NFC'))
  .refine((text) => text.length > 0 && text.length <= maxIdCharacters && text.isWellFormed() && !controlCharacter.test(text), {
    message: `an id has 1 to ${maxIdCharacters} characters, none of them a control character or half of a pair`,
  })
  .refine((text) => text !== '.' && text !== '..', { message: 'an id is not "." or "..", which no address can carry, however it is encoded' });

/**
 * Checks and normalises an id.
 *
 * @throws HOLDFAST_PROTOCOL_INVALID_ID
 */
export function parseId(text: string): string {
  const parsed = idSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw protocolError('HOLDFAST_PROTOCOL_INVALID_ID', `Cannot use ${JSON.stringify(text.slice(0, 80))} as an id`);
}
