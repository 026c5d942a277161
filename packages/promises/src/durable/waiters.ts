import { promisesError } from '../errors.ts';
import type { Backend } from '../machine/backend.ts';
import type { PromiseView } from '../machine/messages.ts';
import type { Ask } from './ask.ts';

interface Waiter {
  readonly settle: (view: PromiseView) => void;
  readonly fail: (error: unknown) => void;
}

/** Whoever waits for a promise to be settled, by anybody. */
export class Waiters {
  readonly #ask: Ask;
  readonly #address: string;
  /** Where nobody tells what was settled, a message may get lost: then it is asked for again. */
  readonly #askAgainMs: number;
  readonly #waiting = new Map<string, Set<Waiter>>();
  /** Timers keep no process alive; whoever waits does. */
  #keepAlive: ReturnType<typeof setInterval> | undefined;

  constructor(ask: Ask, { unicast, onSettled }: Pick<Backend, 'unicast' | 'onSettled'>) {
    this.#ask = ask;
    this.#address = unicast;
    this.#askAgainMs = onSettled ? 2 ** 30 : 10_000;
  }

  /**
   * The promise, once it is settled. The signal ends the waiting, not the promise.
   *
   * @throws HOLDFAST_PROMISES_NOT_FOUND
   */
  async wait(id: string, signal?: AbortSignal): Promise<PromiseView> {
    signal?.throwIfAborted();
    // Before the question, so that the answer cannot come in between.
    const { promise, stop } = this.#listen(id);
    const abort = (): void => stop(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const view = await this.#register(id);
      return view.state === 'pending' ? await promise : view;
    } finally {
      signal?.removeEventListener('abort', abort);
      stop(undefined);
    }
  }

  /** What a backend says about a settled promise. */
  settle(view: PromiseView): void {
    for (const waiter of this.#waiting.get(view.id) ?? []) waiter.settle(view);
  }

  /** Asks again for everything: a server that was started anew has forgotten who waits. */
  async askAgain(): Promise<void> {
    const ids = [...this.#waiting.keys()];
    const views = await Promise.all(ids.map((id) => this.#register(id)));
    for (const view of views) if (view.state !== 'pending') this.settle(view);
  }

  close(error: unknown): void {
    for (const waiters of this.#waiting.values()) for (const waiter of waiters) waiter.fail(error);
  }

  #listen(id: string): { readonly promise: Promise<PromiseView>; readonly stop: (reason: unknown) => void } {
    const { promise, resolve, reject } = Promise.withResolvers<PromiseView>();
    promise.catch(() => undefined);
    const waiters = this.#waiting.get(id) ?? new Set();
    const waiter = { settle: resolve, fail: reject };
    this.#waiting.set(id, waiters.add(waiter));
    this.#keepAlive ??= setInterval(() => void this.askAgain().catch(() => undefined), this.#askAgainMs);
    const stop = (reason: unknown): void => {
      waiters.delete(waiter);
      if (waiters.size === 0 && this.#waiting.get(id) === waiters) this.#waiting.delete(id);
      if (this.#waiting.size === 0) {
        clearInterval(this.#keepAlive);
        this.#keepAlive = undefined;
      }
      reject(reason);
    };
    return { promise, stop };
  }

  async #register(id: string): Promise<PromiseView> {
    const view = await this.#ask('promise.register_listener', { awaited: id, address: this.#address });
    if (view) return view;
    throw promisesError('HOLDFAST_PROMISES_NOT_FOUND', `Cannot find "${id}"`, { data: { id } });
  }
}
