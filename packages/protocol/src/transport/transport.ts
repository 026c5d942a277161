import type { Message } from '../message/message.ts';

/** A way for messages to reach the other side, in order, each once. */
export interface Transport {
  /**
   * Sends one message; settles when the way can take another, which is the backpressure.
   *
   * @throws HOLDFAST_PROTOCOL_TRANSPORT_CLOSED
   */
  send(message: Message): Promise<void>;
  /**
   * The messages of the other side. There is one reader: a second call throws. Ends when the other side closes,
   * throws what made the stream unreadable.
   *
   * @throws HOLDFAST_PROTOCOL_TRANSPORT_CLAIMED
   */
  receive(): AsyncIterable<Message>;
  /** Idempotent. Ends the reader of both sides. */
  close(): Promise<void>;
}
