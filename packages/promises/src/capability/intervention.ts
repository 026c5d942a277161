import type { JsonValue } from '@holdfast/protocol';
import type { PendingPromise } from '../store/promise-record.ts';
import type { PromiseStore } from '../store/promise-store.ts';

/** What a person wants to say to a task, asked or not. */
export interface InterventionRequest {
  readonly taskId: string;
  /** What it is about: `approve`, `correct`, `stop`. */
  readonly kind: string;
  readonly message?: string;
  readonly decision?: JsonValue;
  /** The question it answers. @default the oldest open one of the task and the kind */
  readonly promiseId?: string;
}

export interface InterventionQuestion {
  readonly taskId: string;
  readonly kind: string;
  readonly message: string;
  /** The same id asks the same once. */
  readonly id: string;
  /** @default none */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface OpenIntervention {
  readonly promiseId: string;
  readonly taskId: string;
  readonly kind: string;
  readonly message: string;
  readonly createdAt: string;
}

const promiseKind = 'intervention';

/** The questions of tasks to people: nothing but a view of the promise store. */
export class InterventionManager {
  readonly #promises: PromiseStore;

  constructor(promises: PromiseStore) {
    this.#promises = promises;
  }

  /** Asks, and waits for the intervention that answers. Throws what `wait` of the store throws. */
  async ask({ taskId, kind, message, id, timeoutMs, signal }: InterventionQuestion): Promise<JsonValue> {
    await this.#promises.create({ id, kind: promiseKind, data: { taskId, kind, message }, ...(timeoutMs !== undefined && { timeoutMs }) });
    return this.#promises.wait(id, signal && { signal });
  }

  /** Open questions, oldest first. */
  async list(filter: { readonly taskId?: string; readonly kind?: string } = {}): Promise<readonly OpenIntervention[]> {
    const open = (await this.#promises.pending({ kind: promiseKind })).flatMap(readQuestion);
    return open.filter(({ taskId, kind }) => (filter.taskId ?? taskId) === taskId && (filter.kind ?? kind) === kind);
  }

  /** Gives an intervention to the question it answers; false when there is none that is open. */
  async intervene({ taskId, kind, message, decision, promiseId }: InterventionRequest): Promise<boolean> {
    const open = await this.list({ taskId, kind });
    const question = open.find((each) => promiseId === undefined || each.promiseId === promiseId);
    if (!question) return false;
    return this.#promises.resolve(question.promiseId, { taskId, kind, ...(message !== undefined && { message }), ...(decision !== undefined && { decision }) });
  }
}

function readQuestion({ id, data, createdAt }: PendingPromise): readonly OpenIntervention[] {
  if (typeof data !== 'object' || data === null) return [];
  const [taskId, kind, message]: unknown[] = [Reflect.get(data, 'taskId'), Reflect.get(data, 'kind'), Reflect.get(data, 'message')];
  if (typeof taskId !== 'string' || typeof kind !== 'string' || typeof message !== 'string') return [];
  return [{ promiseId: id, taskId, kind, message, createdAt }];
}
