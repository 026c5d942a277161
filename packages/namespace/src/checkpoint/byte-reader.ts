import { namespaceError } from '../errors.ts';
import { append, createList, DataView, decodeText, getFloat64, sliceBytes, String, subarray, TextDecoder } from './intrinsics.ts';
import { Key } from './format.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads what a {@link ByteWriter} wrote, and believes none of it. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #keys = createList<string>();
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** Ends the reading. */
  fail(what: string): never {
    throw namespaceError('HOLDFAST_NAMESPACE_CHECKPOINT_CORRUPT', `Cannot read checkpoint: ${what} at byte ${this.#position}`, {
      data: { position: this.#position },
    });
  }

  byte(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) this.fail('it ends too early');
    this.#position += 1;
    return value;
  }

  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const part = this.byte();
      value += (part & 127) * 2 ** shift;
      if (part < 128) return value <= 0xffffffff ? value : this.fail('a number is too large');
    }
    return this.fail('a number is too long');
  }

  /** How many things follow, each of at least one byte. */
  count(): number {
    const value = this.number();
    return value <= this.remaining ? value : this.fail('a count goes beyond the end');
  }

  float(): number {
    this.#take(8);
    return getFloat64(this.#view, this.#position - 8, true);
  }

  raw(): Uint8Array<ArrayBuffer> {
    const length = this.number();
    const start = this.#take(length);
    return sliceBytes(this.#bytes, start, start + length);
  }

  text(): string {
    const form = this.number();
    if (form === 0) return this.#utf8();
    if (form === 1) return this.#utf16();
    const length = form - 2;
    const start = this.#take(length);
    let text = '';
    for (let index = 0; index < length; index += 1) {
      const unit = this.#bytes[start + index] ?? 0;
      if (unit > 127) this.fail('text is not plain');
      text += String.fromCharCode(unit);
    }
    return text;
  }

  /** A property key after its code. */
  key(code: number): string {
    if (code === Key.text) {
      const text = this.text();
      append(this.#keys, text);
      return text;
    }
    return this.#keys[code - Key.known] ?? this.fail('a key is unknown');
  }

  #utf8(): string {
    const length = this.#fixed();
    const start = this.#take(length);
    try {
      return decodeText(decoder, subarray(this.#bytes, start, start + length));
    } catch {
      return this.fail('text is not UTF-8'); // the decoder's own words add nothing
    }
  }

  #utf16(): string {
    const units = this.#fixed();
    const start = this.#take(units * 2);
    let text = '';
    for (let index = 0; index < units; index += 1) {
      const at = start + index * 2;
      text += String.fromCharCode((this.#bytes[at] ?? 0) | ((this.#bytes[at + 1] ?? 0) << 8));
    }
    return text;
  }

  #fixed(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 8) value += this.byte() * 2 ** shift;
    return value;
  }

  #take(length: number): number {
    if (length > this.remaining) this.fail('it ends too early');
    const start = this.#position;
    this.#position += length;
    return start;
  }
}
