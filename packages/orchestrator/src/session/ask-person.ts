import type { InputRequest } from '@holdfast/executor';
import { isHoldfastError } from '@holdfast/protocol';
import type { PromiseStore } from '@holdfast/promises';
import { untilAborted } from '../until-aborted.ts';

/** The kind of the promises that wait for what a person types. */
export const inputKind = 'input';

export interface AskedPerson {
  readonly promiseId: string;
  readonly request: InputRequest;
}

/**
 * Puts the question of a cell where everybody can see and answer it: a promise, whose value is a text, or null for no
 * answer.
 *
 * @param announce tells those who follow the session, once the promise is there
 * @throws Error with the reason of whoever refuses to answer
 */
export async function askPerson(
  promises: PromiseStore,
  { promiseId, request }: AskedPerson,
  { signal, announce }: { readonly signal: AbortSignal; readonly announce: (asked: AskedPerson) => void },
): Promise<string | null> {
  const { sessionId, executionId, prompt, secret } = request;
  const { state } = await promises.create({ id: promiseId, kind: inputKind, data: { sessionId, executionId, prompt, secret } });
  if (state === 'pending') announce({ promiseId, request });
  try {
    const answer = await promises.wait(promiseId, { signal });
    if (answer === null || typeof answer === 'string') return answer;
    throw new TypeError(`the answer is ${JSON.stringify(answer).slice(0, 100)}, expected text or null`);
  } catch (error) {
    if (isHoldfastError(error, 'HOLDFAST_PROMISES_CLOSED')) return await untilAborted(new Promise<never>(() => undefined), signal); // the cell ends next, and nobody refused
    await promises.cancel(promiseId, 'the cell does not wait any more');
    throw isHoldfastError(error, 'HOLDFAST_PROMISES_REJECTED') && error.cause instanceof Error ? error.cause : error;
  }
}
