import type { QueueTask, RunContext } from '@holdfast/orchestrator';

/** Work that runs until the test ends it, and notes what happened. */
export class Works {
  readonly started: string[] = [];
  readonly running = new Set<string>();
  readonly ended: string[] = [];
  readonly contexts = new Map<string, RunContext>();
  peak = 0;
  readonly #ends = new Map<string, PromiseWithResolvers<string>>();

  /** A task that ends when its signal aborts. */
  task(id: string, options: Partial<QueueTask<string>> = {}): QueueTask<string> {
    return this.#task(id, options, true);
  }

  /** A task that takes no notice of its signal. */
  stubborn(id: string, options: Partial<QueueTask<string>> = {}): QueueTask<string> {
    return this.#task(id, options, false);
  }

  finish(id: string): void {
    this.#ends.get(id)?.resolve(`done ${id}`);
  }

  fail(id: string, error: Error): void {
    this.#ends.get(id)?.reject(error);
  }

  #task(id: string, options: Partial<QueueTask<string>>, isObedient: boolean): QueueTask<string> {
    return {
      id,
      ...options,
      run: async (context) => {
        const end = Promise.withResolvers<string>();
        this.#ends.set(id, end);
        this.started.push(id);
        this.running.add(id);
        this.contexts.set(id, context);
        this.peak = Math.max(this.peak, this.running.size);
        if (isObedient) context.signal.addEventListener('abort', () => end.reject(context.signal.reason as Error));
        try {
          return await end.promise;
        } finally {
          this.running.delete(id);
          this.ended.push(id);
        }
      },
    };
  }
}
