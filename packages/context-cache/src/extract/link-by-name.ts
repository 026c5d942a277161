/**
 * Links definitions by the names they use, without types: a name is looked up in the file and its imports, what stands
 * behind `this` in the class, what stands behind another dot among all members of that name. Where several could be
 * meant, each gets its part of the count; a name that too many members share says nothing.
 */
import type { Definition, Reference, SourceFacts } from './definition.ts';
import { LinkCounter, type Link } from './link.ts';
import { Modules } from './modules.ts';
import { noNames, type ProjectNames } from './project-names.ts';

const mostNamesakes = 12;

export function linkByName(sources: readonly SourceFacts[], names: ProjectNames = noNames): readonly Link[] {
  const modules = new Modules(sources, names);
  const members = Map.groupBy(sources.flatMap(({ definitions }) => definitions.filter(({ parent }) => parent !== null)), lastNameOf);
  const counter = new LinkCounter();
  for (const source of sources) {
    const scope = new Scope(source, modules, members);
    for (const reference of source.references) {
      const owner = source.definitions[reference.owner];
      const targets = owner ? scope.find(owner, reference) : [];
      for (const target of targets) counter.add(owner?.id ?? '', target.id, reference.count / targets.length, reference.inBody / targets.length);
    }
  }
  return counter.links();
}

/** What the names in one file mean. */
class Scope {
  readonly #source: SourceFacts;
  readonly #modules: Modules;
  readonly #members: ReadonlyMap<string, readonly Definition[]>;
  readonly #known = new Map<string, readonly Definition[]>();
  #reached: ReadonlySet<string> | undefined;

  constructor(source: SourceFacts, modules: Modules, members: ReadonlyMap<string, readonly Definition[]>) {
    this.#source = source;
    this.#modules = modules;
    this.#members = members;
  }

  find(owner: Definition, { kind, name, object }: Reference): readonly Definition[] {
    if (kind === 'name') return this.#named(name);
    if (kind === 'own') return this.#ownMember(owner, name);
    const module = object === null ? undefined : this.#source.imports.find(({ local, imported }) => local === object && imported === '*');
    const path = module && this.#modules.resolve(this.#source.path, module.from);
    if (path !== undefined) return this.#modules.exported(path, name);
    return this.#member(name, object);
  }

  #named(name: string): readonly Definition[] {
    const known = this.#known.get(name);
    if (known) return known;
    const found = this.#lookUp(name);
    this.#known.set(name, found);
    return found;
  }

  #lookUp(name: string): readonly Definition[] {
    const local = this.#modules.inFile(this.#source.path, name);
    if (local.length > 0) return local;
    const binding = this.#source.imports.find((each) => each.local === name);
    const path = binding && this.#modules.resolve(this.#source.path, binding.from);
    return binding && path !== undefined ? this.#modules.exported(path, binding.imported) : [];
  }

  #ownMember(owner: Definition, name: string): readonly Definition[] {
    const own = (this.#members.get(name) ?? []).filter(({ parent }) => parent !== null && parent === owner.parent);
    return own.length > 0 ? own : this.#member(name, null);
  }

  /** A member of what the object names, where it names something; otherwise of anything, best of what the file can reach. */
  #member(name: string, object: string | null): readonly Definition[] {
    const candidates = this.#members.get(name) ?? [];
    const owners = new Set((object === null ? [] : this.#named(object)).map(({ id }) => id));
    const certain = candidates.filter(({ parent }) => parent !== null && owners.has(parent));
    if (certain.length > 0) return certain;
    this.#reached ??= this.#modules.reachedFrom(this.#source.path);
    const near = candidates.filter(({ path }) => this.#reached?.has(path));
    const likely = near.length > 0 ? near : candidates;
    return likely.length <= mostNamesakes ? likely : [];
  }
}

function lastNameOf({ name }: Definition): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
