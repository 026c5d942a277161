/**
 * Answers of the protocol as settled promises. The bridge sees what a session lets it see and reads nothing itself: give
 * `intercept` to the session. Open requests and their deadlines are those of the promise store; there is no second table.
 */
import { fromWireError, isHoldfastError, isJsonValue, type JsonValue, type Message } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';
import type { PromiseStore } from '../store/promise-store.ts';
import { callByPromise } from './call.ts';

export interface ProtocolBridgeOptions {
  readonly promises: PromiseStore;
  /** Sends one message to the other side; never receives. */
  readonly send: (message: Message) => void | Promise<void>;
  /** How long an answer is waited for. @default 30_000 */
  readonly timeoutMs?: number;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const kind = 'protocol_request';

export class ProtocolBridge implements AsyncDisposable {
  readonly #options: ProtocolBridgeOptions;
  /** The requests of this bridge; the promises themselves are in the store. */
  readonly #open = new Set<string>();
  #highWaterMark = 0;
  #isClosed = false;

  constructor(options: ProtocolBridgeOptions) {
    this.#options = options;
  }

  /**
   * Sends a message and waits for the one that names it.
   *
   * @throws HOLDFAST_PROMISES_TIMEOUT, HOLDFAST_PROMISES_REJECTED, HOLDFAST_PROMISES_CANCELLED, HOLDFAST_PROMISES_BRIDGE_CLOSED
   */
  async call(message: Message, { timeoutMs = this.#options.timeoutMs ?? 30_000, signal }: CallOptions = {}): Promise<JsonValue> {
    if (this.#isClosed) throw closedError(message.type);
    this.#open.add(message.id);
    this.#highWaterMark = Math.max(this.#highWaterMark, this.#open.size);
    try {
      return await callByPromise(this.#options.promises, {
        id: message.id,
        kind,
        data: { type: message.type },
        timeoutMs,
        ...(signal && { signal }),
        send: () => this.#options.send(message),
      });
    } catch (error) {
      if (this.#isClosed && isHoldfastError(error, 'HOLDFAST_PROMISES_CANCELLED')) throw closedError(message.type);
      throw error;
    } finally {
      this.#open.delete(message.id);
    }
  }

  /** Sees every message of a session, and settles the promise that an answer belongs to. Others it lets pass. */
  readonly intercept = async (message: Message): Promise<void> => {
    if (!('correlationId' in message) || typeof message.correlationId !== 'string' || !this.#open.has(message.correlationId)) return;
    const { promises } = this.#options;
    if (message.type === 'refusal') await promises.reject(message.correlationId, fromWireError(message.error));
    else if (message.type === 'capability-response' && !message.outcome.ok) await promises.reject(message.correlationId, fromWireError(message.outcome.error));
    else await promises.resolve(message.correlationId, answerOf(message));
  };

  /** Ends every open request; new ones may follow. */
  async cancelAll(reason = 'all requests were cancelled'): Promise<void> {
    await Promise.all(Array.from(this.#open, async (id) => this.#options.promises.cancel(id, reason)));
  }

  /** Ends every open request with `HOLDFAST_PROMISES_BRIDGE_CLOSED`, and refuses new ones. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.cancelAll('the bridge is closed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  pendingCount(): number {
    return this.#open.size;
  }

  /** The most requests that were open at one time. */
  pendingHighWaterMark(): number {
    return this.#highWaterMark;
  }
}

function answerOf(message: Message): JsonValue {
  if (message.type === 'capability-response' && message.outcome.ok) return message.outcome.value;
  return isJsonValue(message) ? message : null;
}

function closedError(type: string): Error {
  return promisesError('HOLDFAST_PROMISES_BRIDGE_CLOSED', `Cannot ask "${type}": the bridge is closed`);
}
