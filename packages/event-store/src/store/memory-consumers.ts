import type { ConsumerState } from './consumers.ts';
import type { ConsumerChange } from './staging.ts';

interface Consumer {
  position: number;
  readonly states: Map<string, ConsumerState>;
}

/** What consumers keep, in memory. */
export class MemoryConsumers {
  readonly #consumers = new Map<string, Consumer>();

  position(consumer: string): number {
    return this.#consumers.get(consumer)?.position ?? 0;
  }

  find(consumer: string, key: string): ConsumerState | undefined {
    return this.#consumers.get(consumer)?.states.get(key);
  }

  list(consumer: string): readonly ConsumerState[] {
    return [...(this.#consumers.get(consumer)?.states.values() ?? [])];
  }

  change(changes: readonly ConsumerChange[]): void {
    for (const change of changes) this.#change(change);
  }

  #change(change: ConsumerChange): void {
    const of = this.#consumers.get(change.consumer);
    if (change.kind === 'save') {
      const consumer = of ?? { position: 0, states: new Map<string, ConsumerState>() };
      this.#consumers.set(change.consumer, consumer);
      consumer.position = change.progress.sequenceNumber ?? consumer.position;
      for (const state of change.progress.states ?? []) consumer.states.set(state.key, Object.freeze(state));
      return;
    }
    this.#consumers.delete(change.consumer);
    if (change.kind === 'remove') return;
    const by = this.#consumers.get(change.by);
    this.#consumers.delete(change.by);
    if (by) this.#consumers.set(change.consumer, by);
  }
}
