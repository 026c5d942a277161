import { protocolError } from '../errors.ts';
import type { Message } from '../message/message.ts';

/** What came in and was not read yet, for one reader. Adapters of the transport port stand on it. */
export class Inbox {
  readonly #messages: Message[] = [];
  #claimed = false;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /** How many messages wait for the reader. */
  get size(): number {
    return this.#messages.length;
  }

  put(message: Message): void {
    if (this.#ended) return;
    this.#messages.push(message);
    this.#signal();
  }

  /** Ends the reader after what it has still to read; with an error where there is one. */
  end(failure?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#signal();
  }

  /** Claims the inbox at the call, not at the first read, so that a second reader fails at once. */
  receive(onRead?: () => void): AsyncIterable<Message> {
    if (this.#claimed) {
      throw protocolError('HOLDFAST_PROTOCOL_TRANSPORT_CLAIMED', 'Cannot read transport: it has a reader');
    }
    this.#claimed = true;
    return this.#read(onRead);
  }

  async *#read(onRead?: () => void): AsyncGenerator<Message> {
    for (;;) {
      const next = this.#messages.shift();
      if (next) {
        yield next;
        onRead?.();
      } else if (this.#ended) {
        if (this.#failure) throw this.#failure;
        return;
      } else {
        // oxlint-disable-next-line no-await-in-loop -- waiting for the next message is the point
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #signal(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
