/**
 * A byte ring in shared memory through which the main thread hands output to the control thread, in order, also
 * while user code blocks the main thread's event loop. One writer, one reader. A full ring blocks the writer, which is
 * the backpressure on user code; nothing is dropped.
 *
 * A record is a header of three integers (kind, ordinal of the cell, length), then the bytes, padded to whole integers.
 * Positions only grow, as 32-bit integers that wrap; the capacity is a power of two, so a position modulo the capacity
 * stays right. The reader says when it sleeps, so that a writer in a hurry wakes nobody who is awake.
 */

import { Atomics, Int32Array, Math, SharedArrayBuffer, Uint8Array } from './intrinsics.ts';

/**
 * What a record carries: text, the exit code of a cell, the stack of a failure that no cell handled, or only the word
 * that a question to the host lies on its port.
 */
export const RecordKind = { stdout: 0, stderr: 1, exit: 2, failure: 3, question: 4 } as const;
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
const controlInts = 3;
const [written, read, sleeping] = [0, 1, 2];

export function createRingMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(controlInts * 4 + capacity);
}

/** The writing end, for the main thread. */
export class RingWriter {
  readonly #positions: Int32Array;
  readonly #integers: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    [this.#positions, this.#integers, this.#bytes] = viewsOf(memory);
  }

  /** Blocks while the ring is full. */
  write(kind: RecordKind, ordinal: number, bytes: Uint8Array): void {
    for (let at = 0; at === 0 || at < bytes.length; at += maxRecordBytes) {
      this.#writeRecord(kind, ordinal, bytes.subarray(at, at + maxRecordBytes));
    }
  }

  #writeRecord(kind: RecordKind, ordinal: number, bytes: Uint8Array): void {
    const size = headerInts * 4 + padded(bytes.length);
    const start = Atomics.load(this.#positions, written);
    for (;;) {
      const consumed = Atomics.load(this.#positions, read);
      if (((start - consumed) | 0) + size <= capacity) break;
      Atomics.wait(this.#positions, read, consumed);
    }
    this.#integers[integerAt(start)] = kind;
    this.#integers[integerAt(start + 4)] = ordinal;
    this.#integers[integerAt(start + 8)] = bytes.length;
    copyIn(this.#bytes, start + headerInts * 4, bytes);
    Atomics.store(this.#positions, written, (start + size) | 0);
    if (Atomics.load(this.#positions, sleeping) === 1) Atomics.notify(this.#positions, written);
  }
}

/** The reading end, for the control thread. */
export class RingReader {
  readonly #positions: Int32Array;
  readonly #integers: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    [this.#positions, this.#integers, this.#bytes] = viewsOf(memory);
  }

  /** Takes everything that is there now, up to about a quarter of the ring at a time. */
  drain(): RingRecord[] {
    const records: RingRecord[] = [];
    let at = Atomics.load(this.#positions, read);
    const end = Atomics.load(this.#positions, written);
    while (at !== end) {
      const kind = this.#integers[integerAt(at)] ?? 0;
      const ordinal = this.#integers[integerAt(at + 4)] ?? 0;
      const length = this.#integers[integerAt(at + 8)] ?? 0;
      records.push({ kind: kindOf(kind), ordinal, bytes: copyOut(this.#bytes, at + headerInts * 4, length) });
      at = (at + headerInts * 4 + padded(length)) | 0;
    }
    Atomics.store(this.#positions, read, at);
    Atomics.notify(this.#positions, read);
    return records;
  }

  /** Settles when there is something to drain. */
  async ready(): Promise<void> {
    const position = Atomics.load(this.#positions, written);
    if (position !== Atomics.load(this.#positions, read)) return;
    Atomics.store(this.#positions, sleeping, 1);
    await Atomics.waitAsync(this.#positions, written, position).value;
    Atomics.store(this.#positions, sleeping, 0);
  }
}

/** The three views of the memory: the control integers, then the records as integers and as bytes. */
function viewsOf(memory: SharedArrayBuffer): [Int32Array, Int32Array, Uint8Array] {
  const start = controlInts * 4;
  return [new Int32Array(memory, 0, controlInts), new Int32Array(memory, start), new Uint8Array(memory, start)];
}

/** Where the integer at a position stands, counted in integers. */
function integerAt(position: number): number {
  return (position & (capacity - 1)) >>> 2;
}

function padded(length: number): number {
  return (length + 3) & ~3;
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
  return [RecordKind.stdout, RecordKind.stderr, RecordKind.exit, RecordKind.failure, RecordKind.question][kind] ?? RecordKind.stdout;
}
