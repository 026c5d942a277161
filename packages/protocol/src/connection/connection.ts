import { fromWireError } from '../error/wire-error.ts';
import { protocolError } from '../errors.ts';
import type { Message, MessageOf, MessageType } from '../message/message.ts';
import type { Transport } from '../transport/transport.ts';

/**
 * The reader of one transport: gives answers to those who asked, everything else to one handler, in order. A handler that
 * answers with a promise has everything behind its message wait for it, and in the end the other side.
 */
export class Connection {
  readonly #transport: Transport;
  readonly #waiting = new Map<string, PromiseWithResolvers<Message>>();
  #isClosed = false;
  /** Settles when the other side is gone; rejects with what made the stream unreadable. */
  readonly closed: Promise<void>;

  /** Reads the transport from now on; nobody else may. */
  constructor(transport: Transport, onMessage: (message: Message) => unknown) {
    this.#transport = transport;
    this.closed = this.#run(transport.receive(), onMessage);
    this.closed.catch(() => undefined);
  }

  /** Whether the other side is gone, or what it sent cannot be read any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  async send(message: Message): Promise<void> {
    await this.#transport.send(message);
  }

  /**
   * Sends a message and waits for the one that names it as its `correlationId`.
   *
   * @throws HOLDFAST_PROTOCOL_TRANSPORT_CLOSED when the other side goes away first
   * @throws HOLDFAST_PROTOCOL_INVALID_MESSAGE when the answer is of another type
   * @throws the error of a `refusal`
   */
  async request<Type extends MessageType>(message: Message, answer: Type): Promise<MessageOf<Type>> {
    if (this.#isClosed) throw closedBefore(message.id);
    const waiting = Promise.withResolvers<Message>();
    this.#waiting.set(message.id, waiting);
    try {
      await this.#transport.send(message);
      const reply = await waiting.promise;
      if (isOfType(reply, answer)) return reply;
      if (reply.type === 'refusal') throw fromWireError(reply.error);
      throw protocolError('HOLDFAST_PROTOCOL_INVALID_MESSAGE', `Cannot accept "${reply.type}" as the answer to "${message.type}"`);
    } finally {
      this.#waiting.delete(message.id);
    }
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #run(messages: AsyncIterable<Message>, onMessage: (message: Message) => unknown): Promise<void> {
    try {
      for await (const message of messages) {
        const waiting = message.correlationId === undefined ? undefined : this.#waiting.get(message.correlationId);
        const pending: unknown = waiting ? waiting.resolve(message) : onMessage(message);
        if (pending instanceof Promise) await pending;
      }
    } finally {
      this.#isClosed = true;
      for (const [id, waiting] of this.#waiting) {
        waiting.promise.catch(() => undefined);
        waiting.reject(closedBefore(id));
      }
    }
  }
}

function closedBefore(id: string): Error {
  return protocolError('HOLDFAST_PROTOCOL_TRANSPORT_CLOSED', `Cannot answer request "${id}": the transport is closed`);
}

function isOfType<Type extends MessageType>(message: Message, type: Type): message is MessageOf<Type> {
  return message.type === type;
}
