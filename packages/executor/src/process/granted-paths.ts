import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface GrantedPaths {
  /** Where user code starts; it may read what is there. */
  readonly directory: string;
  /** The only place where user code may write. */
  readonly writableDirectory: string;
  /** What user code must not see, even inside of what it may read. The writable directory is an exception. */
  readonly hiddenPaths: readonly string[];
}

/** What a worker has to read to run at all, and what its user code may read: its directory, and packages found from there. */
export function readablePaths({ directory }: GrantedPaths): string[] {
  const packages = ['@holdfast/executor/worker', '@holdfast/namespace', '@holdfast/protocol'].map((name) => packageRoot(fileURLToPath(import.meta.resolve(name))));
  return [directory, ...packages, ...[directory, ...packages].flatMap(moduleFolders)];
}

/** Whether a path is another one or lies in it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`));
}

/** Where hidden files and folders would be seen by way of readable ones. */
export function hiddenPlaces(readable: readonly string[], hidden: readonly string[]): string[] {
  const real = realPaths(hidden);
  return readable.flatMap((path) => real.filter((each) => isInside(each, realpathSync(path))).map((each) => join(path, relative(realpathSync(path), each))));
}

/** The same readable paths in parts that leave the hidden ones out. What is added to a folder on the way later is left out too. */
export function withoutHidden(paths: readonly string[], hidden: readonly string[]): string[] {
  const real = realPaths(hidden);
  return paths.filter((path) => existsSync(path)).flatMap((path) => {
    const place = realpathSync(path);
    if (real.some((each) => isInside(place, each))) return [];
    if (!real.some((each) => isInside(each, place)) || !isFolder(path)) return [path];
    return withoutHidden(readdirSync(path).map((name) => join(path, name)), hidden);
  });
}

/** The paths, and where they lead where they are links. */
export function withRealPaths(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => (existsSync(path) ? [path, realpathSync(path)] : [path])))];
}

/** Whether a path is a link in one of the folders, which leads out of it. */
export function leadsOut(path: string, folders: readonly string[]): boolean {
  return existsSync(path) && folders.some((folder) => folder !== path && isInside(path, folder) && !isInside(realpathSync(path), realpathSync(folder)));
}

/** Where the paths that exist lead. */
export function realPaths(paths: readonly string[]): string[] {
  return [...new Set(paths.filter((path) => existsSync(path)).map((path) => realpathSync(path)))];
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

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
