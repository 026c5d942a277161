/**
 * Where a message begins and ends in a byte stream: four bytes of length, big endian, then that many bytes.
 * Pure functions of bytes; no timers, no streams.
 */
import { protocolError } from '../errors.ts';

/** The largest frame both sides accept unless told otherwise: 16 MiB. */
export const defaultMaxFrameBytes = 16 * 1024 * 1024;

const headerBytes = 4;

export interface FramingOptions {
  /** The largest payload. @default 16 MiB */
  readonly maxFrameBytes?: number;
}

/**
 * Puts the length before a payload.
 *
 * @throws HOLDFAST_PROTOCOL_FRAME_TOO_LARGE
 */
export function encodeFrame(payload: Uint8Array, { maxFrameBytes = defaultMaxFrameBytes }: FramingOptions = {}): Uint8Array {
  assertFits(payload.length, maxFrameBytes);
  const frame = new Uint8Array(headerBytes + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length);
  frame.set(payload, headerBytes);
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
    if (chunk.length > 0) {
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
    }
    while (this.#buffered >= this.#needed) {
      const bytes = this.#take(this.#needed);
      if (this.#inPayload) {
        this.#needed = headerBytes;
      } else {
        this.#needed = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
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

function assertFits(bytes: number, maxFrameBytes: number): void {
  if (bytes <= maxFrameBytes) return;
  throw protocolError('HOLDFAST_PROTOCOL_FRAME_TOO_LARGE', `Cannot carry a frame of ${bytes} bytes: the limit is ${maxFrameBytes}`, {
    data: { bytes, maxFrameBytes },
  });
}
