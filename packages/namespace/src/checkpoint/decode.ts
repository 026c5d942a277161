/**
 * Makes values of the tables of a checkpoint. Every object gets its number's empty form first and is filled afterwards,
 * so cycles need no care. Properties are defined, never assigned: `__proto__` is a key like any other.
 */
import { isHoldfastError } from '@holdfast/protocol/error';
import { namespaceError } from '../errors.ts';
import type { SkippedName } from '../namespace.ts';
import type { CheckpointEntry } from './encode.ts';
import { findHolders, RestoredFunctions, type Evaluate } from './restore-functions.ts';
import { Kind } from './format.ts';
import { Array } from './intrinsics.ts';
import { makeValues } from './make-values.ts';
import { parseCheckpoint, Reference } from './parse.ts';

export interface DecodeOptions {
  /** @default functions and classes, and the names that hold them, are left out */
  readonly evaluate?: Evaluate;
}

export interface DecodedCheckpoint {
  readonly entries: readonly CheckpointEntry[];
  readonly skipped: readonly SkippedName[];
}

/**
 * Makes the namespace of its bytes again. Bytes of unknown origin are safe as far as data goes; the functions in them
 * are code, so pass `evaluate` only what {@link listFunctions} showed you to be harmless.
 *
 * @throws HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT, HOLDFAST_NAMESPACE_CHECKPOINT_CORRUPT
 */
export function decodeCheckpoint(bytes: Uint8Array, { evaluate }: DecodeOptions = {}): DecodedCheckpoint {
  const parsed = parseCheckpoint(bytes);
  try {
    const functions = new RestoredFunctions(parsed.nodes, evaluate);
    const lost = findHolders(parsed.nodes, functions.lost);
    const objects = makeValues(parsed.nodes, functions, lost);
    const entries: CheckpointEntry[] = [];
    const skipped: SkippedName[] = [];
    for (const { name, binding, value } of Array.from(parsed.names)) {
      if (!(value instanceof Reference)) entries.push({ name, binding, value });
      else if (!lost.has(value.id)) entries.push({ name, binding, value: objects[value.id] });
      else skipped.push({ name, reason: `${functions.lost.has(value.id) ? '' : 'holds '}a function that could not be made again` });
    }
    return { entries, skipped };
  } catch (cause) {
    throw isHoldfastError(cause) ? cause : corrupt('its parts do not fit together', cause);
  }
}

/**
 * The texts of the functions and classes in a checkpoint, without evaluating any.
 *
 * @throws HOLDFAST_NAMESPACE_CHECKPOINT_FORMAT, HOLDFAST_NAMESPACE_CHECKPOINT_CORRUPT
 */
export function listFunctions(bytes: Uint8Array): { readonly kind: 'function' | 'class'; readonly source: string }[] {
  return Array.from(parseCheckpoint(bytes).nodes).flatMap(({ kind, source }) =>
    source !== undefined && isFunctionKind(kind) ? [{ kind: kind === Kind.class ? 'class' : 'function', source }] : [],
  );
}

function isFunctionKind(kind: Kind): boolean {
  return kind === Kind.function || kind === Kind.class;
}

function corrupt(what: string, cause?: unknown): Error {
  return namespaceError('HOLDFAST_NAMESPACE_CHECKPOINT_CORRUPT', `Cannot read checkpoint: ${what}`, { cause });
}
