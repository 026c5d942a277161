import type { StreamMessage } from '@holdfast/protocol/api';

/** What a viewer shows of a stream, whatever order and however often its messages come. */
export class StreamView {
  readonly #messages = new Map<number, StreamMessage>();
  #version = 0;

  /** The highest version so far; 0 before the first one. */
  get version(): number {
    return this.#version;
  }

  /** All messages, ordered by their sequence. */
  get messages(): readonly StreamMessage[] {
    return [...this.#messages.values()].toSorted((left, right) => left.sequence - right.sequence);
  }

  /**
   * Takes a message. Tells whether it is newer than all before: only then may it change what the viewer shows as the
   * state. A stale one still finds its place among the messages; one that is there already is dropped.
   */
  accept(message: StreamMessage): boolean {
    if (!this.#messages.has(message.sequence)) this.#messages.set(message.sequence, message);
    if (message.version <= this.#version) return false;
    this.#version = message.version;
    return true;
  }
}
