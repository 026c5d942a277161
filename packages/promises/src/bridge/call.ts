import type { JsonValue } from '@holdfast/protocol';
import type { PromiseStore } from '../store/promise-store.ts';

/** A request that somebody else answers, by its id. */
export interface PromiseCall {
  /** What the answer has to name. */
  readonly id: string;
  readonly kind: string;
  /** What stays visible while the request is open. */
  readonly data: JsonValue;
  /** @default none */
  readonly timeoutMs?: number;
  /** Ends the request: nobody needs an answer any more. */
  readonly signal?: AbortSignal;
  /** Tells whoever answers. The answer may come before it returns. */
  readonly send: () => void | Promise<void>;
}

/**
 * Asks and waits: the promise is kept under the id of the request before the request is sent, so no answer is too early.
 *
 * @throws what `create` and `wait` of the store throw, and what `send` throws, which cancels the promise
 */
export async function callByPromise(store: PromiseStore, { id, kind, data, timeoutMs, signal, send }: PromiseCall): Promise<JsonValue> {
  signal?.throwIfAborted();
  const record = await store.create({ id, kind, data, ...(timeoutMs !== undefined && { timeoutMs }) });
  const answer = store.wait(record.id);
  answer.catch(() => undefined);
  const end = (): void => {
    store.cancel(record.id, 'nobody waits for the answer any more').catch(() => undefined);
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    if (signal?.aborted) end();
    if (record.state === 'pending') await send();
    return await answer;
  } catch (error) {
    await store.cancel(record.id, 'the request failed').catch(() => false);
    throw error;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}
