import { createHash } from 'node:crypto';
import type { InputRequest } from '@holdfast/executor';

/** Ids of what cells ask: the n-th question of an execution has the same one when the cell begins anew. */
export class QuestionIds {
  readonly #counts = new Map<string, number>();

  next({ executionId }: InputRequest): string {
    const count = this.#counts.get(executionId) ?? 0;
    this.#counts.set(executionId, count + 1);
    const id = `${executionId}/input/${count}`;
    return id.length <= 256 ? id : createHash('sha256').update(id).digest('hex');
  }

  forget(executionId: string): void {
    this.#counts.delete(executionId);
  }
}
