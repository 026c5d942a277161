/**
 * Ids that sort by time: UUID version 7 (RFC 9562), 48 bits of milliseconds and 74 random bits.
 * Within one millisecond their order is chance; the sequence number decides order, never the id.
 */

const randomBytes = 10;
/** Random bytes for the next ids. They come many at once, as asking for them costs far more than having them. */
const pool = new Uint8Array(randomBytes * 256);
let used = pool.length;

/** The last instant that was written out: ids that are made together share it. */
let last = { ms: Number.NaN, hex: '' };

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A new UUID version 7. */
export function newEventId(nowMs: number = Date.now()): string {
  if (nowMs !== last.ms) last = { ms: nowMs, hex: hexOfInstant(nowMs) };
  const start = taken();
  const version = hex(start, 0x0f, 0x70) + hex(start + 1);
  const variant = hex(start + 2, 0x3f, 0x80) + hex(start + 3);
  const rest = hex(start + 4) + hex(start + 5) + hex(start + 6) + hex(start + 7) + hex(start + 8) + hex(start + 9);
  return `${last.hex}-${version}-${variant}-${rest}`;
}

function hexOfInstant(ms: number): string {
  const digits = (Math.max(0, Math.floor(ms)) % 2 ** 48).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

/** Where in the pool the next random bytes stand, each of which is used once. */
function taken(): number {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += randomBytes;
  return used - randomBytes;
}

/** A byte of the pool, of which some bits are kept and some set. */
function hex(index: number, kept = 0xff, set = 0): string {
  return hexOfByte[((pool[index] ?? 0) & kept) | set] ?? '';
}
