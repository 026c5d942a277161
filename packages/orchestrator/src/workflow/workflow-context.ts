/**
 * What the workflow needs of a durable function. The context of `@holdfast/promises/durable` fits as it is; the one here
 * runs it in this process alone.
 */
import type { JsonValue } from '@holdfast/protocol';

export interface WorkflowContext {
  /** Does some work once and keeps its outcome, so that a later run of the same workflow gets it instead. */
  step<Value>(name: string, work: (step: { readonly signal: AbortSignal }) => Value | PromiseLike<Value>): Promise<Value>;
  /** Asks somebody outside. The id is known before the answer comes. */
  external(question: { readonly kind: string; readonly data?: JsonValue; readonly deadline?: number }): Promise<JsonValue> & { readonly id: string };
  /** Begins the workflow anew with another input, so that none of its runs gets long. @default it goes on in one run */
  continueAs?(input: unknown): Promise<never>;
}

export interface LocalContextOptions {
  readonly signal: AbortSignal;
  /** Answers questions. @default nobody does */
  readonly ask?: (question: { readonly id: string; readonly kind: string; readonly data: JsonValue }) => Promise<JsonValue>;
}

/** Runs a workflow in this process alone: nothing is kept. */
export function createLocalContext({ signal, ask }: LocalContextOptions): WorkflowContext {
  let questions = 0;
  return {
    step: async (_name, work) => {
      signal.throwIfAborted();
      return work({ signal });
    },
    external: ({ kind, data = null }) => {
      questions += 1;
      const id = `question-${questions}`;
      return Object.assign(ask ? ask({ id, kind, data }) : untilAborted(signal), { id });
    },
  };
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(new DOMException('The task was told to end', { name: 'AbortError', cause: signal.reason }));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
