import { Scope } from './scope.ts';

/** One holding of a task by this process: from taking it until it ends or waits. */
export class Pass {
  readonly taskId: string;
  readonly version: number;
  /** No other pass has it: by this, work that may be done at most once recognises its own record. */
  readonly token: string;
  readonly scope: Scope;
  /** Which pass began which work. */
  readonly beganBy = new Map<string, string>();
  readonly controller = new AbortController();
  readonly #recorded = new Set<string>();
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();
  /** The steps that run now, by their id. */
  readonly live = new Map<string, AbortController>();
  /** Why nothing may be recorded any more. */
  abandoned: unknown;
  /** Why the run cannot go on, ever. */
  refusal: unknown;
  lastError: unknown;
  isUndefined = false;
  isWatched = false;

  constructor(task: { readonly id: string; readonly version: number }, token: string, singletons: Scope) {
    this.taskId = task.id;
    this.version = task.version;
    this.token = token;
    this.scope = new Scope(singletons);
  }

  /** A call has its record in the backend now. */
  record(id: string): void {
    this.#recorded.add(id);
    this.#awaited.get(id)?.resolve();
  }

  async whenRecorded(id: string): Promise<void> {
    if (this.#recorded.has(id)) return;
    const awaited = this.#awaited.get(id) ?? Promise.withResolvers<void>();
    this.#awaited.set(id, awaited);
    await awaited.promise;
  }

  /** Stops the steps and records nothing more. */
  abandon(reason: unknown): void {
    if (this.abandoned !== undefined) return;
    this.abandoned = reason;
    this.controller.abort(reason);
  }

  /** Stops a step, or the steps of a branch. */
  abortBelow(id: string, reason: unknown): void {
    for (const [stepId, controller] of this.live) if (stepId === id || stepId.startsWith(`${id}.`)) controller.abort(reason);
  }
}
