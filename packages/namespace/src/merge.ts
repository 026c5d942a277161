import { isEngineInternal } from './internals.ts';
import { Object } from './intrinsics.ts';

/** Who asks for a change. Only the engine may change its own names. */
export type MergeSource = 'user' | 'engine';

/**
 * What happens to a name that exists: `overwrite` takes the new value, `preserve` keeps the old one, `smart` keeps
 * functions against `undefined` and `null`, merges two plain objects key by key, and takes the new value otherwise.
 */
export type MergeStrategy = 'overwrite' | 'preserve' | 'smart';

/** What becomes of one name: the value to write, or the reason to leave it. */
export type MergeDecision = { readonly write: true; readonly value: unknown } | { readonly write: false; readonly reason: string };

/** The whole rule of merging, as one function of the name, who asks, how, and what stands there. */
export function decideMerge(
  name: string,
  incoming: unknown,
  { source, strategy, existing }: { source: MergeSource; strategy: MergeStrategy; existing: { readonly value: unknown } | undefined },
): MergeDecision {
  if (isEngineInternal(name)) {
    return source === 'engine' ? { write: true, value: incoming } : { write: false, reason: 'the name belongs to the engine' };
  }
  if (!existing || strategy === 'overwrite') return { write: true, value: incoming };
  if (strategy === 'preserve') return { write: false, reason: 'the name exists' };
  if (typeof existing.value === 'function' && (incoming === undefined || incoming === null)) {
    return { write: false, reason: 'a function is not replaced by nothing' };
  }
  if (isPlainObject(existing.value) && isPlainObject(incoming)) {
    return { write: true, value: { ...existing.value, ...incoming } };
  }
  return { write: true, value: incoming };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
