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
  readonly #live = new Map<string, AbortController>();
  readonly #brokenOff = Promise.withResolvers<never>();
  /** The steps and branches that lost, and why. */
  readonly #ended = new Map<string, Error>();
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
    this.brokenOff.catch(() => undefined);
  }

  /** Rejects once the pass is abandoned and none of its steps runs any more. Nobody goes back to the body then. */
  get brokenOff(): Promise<never> {
    return this.#brokenOff.promise;
  }

  get hasLiveSteps(): boolean {
    return this.#live.size > 0;
  }

  beginStep(id: string, controller: AbortController): void {
    this.#live.set(id, controller);
  }

  endStep(id: string): void {
    this.#live.delete(id);
    this.#leave();
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
    this.#leave();
  }

  #leave(): void {
    if (this.abandoned !== undefined && !this.hasLiveSteps) this.#brokenOff.reject(this.abandoned);
  }

  /** Ends a step or a branch: the steps of a branch stop, and it may call nothing more. */
  end(id: string, reason: Error): void {
    this.#ended.set(id, reason);
    for (const [stepId, controller] of this.#live) if (isWithin(stepId, id)) controller.abort(reason);
  }

  /** Why nothing may be called at a place any more; undefined while it may. */
  endOf(id: string): Error | undefined {
    for (const [endedId, reason] of this.#ended) if (isWithin(id, endedId)) return reason;
    return undefined;
  }

  throwIfEnded(id: string): void {
    const reason = this.endOf(id);
    if (reason) throw reason;
  }
}

function isWithin(id: string, branchId: string): boolean {
  return id === branchId || id.startsWith(`${branchId}.`);
}
