import { watch, type FSWatcher } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { contextCacheError } from '../errors.ts';
import type { CodeIndex, IndexChange } from './code-index.ts';
import { isSettingsFile } from './project-names.ts';

export interface IndexDirectoryOptions {
  /** Names of folders that are not looked into. @default node_modules, dist, build, out, coverage, and those that begin with a dot */
  readonly ignores?: (name: string) => boolean;
  /** Larger files are generated, and passed over. @default 1 MiB */
  readonly maxFileBytes?: number;
  /** Hears how far it is. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly path: string }) => void;
  readonly signal?: AbortSignal;
}

const built: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'out', 'coverage', 'vendor']);
const isSource = /(?<!\.d)\.[cm]?[jt]sx?$/u;

/**
 * Takes the sources below a folder into an index, with the settings that say what the names in imports mean, and lets
 * those go that are no longer there. Paths are relative to the folder, with slashes.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_CANNOT_READ for a folder that cannot be read; a file that vanishes meanwhile is not there
 */
export async function indexDirectory(index: CodeIndex, root: string, options: IndexDirectoryOptions = {}): Promise<IndexChange> {
  const { ignores = (name) => built.has(name) || name.startsWith('.'), maxFileBytes = 2 ** 20, onProgress, signal } = options;
  const paths = await listSources(root, ignores);
  const files: [string, string | undefined][] = [];
  for (const [at, path] of paths.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ done: at + 1, total: paths.length, path });
    const text = await readSource(join(root, path), maxFileBytes);
    if (text !== undefined) files.push([path, text]);
  }
  const found = new Set(files.map(([path]) => path));
  const gone = index.paths.filter((path) => !found.has(path)).map((path): [string, undefined] => [path, undefined]);
  return index.update([...files, ...gone]);
}

export interface WatchOptions extends IndexDirectoryOptions {
  readonly onChange: (change: IndexChange) => void;
  readonly onError: (error: unknown) => void;
  /** Waits so long for more changes before it looks. @default 100 */
  readonly settleMs?: number;
}

/** Keeps an index like the folder until its signal aborts or it is closed. */
export function watchDirectory(index: CodeIndex, root: string, { onChange, onError, settleMs = 100, ...options }: WatchOptions): { close(): void } {
  let watcher: FSWatcher | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    const change = await indexDirectory(index, root, options);
    if (change.stale.length + change.added.length > 0) onChange(change);
  };
  const close = (): void => {
    clearTimeout(waiting);
    watcher?.close();
    watcher = undefined;
  };
  watcher = watch(root, { recursive: true }, () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      looking = looking.then(look).catch(onError);
    }, settleMs);
  });
  watcher.on('error', onError);
  options.signal?.addEventListener('abort', close, { once: true });
  return { close };
}

async function listSources(root: string, ignores: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      if (folder !== root) return [];
      throw contextCacheError('HOLDFAST_CONTEXT_CACHE_CANNOT_READ', `Cannot read folder "${root}"`, { cause, data: { path: root } });
    });
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !ignores(entry.name)) pending.push(path);
      else if (entry.isFile() && (isSource.test(entry.name) || isSettingsFile(entry.name))) found.push(relative(root, path).split(sep).join('/'));
    }
  }
  return found.toSorted();
}

async function readSource(path: string, maxBytes: number): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    return size > maxBytes ? undefined : await readFile(path, 'utf8');
  } catch {
    return undefined; // it went away between listing and reading, as files do
  }
}
