/** What the import statements of a set of files lead to. */
import { once } from '../once.ts';
import type { Definition, Export, SourceFacts } from './definition.ts';
import { folderOf, joinPath, relativePath } from './paths.ts';
import { noNames, type Alias, type ProjectNames } from './project-names.ts';

const endings = ['', '.ts', '.tsx', '.mts', '.cts', '.d.ts', '.js', '.jsx', '.mjs', '.cjs', '/index.ts', '/index.tsx', '/index.js', '/index.mjs'];

/** Follows imports, exports and what is exported on to the definition itself, so that an index file is never in between. */
export class Modules {
  readonly #sources: ReadonlyMap<string, SourceFacts>;
  readonly #topLevel: ReadonlyMap<string, ReadonlyMap<string, readonly Definition[]>>;
  readonly #names: ProjectNames;
  /** What a specifier means in a folder. */
  readonly #resolveIn = once((folder: string) => once((specifier: string) => this.#lookUp(folder, specifier)));
  readonly #importedBy = once((path: string): ReadonlySet<string> => {
    const source = this.#sources.get(path);
    const specifiers = [...(source?.imports ?? []), ...(source?.exports ?? [])].flatMap(({ from }) => from ?? []);
    return new Set(specifiers.flatMap((specifier) => this.resolve(path, specifier) ?? []));
  });
  /** The nearest and the most exact first. */
  readonly #aliasesFor = once((folder: string): readonly Alias[] =>
    this.#names.aliases
      .filter(({ within }) => folder.startsWith(within))
      .toSorted((left, right) => right.within.length - left.within.length || lengthOf(right.pattern) - lengthOf(left.pattern)),
  );
  #entries: ReadonlyMap<string, string> | undefined;

  constructor(sources: readonly SourceFacts[], names: ProjectNames = noNames) {
    this.#names = names;
    this.#sources = new Map(sources.map((source) => [source.path, source]));
    this.#topLevel = new Map(sources.map(({ path, definitions }) => [path, Map.groupBy(definitions.filter(({ parent }) => parent === null), ({ name }) => name)]));
  }

  /** The path of the file that an import means; undefined for what is not of the project. */
  resolve(fromPath: string, specifier: string): string | undefined {
    return this.#resolveIn(folderOf(fromPath))(specifier);
  }

  /** How a file imports another: by the name of the package where that is another one and shows the file, otherwise by its path. */
  specifier(fromPath: string, path: string): string {
    const isNeighbour = this.#packageOf(fromPath) === this.#packageOf(path);
    this.#entries ??= this.#findEntries();
    return (isNeighbour ? undefined : this.#entries.get(path)) ?? relativePath(fromPath, path);
  }

  /** The file, what it imports, what that imports, and so on, the nearest first, up to so many. */
  reachedFrom(path: string, most: number): ReadonlySet<string> {
    const reached = new Set([path]);
    for (const each of reached) {
      if (reached.size >= most) break;
      for (const next of this.#importedBy(each)) reached.add(next);
    }
    return reached;
  }

  #packageOf(path: string): string {
    return this.#names.packages.reduce((longest, each) => (path.startsWith(each) && each.length > longest.length ? each : longest), '');
  }

  /** For each file the shortest name of a package whose exports lead to it. */
  #findEntries(): ReadonlyMap<string, string> {
    const entries = new Map<string, string>();
    const follow = (path: string | undefined, name: string): void => {
      if (path === undefined || entries.has(path)) return;
      entries.set(path, name);
      for (const { from } of this.#sources.get(path)?.exports ?? []) if (from !== null) follow(this.resolve(path, from), name);
    };
    const names = this.#names.aliases.filter(({ within, pattern }) => within === '' && !pattern.includes('*')).map(({ pattern }) => pattern);
    for (const name of names.toSorted((left, right) => left.length - right.length)) follow(this.resolve('', name), name);
    return entries;
  }

  #lookUp(folder: string, specifier: string): string | undefined {
    if (specifier.startsWith('.')) return this.#find(joinPath(folder, specifier));
    for (const { pattern, targets } of this.#aliasesFor(folder)) {
      const part = matchedBy(pattern, specifier);
      const found = part === undefined ? undefined : firstOf(targets, (target) => this.#find(target.replace('*', () => part)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A file that is called so, or that with an ending, or the index of a folder that is. */
  #find(path: string): string | undefined {
    const source = path.replace(/\.([cm]?)js(x?)$/u, '.$1ts$2');
    return firstOf([path, source], (base) => firstOf(endings, (ending) => (this.#sources.has(base + ending) ? base + ending : undefined)));
  }

  /** The definitions that have this name at the top level of the file: more than one for overloads. */
  inFile(path: string, name: string): readonly Definition[] {
    return this.#topLevel.get(path)?.get(name) ?? [];
  }

  /** The definitions that a module exports under this name. */
  exported(path: string, name: string, seen: ReadonlySet<string> = new Set()): readonly Definition[] {
    const key = `${path}#${name}`;
    const source = this.#sources.get(path);
    if (!source || seen.has(key)) return [];
    const visited = new Set([...seen, key]);
    const named = source.exports.filter((each) => each.name === name).flatMap((each) => this.#exportedAs(source, each, visited));
    if (named.length > 0 || name === 'default') return named;
    return source.exports.filter((each) => each.name === '*' && each.from !== null).flatMap((each) => this.#throughTo(source, each.from, name, visited));
  }

  #exportedAs(source: SourceFacts, { from, imported }: Export, seen: ReadonlySet<string>): readonly Definition[] {
    if (from !== null) return imported === '*' ? [] : this.#throughTo(source, from, imported, seen);
    const local = this.inFile(source.path, imported);
    if (local.length > 0) return local;
    const binding = source.imports.find((each) => each.local === imported);
    return binding && binding.imported !== '*' ? this.#throughTo(source, binding.from, binding.imported, seen) : [];
  }

  #throughTo(source: SourceFacts, specifier: string | null, name: string, seen: ReadonlySet<string>): readonly Definition[] {
    const path = specifier === null ? undefined : this.resolve(source.path, specifier);
    return path === undefined ? [] : this.exported(path, name, seen);
  }
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What stands for the `*`: nothing in a pattern that has none. */
function matchedBy(pattern: string, specifier: string): string | undefined {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return pattern === specifier ? '' : undefined;
  const fits = specifier.length >= pattern.length - 1 && specifier.startsWith(before) && specifier.endsWith(after);
  return fits ? specifier.slice(before.length, specifier.length - after.length) : undefined;
}

/** How much of a specifier a pattern says; all of it where it has no `*`. */
function lengthOf(pattern: string): number {
  return pattern.includes('*') ? pattern.indexOf('*') : Number.MAX_SAFE_INTEGER;
}
