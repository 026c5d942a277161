import { namespaceError } from './errors.ts';
import { isEngineInternal } from './internals.ts';
import { Map, Object, Reflect, Set, TypeError } from './intrinsics.ts';
import { decideMerge, type MergeSource, type MergeStrategy } from './merge.ts';

export interface UpdateOptions {
  /** @default 'user' */
  readonly source?: MergeSource;
  /** @default 'overwrite' */
  readonly strategy?: MergeStrategy;
}

/** A name that an update left alone, and why. */
export interface SkippedName {
  readonly name: string;
  readonly reason: string;
}

/**
 * Names over one live object, in a worker its global object. The object is never replaced: every change is a write
 * into it, so closures made by earlier code see later changes.
 *
 * Safe under the concurrency of one JavaScript thread: each method is one synchronous step. What background work
 * does to the values themselves is not fenced.
 */
export class Namespace {
  readonly #target: object;
  readonly #given: Set<string>;
  readonly #protected = new Set<string>();
  readonly #emptied = new Set<string>();

  /** What the target holds at this moment counts as given by the platform, not as made by the user. */
  constructor(target: object) {
    this.#target = target;
    this.#given = new Set(Object.getOwnPropertyNames(target));
  }

  /** The live object itself, always the same one. */
  get target(): object {
    return this.#target;
  }

  /**
   * Merges entries into the live object and says which names it left alone.
   *
   * @throws HOLDFAST_NAMESPACE_UNDEFINABLE
   */
  update(entries: Readonly<Record<string, unknown>>, { source = 'user', strategy = 'overwrite' }: UpdateOptions = {}): SkippedName[] {
    const skipped: SkippedName[] = [];
    for (const [name, incoming] of Object.entries(entries)) {
      if (this.#protected.has(name)) {
        skipped.push({ name, reason: 'the name belongs to the session' });
        continue;
      }
      const existing = Object.hasOwn(this.#target, name) ? { value: this.get(name) } : undefined;
      const decision = decideMerge(name, incoming, { source, strategy, existing });
      if (decision.write) this.#write(name, decision.value);
      else skipped.push({ name, reason: decision.reason });
    }
    return skipped;
  }

  /**
   * Adds what every fresh namespace has, `require` say. Such names count as given, not as made by the user. A name that
   * stands there already is left as it is, so doing it again changes nothing.
   */
  setUp(entries: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(entries)) {
      if (isEngineInternal(name) || Object.hasOwn(this.#target, name)) continue;
      this.#write(name, value);
      this.#given.add(name);
    }
  }

  /**
   * Adds a name that user code can neither replace nor declare anew, and that counts as given. Doing it again, or where
   * user code was faster, changes nothing.
   */
  protect(name: string, value: unknown): void {
    const isTaken = Object.hasOwn(this.#target, name) && !this.#given.has(name);
    if (isTaken || this.#protected.has(name)) return;
    const set = (): never => {
      throw new TypeError(`Cannot assign "${name}": the name belongs to the session`);
    };
    Object.defineProperty(this.#target, name, { get: () => value, set, enumerable: false, configurable: false });
    this.#given.add(name);
    this.#protected.add(name);
  }

  /**
   * The names that the user made with their values, as they are now; a getter is not run, and has no value here. For
   * {@link changesSince}: an engine that writes into the live object itself needs neither.
   */
  snapshot(): ReadonlyMap<string, unknown> {
    return new Map(this.names().map((name) => [name, Object.getOwnPropertyDescriptor(this.#target, name)?.value]));
  }

  /** What was written since a snapshot: new names, and names with another value. */
  changesSince(before: ReadonlyMap<string, unknown>): Record<string, unknown> {
    const changed = [...this.snapshot()].filter(([name, value]) => !before.has(name) || !Object.is(before.get(name), value));
    return Object.fromEntries(changed);
  }

  /** Merges what a run left behind: its local names first, then what it wrote to the live object since a snapshot, which wins. */
  mergeRun(locals: Readonly<Record<string, unknown>>, before: ReadonlyMap<string, unknown>): SkippedName[] {
    const written = this.changesSince(before);
    return [...this.update(locals), ...this.update(written)];
  }

  /** Whether the platform gave this name, so that every fresh namespace has it. */
  isGiven(name: string): boolean {
    return this.#given.has(name);
  }

  get(name: string): unknown {
    return Reflect.get(this.#target, name);
  }

  /** The names that the user made on the live object, in the order of their making. */
  names(): string[] {
    return Object.getOwnPropertyNames(this.#target).filter((name) => !this.#given.has(name) && !isEngineInternal(name) && !this.#isEmptied(name));
  }

  /**
   * Removes what the user made; engine names, given names and the object itself stay. What cannot be deleted, as the
   * `var` of a script, holds `undefined` instead and is no name until it holds something else. Gives the names that
   * would do neither.
   */
  clear(): string[] {
    return this.names().filter((name) => !Reflect.deleteProperty(this.#target, name) && !this.#empty(name));
  }

  #empty(name: string): boolean {
    const isData = Object.hasOwn(Object.getOwnPropertyDescriptor(this.#target, name) ?? {}, 'value');
    if (!isData || !Reflect.set(this.#target, name, undefined)) return false;
    this.#emptied.add(name);
    return true;
  }

  #isEmptied(name: string): boolean {
    return this.#emptied.has(name) && Object.getOwnPropertyDescriptor(this.#target, name)?.value === undefined;
  }

  #write(name: string, value: unknown): void {
    const current = Object.getOwnPropertyDescriptor(this.#target, name);
    const written =
      current && !current.configurable
        ? Reflect.set(this.#target, name, value)
        : Reflect.defineProperty(this.#target, name, { value, writable: true, configurable: true, enumerable: !isEngineInternal(name) });
    if (!written) throw namespaceError('HOLDFAST_NAMESPACE_UNDEFINABLE', `Cannot define "${name}": the name is read-only`);
  }
}
