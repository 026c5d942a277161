/**
 * Signatures as text: a line that says where, then its definitions in source order, members under their class. Where is a
 * path, or what the file that is worked on would import: that is shorter, and what will be written.
 */
import type { Definition } from '../extract/definition.ts';

export function renderDefinitions(definitions: readonly Definition[], placeOf: (path: string) => string = (path) => path): string {
  const inOrder = definitions.toSorted((left, right) => (left.path === right.path ? left.start - right.start || right.end - left.end : left.path < right.path ? -1 : 1));
  return [...Map.groupBy(inOrder, ({ path }) => placeOf(path))].map(([place, there]) => `${renderPlace(place)}\n${there.map(renderDefinition).join('\n')}`).join('\n');
}

/** One definition in one line. */
export function renderDefinition({ signature, parent }: Definition): string {
  return `${parent === null ? '' : '  '}${signature.replace(/^export (?:default )?(?:declare )?/u, '')}`;
}

/** The line before the definitions of a place. */
export function renderPlace(place: string): string {
  return `${place}:`;
}
