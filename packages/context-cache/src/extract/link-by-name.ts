/**
 * Links definitions by what the sources say in words, without a compiler: a name is looked up in the file and its imports,
 * what stands behind `this` in the class and what it extends, what stands behind another dot in the type that the source
 * gives what is before it. Where it gives none, among all members of that name, best of what the file can reach: each that
 * could be meant gets its part of the count, and a name that too many members share says nothing.
 */
import { once } from '../once.ts';
import { wholeExport } from './commonjs.ts';
import type { Definition, Reference, SourceFacts } from './definition.ts';
import { LinkCounter, type Link } from './link.ts';
import { Modules } from './modules.ts';
import { noNames, type ProjectNames } from './project-names.ts';

const mostNamesakes = 12;
/** What is further away than so many files is hardly meant, and looking for it takes the square of the files. */
const mostReached = 300;
/** Types that lead to types, and classes that extend classes, are followed so far. */
const maxDepth = 6;

export function linkByName(sources: readonly SourceFacts[], names: ProjectNames = noNames): readonly Link[] {
  const project = new Project(sources, names);
  const counter = new LinkCounter();
  for (const source of sources) {
    const scope = project.scopeOf(source.path);
    for (const reference of source.references) {
      const owner = source.definitions[reference.owner];
      const targets = owner && scope ? scope.find(owner, reference) : [];
      for (const target of targets) counter.add(owner?.id ?? '', target.id, reference.count / targets.length, reference.inBody / targets.length);
    }
  }
  return counter.links();
}

class Project {
  readonly modules: Modules;
  readonly #scopes: ReadonlyMap<string, Scope>;
  readonly #members: ReadonlyMap<string, readonly Definition[]>;

  constructor(sources: readonly SourceFacts[], names: ProjectNames) {
    this.modules = new Modules(sources, names);
    this.#members = Map.groupBy(sources.flatMap(({ definitions }) => definitions.filter(({ parent }) => parent !== null)), lastNameOf);
    this.#scopes = new Map(sources.map((source) => [source.path, new Scope(source, this)]));
  }

  scopeOf(path: string): Scope | undefined {
    return this.#scopes.get(path);
  }

  /** Every member of that name. */
  namesakes(name: string): readonly Definition[] {
    return this.#members.get(name) ?? [];
  }

  /** What a definition is of, leads to or extends. */
  typesOf({ path, type }: Definition, depth: number): Types {
    return type === null ? 'unknown' : (this.scopeOf(path)?.typesNamed(type, depth) ?? 'unknown');
  }

  /** Members of these types, or else of what they extend. */
  membersOf(types: readonly Definition[], name: string, depth = 0): readonly Definition[] {
    const ids = new Set(types.map(({ id }) => id));
    const own = this.namesakes(name).filter(({ parent }) => parent !== null && ids.has(parent));
    if (own.length > 0 || depth > maxDepth) return own;
    const above = types.flatMap((each) => listed(this.typesOf(each, depth + 1)));
    return above.length > 0 ? this.membersOf(above, name, depth + 1) : [];
  }
}

/** Definitions that have members; or that it is something of elsewhere, or that there is no telling. */
type Types = readonly Definition[] | 'elsewhere' | 'unknown';

function listed(types: Types): readonly Definition[] {
  return typeof types === 'string' ? [] : types;
}

/** What the names in one file mean. */
class Scope {
  readonly #source: SourceFacts;
  readonly #project: Project;
  /** What a name of the file itself or of its imports stands for. */
  readonly named = once((name: string) => this.#lookUp(name));
  #reached: ReadonlySet<string> | undefined;

  constructor(source: SourceFacts, project: Project) {
    this.#source = source;
    this.#project = project;
  }

  find(owner: Definition, { kind, name, object, ways }: Reference): readonly Definition[] {
    if (kind === 'name') return this.named(name);
    const inModule = object === null ? undefined : this.#inModule(object, name);
    if (inModule) return inModule;
    const types = kind === 'own' ? this.#typesOfThis(owner) : ways ? this.#typesAlong(owner, ways) : 'unknown';
    if (types === 'elsewhere') return [];
    const certain = this.#project.membersOf(listed(types), name);
    return certain.length > 0 ? certain : this.#likely(name);
  }

  /** What a name of a type leads to, through names that stand for it. */
  typesNamed(name: string, depth = 0): Types {
    if (this.#source.typeParameters.has(name) || depth > maxDepth) return 'unknown';
    const found = this.named(name);
    if (found.length === 0) return 'elsewhere';
    const aliased = found.find(({ kind, type }) => kind === 'type' && type !== null);
    return aliased ? this.#project.typesOf(aliased, depth + 1) : found;
  }

  #lookUp(name: string): readonly Definition[] {
    const { modules } = this.#project;
    const local = modules.inFile(this.#source.path, name);
    if (local.length > 0) return local;
    const binding = this.#source.imports.find((each) => each.local === name);
    const path = binding && modules.resolve(this.#source.path, binding.from);
    return binding && path !== undefined ? modules.exported(path, binding.imported) : [];
  }

  /** What a file exports that is imported as a whole under a name. */
  #inModule(object: string, name: string): readonly Definition[] | undefined {
    const module = this.#source.imports.find(({ local, imported }) => local === object && (imported === '*' || imported === wholeExport));
    const path = module && this.#project.modules.resolve(this.#source.path, module.from);
    const found = path === undefined ? [] : this.#project.modules.exported(path, name);
    // What `module.exports` is as a whole has members of its own.
    return path === undefined || (found.length === 0 && module?.imported === wholeExport) ? undefined : found;
  }

  #typesOfThis({ parent }: Definition): Types {
    const own = this.#source.definitions.filter(({ id }) => id === parent);
    return own.length > 0 ? own : 'unknown';
  }

  #typesAlong(owner: Definition, [first = '', second = '', ...rest]: readonly string[]): Types {
    const inModule = this.#inModule(first, second);
    let types = inModule ? this.#typesOfAll(inModule) : this.#typesAt(owner, first);
    for (const name of inModule || second === '' ? rest : [second, ...rest]) {
      if (typeof types === 'string') return types;
      types = this.#typesOfAll(this.#project.membersOf(types, name));
    }
    return types;
  }

  #typesAt(owner: Definition, first: string): Types {
    if (first === 'this') return this.#typesOfThis(owner);
    if (first.startsWith(':')) return this.typesNamed(first.slice(1));
    const found = this.named(first);
    if (found.length === 0) return 'elsewhere';
    const itself = found.filter(({ kind }) => kind === 'class' || kind === 'enum');
    return itself.length > 0 ? itself : this.#typesOfAll(found);
  }

  #typesOfAll(definitions: readonly Definition[]): Types {
    const types = definitions.map((each) => this.#project.typesOf(each, 0));
    const found = types.flatMap(listed);
    if (found.length > 0) return found;
    return types.length > 0 && types.every((each) => each === 'elsewhere') ? 'elsewhere' : 'unknown';
  }

  #likely(name: string): readonly Definition[] {
    const candidates = this.#project.namesakes(name);
    if (candidates.length <= 1) return candidates;
    this.#reached ??= this.#project.modules.reachedFrom(this.#source.path, mostReached);
    const near = candidates.filter(({ path }) => this.#reached?.has(path));
    const likely = near.length > 0 ? near : candidates;
    return likely.length <= mostNamesakes ? likely : [];
  }
}

function lastNameOf({ name }: Definition): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
