/** Dependencies and how long they live. Each is made at its first use, and disposed of before everything it was made from. */
import type { Dependency } from './dependency.ts';

interface Made {
  readonly dependency: Dependency<unknown>;
  readonly value: Promise<unknown>;
}

export class Scope implements AsyncDisposable {
  readonly #made: Made[] = [];
  readonly #singletons: Scope | undefined;
  #isClosed = false;

  /** Without a scope for singletons, it is that scope. */
  constructor(singletons?: Scope) {
    this.#singletons = singletons;
  }

  async use<Value>(dependency: Dependency<Value>): Promise<Value> {
    if (this.#singletons && dependency.lifetime === 'singleton') return this.#singletons.use(dependency);
    if (this.#isClosed) throw new TypeError(`Cannot use "${dependency.name}": its scope has ended`);
    const known = this.#made.find((made) => made.dependency === dependency);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made by this very dependency
    return (known ?? this.#make(dependency)).value as Promise<Value>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const errors: unknown[] = [];
    for (const { dependency, value } of this.#made.splice(0).toReversed()) {
      // oxlint-disable-next-line no-await-in-loop -- the order is the point
      await value.then((made) => dependency.dispose?.(made)).catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, `Cannot dispose of every dependency: ${errors.map(String).join(', ')}`);
  }

  /** What it was made from is made first, so it stands before it in the list. */
  #make(dependency: Dependency<unknown>): Made {
    const value = Promise.resolve(dependency.create((other) => this.#useIn(dependency, other)));
    const made = { dependency, value };
    this.#made.push(made);
    value.catch(() => this.#made.splice(this.#made.indexOf(made), 1));
    return made;
  }

  #useIn<Other>(user: Dependency<unknown>, other: Dependency<Other>): Promise<Other> {
    if (user.lifetime === 'singleton' && other.lifetime === 'run') {
      throw new TypeError(`Cannot make "${user.name}" from "${other.name}": it would outlive it`);
    }
    return this.use(other);
  }
}
