/**
 * The sources of a project and what they define, kept up to date file by file: a text whose hash is known is not parsed
 * again. What a change makes stale ends where a signature stays the same: whoever uses a function need not look again
 * because its body changed. Modification times play no part, because a checkout changes them and nothing else.
 */
import { CodeGraph } from '../rank/code-graph.ts';
import type { Definition, SourceFacts } from './definition.ts';
import type { Linker } from './link.ts';
import { linkByName } from './link-by-name.ts';
import { hashOf, parseSource } from './parse-source.ts';
import { isSettingsFile, readNames } from './project-names.ts';

/** What became of the index. Ids of definitions, in order. */
export interface IndexChange {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** What changed, and who uses something whose signature changed or that is gone. */
  readonly stale: readonly string[];
}

export interface CodeIndexOptions {
  /** @default linkByName */
  readonly linker?: Linker;
}

export class CodeIndex {
  readonly #sources = new Map<string, SourceFacts>();
  readonly #settings = new Map<string, string>();
  readonly #linker: Linker;
  #graph: Promise<CodeGraph> | undefined;

  constructor({ linker = linkByName }: CodeIndexOptions = {}) {
    this.#linker = linker;
  }

  /** How many sources are in it. */
  get size(): number {
    return this.#sources.size;
  }

  /** By path. */
  get sources(): readonly SourceFacts[] {
    return [...this.#sources.values()].toSorted((left, right) => (left.path < right.path ? -1 : 1));
  }

  /** The paths of the sources and of the settings, in which the names of packages are. */
  get paths(): readonly string[] {
    return [...this.#sources.keys(), ...this.#settings.keys()];
  }

  /** Tells whether this text of a file is in the index already. */
  has(path: string, text: string): boolean {
    if (isSettingsFile(path)) return this.#settings.get(path) === text;
    return this.#sources.get(path)?.contentHash === hashOf(text);
  }

  /**
   * Takes in new texts of files, and lets files go whose text is undefined. A `package.json` or `tsconfig.json` says what
   * the names in imports mean.
   */
  async update(files: Iterable<readonly [path: string, text: string | undefined]>): Promise<IndexChange> {
    const fresh = [...files].filter(([path, text]) => (text === undefined ? this.#sources.has(path) || this.#settings.has(path) : !this.has(path, text)));
    if (fresh.length === 0) return { added: [], changed: [], removed: [], stale: [] };
    const before = this.#graph ? await this.#graph : undefined;
    const [old, now] = [this.#textsOf(fresh), new Map<string, Definition & { readonly text: string }>()];
    for (const [path, text] of fresh) this.#take(path, text);
    for (const [id, each] of this.#textsOf(fresh)) now.set(id, each);
    this.#graph = undefined;
    const added = [...now.keys()].filter((id) => !old.has(id));
    const removed = [...old.keys()].filter((id) => !now.has(id));
    const changed = [...now.values()].filter(({ id, text }) => old.has(id) && old.get(id)?.text !== text).map(({ id }) => id);
    const moved = new Set([...removed, ...changed.filter((id) => old.get(id)?.signature !== now.get(id)?.signature)]);
    const users = (before?.links ?? []).filter(({ to }) => moved.has(to)).map(({ from }) => from);
    const stale = [...new Set([...changed, ...removed, ...users])].toSorted();
    return { added: added.toSorted(), changed: changed.toSorted(), removed: removed.toSorted(), stale };
  }

  /** The definitions and how they hang together. Made once and kept until a file changes. */
  async graph(): Promise<CodeGraph> {
    this.#graph ??= this.#link();
    return this.#graph;
  }

  async #link(): Promise<CodeGraph> {
    const { sources } = this;
    const names = readNames(this.#settings);
    try {
      return new CodeGraph(sources, await this.#linker(sources, names), names);
    } catch (error) {
      this.#graph = undefined;
      throw error;
    }
  }

  #take(path: string, text: string | undefined): void {
    if (text === undefined) {
      this.#sources.delete(path);
      this.#settings.delete(path);
    } else if (isSettingsFile(path)) {
      this.#settings.set(path, text);
    } else {
      this.#sources.set(path, parseSource(path, text));
    }
  }

  #textsOf(files: readonly (readonly [path: string, text: string | undefined])[]): Map<string, Definition & { readonly text: string }> {
    const sources = files.map(([path]) => this.#sources.get(path)).filter((source) => source !== undefined);
    const own = sources.flatMap(({ text, definitions }) => definitions.map((each) => ({ ...each, text: isContainer(each) ? each.signature : text.slice(each.start, each.end) })));
    return new Map(own.map((each) => [each.id, each]));
  }
}

/** What is in it are definitions of their own. */
function isContainer({ kind }: Definition): boolean {
  return kind === 'class' || kind === 'interface';
}
