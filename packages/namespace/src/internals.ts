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

/** Tells whether a name belongs to the engine. */
export function isEngineInternal(name: string): name is EngineInternal {
  return internals.has(name);
}
