/** Something that the work of a step needs: a database, an executor, a client. Tell it apart by identity. */
export interface Dependency<Value> {
  readonly name: string;
  /** `run`: each run of a durable function gets its own, which ends with the run. `singleton`: one for all, which ends with `close`. */
  readonly lifetime: 'run' | 'singleton';
  create(use: <Other>(dependency: Dependency<Other>) => Promise<Other>): Value | PromiseLike<Value>;
  /** Called once, before that of everything it was made from. */
  dispose?(value: Value): void | PromiseLike<void>;
}
