import type { WaitOptions } from '../store/promise-store.ts';

/** A durable promise that can be awaited like any other: as often as one likes, from as many places. */
export class AwaitableDurablePromise<Value> implements PromiseLike<Value> {
  readonly id: string;
  readonly #result: (options?: WaitOptions) => Promise<Value>;
  #value: Promise<Value> | undefined;

  /** Of a {@link Run}, or of anything else with an id and a result. */
  constructor({ id, result }: { readonly id: string; readonly result: (options?: WaitOptions) => Promise<Value> }) {
    this.id = id;
    this.#result = result;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being awaitable is what it is for
  then<Result = Value, Failure = never>(
    onResolved?: ((value: Value) => Result | PromiseLike<Result>) | null,
    onRejected?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    this.#value ??= this.#result();
    return this.#value.then(onResolved, onRejected);
  }
}
