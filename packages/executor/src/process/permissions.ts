/**
 * The flags of Node's permission model for a worker at the level `restricted`. It is a seat belt against accidents and
 * curiosity, not a wall against attackers, as Node's own documentation says of it, and it does not cover the network.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface GrantedPaths {
  /** Where user code starts; it may read what is there. */
  readonly directory: string;
  /** The only place where user code may write. */
  readonly writableDirectory: string;
}

export function permissionFlags({ directory, writableDirectory }: GrantedPaths): string[] {
  const packages = ['@holdfast/executor/worker', '@holdfast/namespace', '@holdfast/protocol'].map((name) => packageRoot(fileURLToPath(import.meta.resolve(name))));
  const readable = [directory, writableDirectory, ...packages, ...[directory, ...packages].flatMap(moduleFolders)];
  return [
    '--permission',
    // The control thread needs both. User code is kept from them by the worker itself.
    '--allow-worker',
    '--allow-inspector',
    '--disable-warning=PERM0004',
    '--disable-warning=PERM0006',
    ...withRealPaths(readable).map((path) => `--allow-fs-read=${path}`),
    ...withRealPaths([writableDirectory]).map((path) => `--allow-fs-write=${path}`),
  ];
}

/** Where a package begins, told by its `package.json`. */
function packageRoot(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

/** Where Node looks for packages from a folder. */
function moduleFolders(from: string): string[] {
  const folders: string[] = [];
  for (let folder = from, isTop = false; !isTop; isTop = folder === dirname(folder), folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules');
    if (existsSync(candidate)) folders.push(candidate);
  }
  return folders;
}

/** A path may be reached by a link, and Node checks the one that it was asked for as well as where it leads. */
function withRealPaths(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => (existsSync(path) ? [path, realpathSync(path)] : [path])))];
}
