/**
 * The handle of something that goes on. It names the thing and is signed for one principal, so that nobody else can
 * use it, and nothing has to be kept for it: a handle outlives the server.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Principal } from '../auth/guard.ts';

export interface Handled {
  readonly kind: string;
  readonly id: string;
}

export function createHandle({ key }: Principal, kind: string, id: string): string {
  const named = Buffer.from(`${kind}:${id}`).toString('base64url');
  return `${named}.${sign(key, named)}`;
}

/** What a handle stands for; undefined where it is none of this principal's. */
export function readHandle({ key }: Principal, handle: string): Handled | undefined {
  const [named = '', signature = ''] = handle.split('.', 2);
  const given = Buffer.from(signature);
  const expected = Buffer.from(sign(key, named));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const [kind = '', ...id] = Buffer.from(named, 'base64url').toString().split(':');
  return { kind, id: id.join(':') };
}

/** 128 bits, as a 22-character text. */
function sign(key: Uint8Array, named: string): string {
  return createHmac('sha256', key).update(named).digest('base64url').slice(0, 22);
}
