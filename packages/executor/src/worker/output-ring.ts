/**
 * A byte ring in shared memory through which the main thread hands output to the control thread, in order, also
 * while user code blocks the main thread's event loop. One writer, one reader. A full ring blocks the writer, which is
 * the backpressure on user code; nothing is dropped.
 *
 * A record is eight bytes of header (kind, ordinal of the cell) and a length, then the bytes. Positions only grow,
 * as 32-bit integers that wrap; the capacity is a power of two, so a position modulo the capacity stays right.
 */

import { Atomics, Int32Array, Math, SharedArrayBuffer, Uint8Array } from './intrinsics.ts';

/** What a record carries: text, the exit code of a cell, or the stack of a failure that no cell handled. */
export const RecordKind = { stdout: 0, stderr: 1, exit: 2, failure: 3 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

export interface RingRecord {
  readonly kind: RecordKind;
  /** The number of the cell that wrote it; 0 for none. */
  readonly ordinal: number;
  readonly bytes: Uint8Array;
}

const capacity = 1 << 20;
const headerInts = 3;
const maxRecordBytes = capacity / 4;
const [written, read] = [0, 1];

export function createRingMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(8 + capacity);
}

/** The writing end, for the main thread. */
export class RingWriter {
  readonly #positions: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#positions = new Int32Array(memory, 0, 2);
    this.#bytes = new Uint8Array(memory, 8);
  }

  /** Blocks while the ring is full. */
  write(kind: RecordKind, ordinal: number, bytes: Uint8Array): void {
    for (let at = 0; at === 0 || at < bytes.length; at += maxRecordBytes) {
      this.#writeRecord(kind, ordinal, bytes.subarray(at, at + maxRecordBytes));
    }
  }

  #writeRecord(kind: RecordKind, ordinal: number, bytes: Uint8Array): void {
    const header = new Int32Array([kind, ordinal, bytes.length]);
    const size = headerInts * 4 + bytes.length;
    const start = Atomics.load(this.#positions, written);
    for (;;) {
      const consumed = Atomics.load(this.#positions, read);
      if (((start - consumed) | 0) + size <= capacity) break;
      Atomics.wait(this.#positions, read, consumed);
    }
    copyIn(this.#bytes, start, new Uint8Array(header.buffer));
    copyIn(this.#bytes, start + headerInts * 4, bytes);
    Atomics.store(this.#positions, written, (start + size) | 0);
    Atomics.notify(this.#positions, written);
  }
}

/** The reading end, for the control thread. */
export class RingReader {
  readonly #positions: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#positions = new Int32Array(memory, 0, 2);
    this.#bytes = new Uint8Array(memory, 8);
  }

  /** Takes everything that is there now, up to about a quarter of the ring at a time. */
  drain(): RingRecord[] {
    const records: RingRecord[] = [];
    let at = Atomics.load(this.#positions, read);
    const end = Atomics.load(this.#positions, written);
    while (at !== end) {
      const [kind = 0, ordinal = 0, length = 0] = new Int32Array(copyOut(this.#bytes, at, headerInts * 4).buffer);
      records.push({ kind: kindOf(kind), ordinal, bytes: copyOut(this.#bytes, at + headerInts * 4, length) });
      at = (at + headerInts * 4 + length) | 0;
    }
    Atomics.store(this.#positions, read, at);
    Atomics.notify(this.#positions, read);
    return records;
  }

  /** Settles when there is something to drain. */
  async ready(): Promise<void> {
    const position = Atomics.load(this.#positions, written);
    if (position !== Atomics.load(this.#positions, read)) return;
    await Atomics.waitAsync(this.#positions, written, position).value;
  }
}

function copyIn(ring: Uint8Array, position: number, bytes: Uint8Array): void {
  const at = position & (capacity - 1);
  const first = Math.min(bytes.length, capacity - at);
  ring.set(bytes.subarray(0, first), at);
  if (first < bytes.length) ring.set(bytes.subarray(first), 0);
}

function copyOut(ring: Uint8Array, position: number, length: number): Uint8Array<ArrayBuffer> {
  const at = position & (capacity - 1);
  const bytes = new Uint8Array(length);
  const first = Math.min(length, capacity - at);
  bytes.set(ring.subarray(at, at + first));
  if (first < length) bytes.set(ring.subarray(0, length - first), first);
  return bytes;
}

function kindOf(kind: number): RecordKind {
  return [RecordKind.stdout, RecordKind.stderr, RecordKind.exit, RecordKind.failure][kind] ?? RecordKind.stdout;
}
