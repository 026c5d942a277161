/**
 * Ids that sort by time: UUID version 7 (RFC 9562), 48 bits of milliseconds and 74 random bits.
 * Within one millisecond their order is chance; the sequence number decides order, never the id.
 */

/** A new UUID version 7. */
export function newEventId(nowMs: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  const milliseconds = Math.max(0, Math.floor(nowMs));
  view.setUint32(0, Math.floor(milliseconds / 0x1_00_00));
  view.setUint16(4, milliseconds % 0x1_00_00);
  view.setUint8(6, (view.getUint8(6) % 0x10) + 0x70);
  view.setUint8(8, (view.getUint8(8) % 0x40) + 0x80);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
