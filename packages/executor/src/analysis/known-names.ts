import type { NameKind } from './declarations.ts';
import type { Origin } from './origins.ts';

/** What the cells before tell about a name. */
export interface KnownName {
  /** The keyword that V8 knows it by, which is the one it was first declared with. A constant is a `let` to V8. */
  readonly keyword: 'let' | 'var' | 'const';
  /** Whether the cell that declared it last made it a constant. */
  readonly isConstant: boolean;
  /** What its value was taken from, if that is known. */
  readonly origin?: Origin;
}

export type KnownNames = ReadonlyMap<string, KnownName>;

/**
 * The keyword that a declaration is compiled with. V8's REPL mode lets a name be declared again with the same keyword
 * only, and a constant may become anything later, so constants are declared with `let` and guarded by the compiler.
 * `using` has no such way out: V8 makes those names constants for good.
 */
export function keywordFor(kind: NameKind, known: KnownName | undefined): KnownName['keyword'] {
  if (known) return known.keyword;
  if (kind === 'using') return 'const';
  return kind === 'var' || kind === 'block' ? 'var' : 'let';
}

/** The names that are constants while a cell runs: its own, and those of the cells before that it does not declare again. */
export function findConstants(declarations: ReadonlyMap<string, NameKind>, known: KnownNames): ReadonlySet<string> {
  const constants = new Set<string>();
  for (const [name, { isConstant }] of known) if (isConstant && (declarations.get(name) ?? 'block') === 'block') constants.add(name);
  for (const [name, kind] of declarations) if (kind === 'const') constants.add(name);
  return constants;
}

/** What a cell tells about names, once it began to run. */
export interface LearnedNames {
  readonly declarations: ReadonlyMap<string, NameKind>;
  /** Where the values come from that it gives to names, those it only assigns included. */
  readonly origins: ReadonlyMap<string, Origin | undefined>;
}

/** Keeps what a cell tells about its names. */
export function learnNames(known: Map<string, KnownName>, { declarations, origins }: LearnedNames): void {
  for (const [name, kind] of declarations) {
    if (kind === 'block' && known.has(name)) continue;
    known.set(name, { keyword: keywordFor(kind, known.get(name)), isConstant: kind === 'const' || kind === 'using' });
  }
  for (const [name, origin] of origins) {
    const fact = known.get(name);
    if (fact) known.set(name, { keyword: fact.keyword, isConstant: fact.isConstant, ...(origin && { origin }) });
  }
}
