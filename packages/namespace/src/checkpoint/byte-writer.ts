import {
  charCodeAt,
  DataView,
  encodeInto,
  isWellFormed,
  Map,
  mapDelete,
  mapGet,
  mapSet,
  append,
  createList,
  setBytes,
  setFloat64,
  subarray,
  TextEncoder,
  Uint8Array,
} from './intrinsics.ts';
import { Key } from './format.ts';
import { Refused } from './skipped.ts';

const encoder = new TextEncoder();
const shortText = 40;

/** Where a writer stood, to go back there. */
export interface WriterMark {
  readonly length: number;
  readonly keys: number;
}

/** Bytes that grow to a limit, and can be cut back to what stood before a name that turned out not to fit. */
export class ByteWriter {
  readonly #maxBytes: number;
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #capacity = 4096;
  #length = 0;
  readonly #keyNumbers = new Map<string, number>();
  readonly #keys = createList<string>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  mark(): WriterMark {
    return { length: this.#length, keys: this.#keys.length };
  }

  rewind({ length, keys }: WriterMark): void {
    this.#length = length;
    for (let index = keys; index < this.#keys.length; index += 1) mapDelete(this.#keyNumbers, this.#keys[index] ?? '');
    this.#keys.length = keys;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** A whole number below 2^32, seven bits a byte. */
  number(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest > 127) {
      this.#bytes[this.#length] = (rest & 127) | 128;
      this.#length += 1;
      rest >>>= 7;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  float(value: number): void {
    this.#reserve(8);
    setFloat64(this.#view, this.#length, value, true);
    this.#length += 8;
  }

  raw(bytes: Uint8Array, length: number): void {
    this.number(length);
    this.#reserve(length);
    setBytes(this.#bytes, bytes, this.#length);
    this.#length += length;
  }

  /** Short plain text as it is, other text as UTF-8, and text with half a surrogate pair as UTF-16. */
  text(value: string): void {
    const { length } = value;
    if (length > this.#maxBytes) throw new Refused('too large');
    if (length <= shortText && this.#shortText(value)) return;
    if (isWellFormed(value)) this.#utf8(value);
    else this.#utf16(value);
  }

  /** A property key; from its second time on it is only a number. */
  key(value: string): void {
    const known = mapGet(this.#keyNumbers, value);
    if (known !== undefined) {
      this.number(known + Key.known);
      return;
    }
    mapSet(this.#keyNumbers, value, this.#keys.length);
    append(this.#keys, value);
    this.number(Key.text);
    this.text(value);
  }

  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#length);
    setBytes(whole, subarray(this.#bytes, 0, this.#length), 0);
    return whole;
  }

  #shortText(value: string): boolean {
    for (let index = 0; index < value.length; index += 1) if (charCodeAt(value, index) > 127) return false;
    this.number(value.length + 2);
    this.#reserve(value.length);
    for (let index = 0; index < value.length; index += 1) this.#bytes[this.#length + index] = charCodeAt(value, index);
    this.#length += value.length;
    return true;
  }

  #utf8(value: string): void {
    this.byte(0);
    this.#grow(4 + value.length * 3);
    const start = this.#length + 4;
    const { written } = encodeInto(encoder, value, subarray(this.#bytes, start, start + value.length * 3));
    this.#reserve(4 + written);
    this.#fixed(written);
    this.#length += written;
  }

  #utf16(value: string): void {
    this.byte(1);
    this.#reserve(4 + value.length * 2);
    this.#fixed(value.length);
    for (let index = 0; index < value.length; index += 1) {
      const unit = charCodeAt(value, index);
      this.#bytes[this.#length + index * 2] = unit & 255;
      this.#bytes[this.#length + index * 2 + 1] = unit >>> 8;
    }
    this.#length += value.length * 2;
  }

  #fixed(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) {
      this.#bytes[this.#length] = (value >>> shift) & 255;
      this.#length += 1;
    }
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#maxBytes) throw new Refused('too large');
    this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#capacity) return;
    this.#capacity = needed * 2;
    const grown = new Uint8Array(this.#capacity);
    setBytes(grown, subarray(this.#bytes, 0, this.#length), 0);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
