/**
 * Writes a namespace. Every name is tried in turn; one that cannot be kept is rewound, bytes and object numbers alike, so
 * nothing of it stays. Names that need a fallen one fall too, and then all that is left is written anew, because they may
 * have held what others share.
 */
import { append, createList, Map, mapGet, mapSet, Object, published } from './intrinsics.ts';
import type { ObjectTypes } from './classify.ts';
import type { DescribeFunction } from './describe-function.ts';
import { defaultMaxBytes, type Binding } from './format.ts';
import { GraphWriter } from './graph-writer.ts';
import type { ReadStack } from './own-properties.ts';
import { Refused } from './skipped.ts';
import type { SkippedName } from '../namespace.ts';

/** A name of a namespace, how it was bound and what it holds. */
export interface CheckpointEntry {
  readonly name: string;
  readonly binding: Binding;
  readonly value: unknown;
  /** Why there is no value to keep: a getter, an initialiser that threw. */
  readonly refused?: string;
}

export interface EncodeOptions {
  readonly types: ObjectTypes;
  /** @default no function is kept */
  readonly describeFunction?: DescribeFunction;
  /** Tells the names that every fresh namespace has, with the value that they have there. @default own properties of `globalThis` */
  readonly findPlatformValue?: (name: string) => { readonly value: unknown } | undefined;
  /** How the stacks of errors are read. @default they are left out while there is an `Error.prepareStackTrace`, which Node itself brings */
  readonly readStack?: ReadStack;
  /** @default 15 MiB */
  readonly maxBytes?: number;
}

export interface EncodedCheckpoint {
  readonly bytes: Uint8Array;
  readonly kept: readonly string[];
  readonly skipped: readonly SkippedName[];
}

/**
 * Writes a namespace as bytes, with identity and cycles kept over all names. A name whose value cannot be kept whole is
 * left out whole, with the reason. Runs no code of the values: no getters, no traps, no methods.
 */
export function encodeCheckpoint(entries: readonly CheckpointEntry[], options: EncodeOptions): EncodedCheckpoint {
  const reasons = new Map<string, string>();
  let candidates = entries;
  for (let round = 0; ; round += 1) {
    const pass = new Pass(candidates, options, reasons);
    pass.run(round >= maxRounds);
    const survivors = createList<CheckpointEntry>();
    for (let index = 0; index < candidates.length; index += 1) {
      const entry = candidates[index];
      if (entry && mapGet(reasons, entry.name) === undefined) append(survivors, entry);
    }
    if (!pass.hasFallen) return { bytes: pass.finish(), ...sort(entries, reasons) };
    candidates = survivors;
  }
}

/** Names fall with those that they need, and may lay bare others that shared with them. After this many rounds names with needs fall at once. */
const maxRounds = 8;

function sort(entries: readonly CheckpointEntry[], reasons: ReadonlyMap<string, string>): { kept: string[]; skipped: SkippedName[] } {
  const kept = createList<string>();
  const skipped = createList<SkippedName>();
  for (let index = 0; index < entries.length; index += 1) {
    const name = entries[index]?.name ?? '';
    const reason = mapGet(reasons, name);
    if (reason === undefined) append(kept, name);
    else append(skipped, { name, reason });
  }
  return { kept: published(kept), skipped: published(skipped) };
}

interface Need {
  readonly name: string;
  readonly requires: readonly string[];
}

/** One try to write all candidates. */
class Pass {
  readonly #entries: readonly CheckpointEntry[];
  readonly #reasons: Map<string, string>;
  readonly #graph: GraphWriter;
  readonly #needs = createList<Need>();
  #requires = createList<string>();
  /** Whether a name that was written must go because of another one. */
  hasFallen = false;

  constructor(entries: readonly CheckpointEntry[], options: EncodeOptions, reasons: Map<string, string>) {
    this.#entries = entries;
    this.#reasons = reasons;
    const values = new Map<string, { readonly value: unknown }>();
    for (let index = 0; index < entries.length; index += 1) {
      const entry = entries[index];
      if (entry) mapSet(values, entry.name, entry);
    }
    const surroundings = {
      types: options.types,
      describe: options.describeFunction ?? (() => ({ refused: 'a function' })),
      findName: (name: string) => mapGet(values, name),
      findPlatformValue: options.findPlatformValue ?? findGlobal,
      require: (name: string) => append(this.#requires, name),
    };
    this.#graph = new GraphWriter({ types: options.types, readStack: options.readStack, maxBytes: options.maxBytes ?? defaultMaxBytes, surroundings });
  }

  run(isLast: boolean): void {
    for (let index = 0; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry) this.#tryName(entry);
    }
    this.#dropDependents(isLast);
  }

  finish(): Uint8Array {
    return this.#graph.finish();
  }

  #tryName({ name, binding, value, refused }: CheckpointEntry): void {
    const mark = this.#graph.mark();
    this.#requires = createList();
    if (refused !== undefined) {
      mapSet(this.#reasons, name, refused);
      return;
    }
    try {
      this.#graph.writeName(name, binding, value);
      append(this.#needs, { name, requires: this.#requires });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      mapSet(this.#reasons, name, this.#graph.reasonOf(error));
      this.#graph.rewind(mark);
    }
  }

  #dropDependents(isLast: boolean): void {
    for (let again = true; again; ) {
      again = false;
      for (let index = 0; index < this.#needs.length; index += 1) {
        const need = this.#needs[index];
        if (!need || mapGet(this.#reasons, need.name) !== undefined) continue;
        const missing = this.#missing(need, isLast);
        if (missing === undefined) continue;
        mapSet(this.#reasons, need.name, `needs "${missing}", which is not kept`);
        this.hasFallen = true;
        again = true;
      }
    }
  }

  #missing({ requires }: Need, isLast: boolean): string | undefined {
    for (let index = 0; index < requires.length; index += 1) {
      const required = requires[index];
      if (required !== undefined && (mapGet(this.#reasons, required) !== undefined || (isLast && this.hasFallen))) return required;
    }
    return undefined;
  }
}

function findGlobal(name: string): { readonly value: unknown } | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  return descriptor && { value: Object.hasOwn(descriptor, 'value') ? descriptor.value : undefined };
}
