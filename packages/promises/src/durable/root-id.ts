/**
 * Ids of users as ids of the protocol. Every server takes letters, digits and hyphens at the root of a tree; all else is
 * written as its UTF-8 bytes, so different ids stay different and can be read back.
 */
import { parsePromiseId } from '../promise-id.ts';

/** @throws HOLDFAST_PROTOCOL_INVALID_ID, HOLDFAST_PROMISES_INVALID_ID */
export function rootId(id: string): string {
  return escape(parsePromiseId(id));
}

export function escape(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9-]/gu, (character) => Array.from(new TextEncoder().encode(character), (byte) => `_${byte.toString(16).padStart(2, '0')}`).join(''));
}

export function unescape(id: string): string {
  return id.replaceAll(/(?:_[0-9a-f]{2})+/gu, (bytes) => Buffer.from(bytes.replaceAll('_', ''), 'hex').toString('utf8'));
}
