/**
 * Where a message begins and ends in a byte stream: four bytes of length, big endian, then that many bytes.
 * Pure functions of bytes; no timers, no streams.
 */
import { protocolError } from '../errors.ts';

/** The largest frame both sides accept unless told otherwise: 16 MiB. */
export const defaultMaxFrameBytes = 16 * 1024 * 1024;

/** How many bytes the length takes. */
export const headerBytes = 4;

export interface FramingOptions {
  /** The largest payload. @default 16 MiB */
  readonly maxFrameBytes?: number;
}

/**
 * Puts the length before a payload.
 *
 * @throws HOLDFAST_PROTOCOL_FRAME_TOO_LARGE
 */
export function encodeFrame(payload: Uint8Array, options: FramingOptions = {}): Uint8Array {
  const frame = new Uint8Array(headerBytes + payload.length);
  frame.set(payload, headerBytes);
  return sealFrame(frame, options);
}

/**
 * Writes the length into the first {@link headerBytes}, which a codec left free for it, and gives the same bytes.
 *
 * @throws HOLDFAST_PROTOCOL_FRAME_TOO_LARGE
 */
export function sealFrame(frame: Uint8Array, { maxFrameBytes = defaultMaxFrameBytes }: FramingOptions = {}): Uint8Array {
  const length = frame.length - headerBytes;
  assertFits(length, maxFrameBytes);
  frame[0] = length >>> 24;
  frame[1] = length >>> 16;
  frame[2] = length >>> 8;
  frame[3] = length;
  return frame;
}

/** Cuts a byte stream into payloads, however it was split or merged on the way. */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #needed = headerBytes;
  #inPayload = false;

  constructor({ maxFrameBytes = defaultMaxFrameBytes }: FramingOptions = {}) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /**
   * Takes the next bytes and hands on the payloads that are complete now, also those before a bad header.
   *
   * @throws HOLDFAST_PROTOCOL_FRAME_TOO_LARGE once a header announces too much; the stream cannot be read on after it.
   */
  push(chunk: Uint8Array, onPayload: (payload: Uint8Array) => void): void {
    const at = this.#isBetweenFrames ? this.#pushWhole(chunk, onPayload) : 0;
    if (at === chunk.length) return;
    this.#chunks.push(at === 0 ? chunk : chunk.subarray(at));
    this.#buffered += chunk.length - at;
    while (this.#buffered >= this.#needed) {
      const bytes = this.#take(this.#needed);
      if (this.#inPayload) {
        this.#needed = headerBytes;
      } else {
        this.#needed = readLength(bytes, 0);
        assertFits(this.#needed, this.#maxFrameBytes);
      }
      this.#inPayload = !this.#inPayload;
      if (!this.#inPayload) onPayload(bytes);
    }
  }

  /**
   * Says that no more bytes will come.
   *
   * @throws HOLDFAST_PROTOCOL_FRAME_TRUNCATED in the middle of a frame.
   */
  end(): void {
    if (this.#buffered === 0 && !this.#inPayload) return;
    throw protocolError(
      'HOLDFAST_PROTOCOL_FRAME_TRUNCATED',
      `Cannot complete frame: the stream ended ${this.#needed - this.#buffered} bytes early`,
    );
  }

  get #isBetweenFrames(): boolean {
    return this.#buffered === 0 && !this.#inPayload;
  }

  /** Hands on the frames that a chunk holds whole, which most do. Gives where the rest begins. */
  #pushWhole(chunk: Uint8Array, onPayload: (payload: Uint8Array) => void): number {
    let at = 0;
    while (chunk.length - at >= headerBytes) {
      const length = readLength(chunk, at);
      assertFits(length, this.#maxFrameBytes);
      const end = at + headerBytes + length;
      if (end > chunk.length) break;
      const payload = chunk.subarray(at + headerBytes, end);
      at = end;
      onPayload(payload);
    }
    return at;
  }

  #take(length: number): Uint8Array {
    this.#buffered -= length;
    const [first] = this.#chunks;
    if (first && first.length >= length) {
      if (first.length === length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const whole = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const next = this.#chunks.shift();
      if (!next) break;
      const part = next.subarray(0, length - filled);
      whole.set(part, filled);
      filled += part.length;
      if (part.length < next.length) this.#chunks.unshift(next.subarray(part.length));
    }
    return whole;
  }
}

function readLength(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 2 ** 24 + (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
}

function assertFits(bytes: number, maxFrameBytes: number): void {
  if (bytes <= maxFrameBytes) return;
  throw protocolError('HOLDFAST_PROTOCOL_FRAME_TOO_LARGE', `Cannot carry a frame of ${bytes} bytes: the limit is ${maxFrameBytes}`, {
    data: { bytes, maxFrameBytes },
  });
}
