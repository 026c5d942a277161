/**
 * What the workflow needs of a durable function. The context of `@holdfast/promises` fits as it is; the two here run it
 * in this process alone, and over a promise store.
 */
import type { PromiseStore } from '@holdfast/promises';
import type { JsonValue } from '@holdfast/protocol';

export interface WorkflowContext {
  /** Does some work once and keeps its outcome, so that a later run of the same workflow gets it instead. */
  step<Value>(name: string, work: (step: { readonly signal: AbortSignal }) => Value | PromiseLike<Value>): Promise<Value>;
  /** Asks somebody outside. The id is known before the answer comes. */
  external(question: { readonly kind: string; readonly data?: JsonValue; readonly deadline?: number }): Promise<JsonValue> & { readonly id: string };
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

export interface KeptContextOptions {
  readonly signal: AbortSignal;
  /** Of this run; a run of the same id gets what the earlier one kept. */
  readonly runId: string;
  readonly promises: PromiseStore;
}

/** The kind of the promises that keep the outcomes of steps. */
export const stepKind = 'workflow-step';

/** Keeps each outcome as a promise in a store, under its place in the workflow. */
export function createKeptContext({ signal, runId, promises }: KeptContextOptions): WorkflowContext {
  let place = 0;
  const nextId = (): string => {
    place += 1;
    return `${runId}/${place}`;
  };
  const question = async (id: string, kind: string, data: JsonValue): Promise<JsonValue> => {
    await promises.create({ id, kind, data });
    return promises.wait(id, { signal });
  };
  return {
    step: async <Value>(name: string, work: (step: { readonly signal: AbortSignal }) => Value | PromiseLike<Value>): Promise<Value> => {
      signal.throwIfAborted();
      const id = nextId();
      const kept = await promises.find(id);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the store gives back the JSON that this step gave it
      if (kept?.state === 'resolved') return kept.value as Value;
      const value = await work({ signal });
      await promises.create({ id, kind: stepKind, data: { name } });
      await promises.resolve(id, asJson(value));
      return value;
    },
    external: ({ kind, data = null }) => {
      const id = nextId();
      const answer = question(id, kind, data);
      answer.catch(() => undefined); // whoever awaits it hears of it
      return Object.assign(answer, { id });
    },
  };
}

/** What a step gives, for the store; which refuses what is no JSON. */
function asJson(value: unknown): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the store looks at it
  return (value ?? null) as JsonValue;
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(new DOMException('The task was told to end', { name: 'AbortError', cause: signal.reason }));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
