import type { Intervention, TaskService, TaskView } from '@holdfast/orchestrator';
import type { JsonValue } from '@holdfast/protocol';
import { serverError } from '../errors.ts';

/** What a client sends, by any face. */
export interface GivenIntervention {
  readonly kind: Intervention['kind'];
  readonly message?: string | undefined;
  readonly decision?: JsonValue | undefined;
  readonly promiseId?: string | undefined;
  readonly module?: string | undefined;
  readonly codeVersion?: number | undefined;
}

/** @throws HOLDFAST_SERVER_VALIDATION where the kind needs something that is missing */
export function toIntervention({ kind, message, decision, promiseId, module, codeVersion }: GivenIntervention): Intervention {
  const question = { ...(promiseId !== undefined && { promiseId }), ...(message !== undefined && { message }) };
  switch (kind) {
    case 'message':
      return { kind, message: needed('message', kind, message) };
    case 'answer':
      return { kind, value: needed('decision', kind, decision), ...question };
    case 'approve':
    case 'reject':
      return { kind, ...question };
    case 'bug_report':
      return { kind, message: needed('message', kind, message), ...(module !== undefined && { module }), ...(codeVersion !== undefined && { codeVersion }) };
  }
}

function needed<Value>(field: string, kind: string, value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw serverError('HOLDFAST_SERVER_VALIDATION', `Cannot accept request: body.${field}: an intervention of kind "${kind}" needs it`);
}

/** Intervenes in tasks, one after the other in each, so that of many who speak of one version one is heard. */
export class Interventions {
  readonly #tasks: TaskService;
  /** The last intervention in each task that is not done yet. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(tasks: TaskService) {
    this.#tasks = tasks;
  }

  /** @throws HOLDFAST_SERVER_STALE_VERSION where the task has moved on, and as `TaskService.intervene` */
  async intervene(taskId: string, expectedVersion: number | undefined, intervention: Intervention): Promise<TaskView> {
    if (expectedVersion === undefined) return this.#tasks.intervene(taskId, intervention);
    const before = this.#last.get(taskId) ?? Promise.resolve();
    const mine = before.then(
      async () => this.#atVersion(taskId, expectedVersion, intervention),
      async () => this.#atVersion(taskId, expectedVersion, intervention),
    );
    this.#last.set(taskId, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(taskId) === mine) this.#last.delete(taskId);
    }
  }

  async #atVersion(taskId: string, expected: number, intervention: Intervention): Promise<TaskView> {
    const { version: actual } = await this.#tasks.get(taskId);
    if (actual === expected) return this.#tasks.intervene(taskId, intervention);
    throw serverError('HOLDFAST_SERVER_STALE_VERSION', `Cannot intervene in task "${taskId}": it is at version ${actual}, not ${expected}`, { data: { expected, actual } });
  }
}
