/** How much a definition is worth to code in another file: what is private to its class or its file is no use there. */
import type { Definition, SourceFacts } from '../extract/definition.ts';

/** Ranked after everything that can be used. */
const hidden = 0.01;
/** A type that is not exported still says what an exported function takes. */
const hiddenType = 0.3;

/** From 0 to 1 for each definition of a file. In a file without exports, as a script is one, everything can be used. */
export function visibilityOf({ definitions, exports }: SourceFacts): number[] {
  const exported = new Set(exports.filter(({ from }) => from === null).map(({ imported }) => imported));
  return definitions.map((definition) => {
    if (definition.parent !== null) return isPrivate(definition) ? hidden : 1;
    if (exported.size === 0 || exported.has(definition.name) || definition.signature.startsWith('export ')) return 1;
    return definition.kind === 'interface' || definition.kind === 'type' ? hiddenType : hidden;
  });
}

function isPrivate({ name, signature }: Definition): boolean {
  return name.slice(name.lastIndexOf('.') + 1).startsWith('#') || /^(?:(?:static|readonly|override|declare|async) )*private\b/u.test(signature);
}
