import type { JsonValue } from '@holdfast/protocol';
import { promisesError } from './errors.ts';
import type { PromiseStore } from './store/promise-store.ts';

/** What checks an answer; a zod schema is one. */
export interface AnswerSchema<Answer> {
  parse(value: unknown): Answer;
}

export interface ExternalPromiseOptions<Answer = JsonValue> {
  readonly kind: string;
  readonly data: JsonValue;
  /** The same id asks the same thing once, also after a restart. @default a new one */
  readonly id?: string;
  /** Checks the answer when it comes. @default every JSON value */
  readonly schema?: AnswerSchema<Answer>;
  /** @default none */
  readonly timeoutMs?: number;
  /** Ends the waiting, not the promise. */
  readonly signal?: AbortSignal;
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
}

export interface ExternalPromise<Answer = JsonValue> {
  /** What whoever answers has to name. */
  readonly id: string;
  /** The answer. Not awaiting it is no unhandled rejection. */
  readonly promise: Promise<Answer>;
}

/**
 * Asks for an answer from outside. The promise is kept before its id is known to anybody, so no answer comes too early.
 *
 * @throws what `create` and `wait` of the store throw
 * @throws HOLDFAST_PROMISES_UNEXPECTED_VALUE through `promise`, with the schema's error as `cause`
 */
export async function createExternalPromise<Answer>(
  store: PromiseStore,
  options: ExternalPromiseOptions<Answer> & { readonly schema: AnswerSchema<Answer> },
): Promise<ExternalPromise<Answer>>;
export async function createExternalPromise(store: PromiseStore, options: ExternalPromiseOptions): Promise<ExternalPromise>;
export async function createExternalPromise(
  store: PromiseStore,
  { kind, data, id, schema, timeoutMs, signal, newId = () => crypto.randomUUID() }: ExternalPromiseOptions<unknown>,
): Promise<ExternalPromise<unknown>> {
  const record = await store.create({ id: id ?? newId(), kind, data, ...(timeoutMs !== undefined && { timeoutMs }) });
  const answer = store.wait(record.id, signal && { signal });
  const promise = schema ? answer.then((value) => parseAnswer(record.id, value, schema)) : answer;
  promise.catch(() => undefined);
  return { id: record.id, promise };
}

function parseAnswer(id: string, value: JsonValue, schema: AnswerSchema<unknown>): unknown {
  try {
    return schema.parse(value);
  } catch (cause) {
    throw promisesError('HOLDFAST_PROMISES_UNEXPECTED_VALUE', `Cannot use the answer to promise "${id}": its schema refuses it`, {
      cause,
      data: { id, value },
    });
  }
}
