/** What the import statements of a set of files lead to. */
import type { Definition, Export, SourceFacts } from './definition.ts';

const endings = ['', '.ts', '.tsx', '.mts', '.cts', '.d.ts', '.js', '.jsx', '.mjs', '.cjs', '/index.ts', '/index.tsx', '/index.js', '/index.mjs'];

/** Follows imports, exports and what is exported on to the definition itself, so that an index file is never in between. */
export class Modules {
  readonly #sources: ReadonlyMap<string, SourceFacts>;
  readonly #topLevel: ReadonlyMap<string, ReadonlyMap<string, readonly Definition[]>>;

  constructor(sources: readonly SourceFacts[]) {
    this.#sources = new Map(sources.map((source) => [source.path, source]));
    this.#topLevel = new Map(sources.map(({ path, definitions }) => [path, Map.groupBy(definitions.filter(({ parent }) => parent === null), ({ name }) => name)]));
  }

  /** The path of the file that a relative import means. */
  resolve(fromPath: string, specifier: string): string | undefined {
    if (!specifier.startsWith('.')) return undefined;
    const base = join(fromPath.slice(0, fromPath.lastIndexOf('/') + 1), specifier);
    const plain = base.replace(/\.([cm]?)js(x?)$/u, '.$1ts$2');
    return [base, plain].flatMap((each) => endings.map((ending) => each + ending)).find((path) => this.#sources.has(path));
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

function join(folder: string, specifier: string): string {
  const parts: string[] = [];
  for (const part of `${folder}${specifier}`.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
