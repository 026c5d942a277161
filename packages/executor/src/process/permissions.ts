/**
 * The flags of Node's permission model for a worker at the level `restricted`. It is a seat belt against accidents and
 * curiosity, not a wall against attackers, as Node's own documentation says of it, and it does not cover the network.
 */
import { readablePaths, withoutHidden, withRealPaths, type GrantedPaths } from './granted-paths.ts';

export function permissionFlags(granted: GrantedPaths): string[] {
  const { writableDirectory, hiddenPaths } = granted;
  const readable = withoutHidden(withRealPaths(readablePaths(granted)), hiddenPaths);
  const writable = withRealPaths([writableDirectory]);
  return [
    '--permission',
    // The control thread needs both. User code is kept from them by the worker itself.
    '--allow-worker',
    '--allow-inspector',
    '--disable-warning=PERM0004',
    '--disable-warning=PERM0006',
    ...[...readable, ...writable].map((path) => `--allow-fs-read=${path}`),
    ...writable.map((path) => `--allow-fs-write=${path}`),
  ];
}
