/**
 * SHA-256 (FIPS 180-4) that need not be waited for. On Node it is Node's own; elsewhere there is only WebCrypto, which
 * answers later, and so the one below.
 */

import type { hash } from 'node:crypto';

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8. */
const primes = firstPrimes(64);
const roundConstants = Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const initialState = Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

const { process } = globalThis as { process?: { getBuiltinModule?(id: 'node:crypto'): { readonly hash: typeof hash } | undefined } };
const nodeHash = process?.getBuiltinModule?.('node:crypto')?.hash;

/** The hash of a text in UTF-8, in hexadecimal. */
export function sha256(text: string): string {
  return nodeHash?.('sha256', text) ?? portableSha256(text);
}

/** The same without any help, for where there is none. */
export function portableSha256(text: string): string {
  const words = padded(new TextEncoder().encode(text));
  const state = Uint32Array.from(initialState);
  const schedule = new Uint32Array(64);
  for (let block = 0; block < words.length; block += 16) compress(state, words.subarray(block, block + 16), schedule);
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** The message, a 1 bit, zeros, and its length in bits, as 32-bit words. */
function padded(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(Math.ceil((bytes.length + 9) / 64) * 16);
  const view = new DataView(words.buffer);
  new Uint8Array(words.buffer).set(bytes);
  view.setUint8(bytes.length, 0x80);
  view.setBigUint64(view.byteLength - 8, BigInt(bytes.length) * 8n);
  for (let index = 0; index < words.length; index += 1) words[index] = view.getUint32(index * 4);
  return words;
}

function compress(state: Uint32Array, block: Uint32Array, schedule: Uint32Array): void {
  schedule.set(block);
  for (let index = 16; index < 64; index += 1) {
    const early = at(schedule, index - 15);
    const late = at(schedule, index - 2);
    const mixedEarly = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const mixedLate = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[index] = at(schedule, index - 16) + mixedEarly + at(schedule, index - 7) + mixedLate;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < 64; index += 1) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const first = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + at(roundConstants, index) + at(schedule, index)) | 0;
    const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = at(state, index) + word;
}

function at(words: Uint32Array, index: number): number {
  return words[index] ?? 0;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}

function firstPrimes(amount: number): readonly number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < amount; candidate += 1) if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  return found;
}
