/** The names that the engine keeps in every namespace. They stand here and nowhere else. */
export const engineInternals = [
  '_',
  '__',
  '___',
  '_i',
  '_ii',
  '_iii',
  'Out',
  'In',
  '_oh',
  '_ih',
  '_exit_code',
  '_exception',
] as const;

export type EngineInternal = (typeof engineInternals)[number];

const internals: ReadonlySet<string> = new Set(engineInternals);

/** The engine's names among those that code declares for itself: a `let _` would hide the history without a word. */
export function findHiddenInternals(declared: Iterable<string>): EngineInternal[] {
  return [...declared].filter(isEngineInternal);
}

/** Tells whether a name belongs to the engine. */
export function isEngineInternal(name: string): name is EngineInternal {
  return internals.has(name);
}
