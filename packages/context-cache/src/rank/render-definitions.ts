/**
 * Signatures as text: a line with the path, then its definitions in source order, members under their class. A path is
 * given as the file that is worked on would import it, where there is one: that is shorter, and what will be written.
 */
import type { Definition } from '../extract/definition.ts';

export function renderDefinitions(definitions: readonly Definition[], seenFrom?: string): string {
  const files = Map.groupBy(definitions, ({ path }) => path);
  return [...files]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, inFile]) => `${renderPath(path, seenFrom)}\n${inFile.toSorted((left, right) => left.start - right.start || right.end - left.end).map(renderDefinition).join('\n')}`)
    .join('\n');
}

/** One definition in one line. */
export function renderDefinition({ signature, parent }: Definition): string {
  return `${parent === null ? '' : '  '}${signature.replace(/^export (?:default )?(?:declare )?/u, '')}`;
}

/** The line before the definitions of a file. */
export function renderPath(path: string, seenFrom?: string): string {
  return `${seenFrom === undefined ? path : relativePath(seenFrom, path)}:`;
}

function relativePath(from: string, path: string): string {
  const [here, there] = [from.split('/').slice(0, -1), path.split('/')];
  let shared = 0;
  while (shared < here.length && shared < there.length - 1 && here[shared] === there[shared]) shared += 1;
  const up = here.slice(shared).map(() => '..');
  return [...(up.length === 0 ? ['.'] : up), ...there.slice(shared)].join('/');
}
