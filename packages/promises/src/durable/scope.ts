/** Dependencies and how long they live. Each is made at its first use, and disposed of before everything it was made from. */
import type { Dependency } from './dependency.ts';

interface Made {
  readonly dependency: Dependency<unknown>;
  readonly value: Promise<unknown>;
  /** What it is made from, as far as it has asked for it. */
  readonly uses: Set<Dependency<unknown>>;
}

export class Scope implements AsyncDisposable {
  readonly #made = new Map<Dependency<unknown>, Made>();
  readonly #singletons: Scope | undefined;
  #isClosed = false;

  /** Without a scope for singletons, it is that scope. */
  constructor(singletons?: Scope) {
    this.#singletons = singletons;
  }

  async use<Value>(dependency: Dependency<Value>): Promise<Value> {
    if (this.#singletons && dependency.lifetime === 'singleton') return this.#singletons.use(dependency);
    if (this.#isClosed) throw new TypeError(`Cannot use "${dependency.name}": its scope has ended`);
    const made = this.#made.get(dependency) ?? this.#make(dependency);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made by this very dependency
    return made.value as Promise<Value>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const errors: unknown[] = [];
    for (const { dependency, value } of this.#inOrder().toReversed()) {
      // oxlint-disable-next-line no-await-in-loop -- the order is the point
      await value.then((made) => dependency.dispose?.(made)).catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, `Cannot dispose of every dependency: ${errors.map(String).join(', ')}`);
  }

  /** Each after everything it was made from. */
  #inOrder(): Made[] {
    const ordered = new Set<Made>();
    const add = (made: Made | undefined): void => {
      if (!made || ordered.has(made)) return;
      for (const used of made.uses) add(this.#made.get(used));
      ordered.add(made);
    };
    for (const made of this.#made.values()) add(made);
    this.#made.clear();
    return [...ordered];
  }

  #make(dependency: Dependency<unknown>): Made {
    const uses = new Set<Dependency<unknown>>();
    // It is known before its creation begins, so what it is made from finds it.
    const value = Promise.resolve().then(() => dependency.create((other) => this.#useIn(dependency, uses, other)));
    const made = { dependency, value, uses };
    this.#made.set(dependency, made);
    value.catch(() => this.#made.delete(dependency));
    return made;
  }

  #useIn<Other>(user: Dependency<unknown>, uses: Set<Dependency<unknown>>, other: Dependency<Other>): Promise<Other> {
    if (user.lifetime === 'singleton' && other.lifetime === 'run') {
      throw new TypeError(`Cannot make "${user.name}" from "${other.name}": it would outlive it`);
    }
    if (this.#isMadeFrom(other, user)) {
      throw new TypeError(`Cannot make "${user.name}" from "${other.name}": "${other.name}" is made from "${user.name}"`);
    }
    uses.add(other);
    return this.use(other);
  }

  #isMadeFrom(dependency: Dependency<unknown>, other: Dependency<unknown>): boolean {
    if (dependency === other) return true;
    const uses = this.#made.get(dependency)?.uses ?? [];
    return [...uses].some((used) => this.#isMadeFrom(used, other));
  }
}
