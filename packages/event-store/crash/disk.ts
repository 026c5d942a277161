/**
 * A disk as POSIX promises it, and no more. What was written is certain only after a flush of its file, and that a file
 * is there, or gone, only after a flush of its folder. Until then a loss of power may keep any of the pending sectors
 * and entries in any combination, and may tear a sector in the middle.
 *
 * Not modelled: a disk that lies about a flush, and a file that comes back under a name which was given anew since.
 * Method: the simulated crashes of SQLite's own tests (https://www.sqlite.org/testing.html) and ALICE (Pillai et al., OSDI 2014).
 */
import type { Operation } from './recorder.ts';
import { below, type Random } from './random.ts';

export type Image = ReadonlyMap<string, Buffer>;

/** What a crash keeps of the pending writes: nothing, all, the first ones, any sectors, or any with one of them torn. */
export const survivals = ['nothing', 'all', 'first', 'sectors', 'sectors', 'torn'] as const;
export type Survival = (typeof survivals)[number];

type Change = Extract<Operation, { kind: 'write' | 'truncate' }>;

interface FileState {
  flushed: Buffer;
  pending: Change[];
  entry: 'flushed' | 'created' | 'removed';
}

const sectorBytes = 512;

export class Disk {
  readonly #files = new Map<string, FileState>();

  apply(operation: Operation): void {
    if (operation.kind === 'print') return;
    if (operation.kind === 'flush-folder') return this.#flushFolder();
    const file = this.#files.get(operation.file);
    if (operation.kind === 'create') {
      if (file === undefined || file.entry === 'removed') this.#files.set(operation.file, { flushed: Buffer.alloc(0), pending: [], entry: 'created' });
    } else if (file === undefined) {
      throw new Error(`Cannot replay: "${operation.file}" was not created`);
    } else if (operation.kind === 'remove') {
      if (file.entry === 'created') this.#files.delete(operation.file);
      else file.entry = 'removed';
    } else if (operation.kind === 'flush') {
      file.flushed = file.pending.reduce(change, file.flushed);
      file.pending = [];
    } else {
      file.pending.push(operation);
    }
  }

  /** Whether a crash now leaves anything to chance. */
  get isCertain(): boolean {
    return [...this.#files.values()].every((file) => file.pending.length === 0 && file.entry === 'flushed');
  }

  /** What may be found after a crash now. */
  image(survival: Survival, random: Random): Image {
    const image = new Map<string, Buffer>();
    for (const [name, file] of this.#files) {
      if (file.entry !== 'flushed' && !keepsEntry(file.entry, survival, random)) continue;
      image.set(name, survivors(file.pending, survival, random).reduce(change, file.flushed));
    }
    return image;
  }

  #flushFolder(): void {
    for (const [name, file] of this.#files) {
      if (file.entry === 'removed') this.#files.delete(name);
      else file.entry = 'flushed';
    }
  }
}

function keepsEntry(entry: 'created' | 'removed', survival: Survival, random: Random): boolean {
  if (survival === 'nothing') return entry === 'removed';
  if (survival === 'all') return entry === 'created';
  return random() < 0.5;
}

function survivors(pending: readonly Change[], survival: Survival, random: Random): readonly Change[] {
  if (survival === 'nothing') return [];
  if (survival === 'all') return pending;
  if (survival === 'first') return pending.slice(0, below(random, pending.length + 1));
  const chance = random();
  const kept = pending.flatMap(sectorsOf).filter(() => random() < chance);
  return survival === 'torn' ? torn(kept, random) : kept;
}

/** A write as one write for each sector that it touches. */
function sectorsOf(operation: Change): readonly Change[] {
  if (operation.kind === 'truncate') return [operation];
  const parts: Change[] = [];
  for (let from = 0; from < operation.bytes.length;) {
    const length = Math.min(sectorBytes - ((operation.offset + from) % sectorBytes), operation.bytes.length - from);
    parts.push({ ...operation, offset: operation.offset + from, bytes: operation.bytes.subarray(from, from + length) });
    from += length;
  }
  return parts;
}

function torn(kept: readonly Change[], random: Random): readonly Change[] {
  const victim = below(random, kept.length);
  return kept.map((operation, index) => {
    if (index !== victim || operation.kind === 'truncate') return operation;
    return { ...operation, bytes: operation.bytes.subarray(0, below(random, operation.bytes.length)) };
  });
}

function change(content: Buffer, operation: Change): Buffer {
  if (operation.kind === 'truncate') return resized(content, operation.size);
  const end = operation.offset + operation.bytes.length;
  const changed = resized(content, Math.max(content.length, end));
  operation.bytes.copy(changed, operation.offset);
  return changed;
}

/** A copy of the given size; what is new is zeros. */
function resized(content: Buffer, size: number): Buffer {
  const copy = Buffer.alloc(size);
  content.copy(copy, 0, 0, Math.min(size, content.length));
  return copy;
}
