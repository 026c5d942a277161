/** Signatures as text: a line with the path, then its definitions in source order, members under their class. */
import type { Definition } from '../extract/definition.ts';

export function renderDefinitions(definitions: readonly Definition[]): string {
  const files = Map.groupBy(definitions, ({ path }) => path);
  return [...files]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, inFile]) => `${path}:\n${inFile.toSorted((left, right) => left.start - right.start || right.end - left.end).map(renderDefinition).join('\n')}`)
    .join('\n');
}

/** One definition in one line. */
export function renderDefinition({ signature, parent }: Definition): string {
  return `${parent === null ? '' : '  '}${signature.replace(/^export (?:default )?(?:declare )?/u, '')}`;
}
