/**
 * Takes tasks and keeps them: one lease for each, renewed while it is held, given up when another process has it. A pass
 * that fails is repeated after a pause that doubles; after too many the run ends with an error, so that nothing spins and
 * nobody waits for ever.
 */
import { isHoldfastError } from '@holdfast/protocol';
import { encodeFailure } from '../codec/encode-value.ts';
import { promisesError } from '../errors.ts';
import { calleeName, type Backend } from '../machine/backend.ts';
import { protocolDate, type ProtocolAnswer, type ProtocolRequest, type PromiseView, type Tags } from '../machine/messages.ts';
import { callTag, createDriver, isProtocolMessage, passTag, type Body, type Driver, type TaskRef } from '../resonate.ts';
import type { ResolvedEngineOptions } from './open-promises-options.ts';
import { pause } from './pause.ts';
import { Pass } from './pass.ts';
import { Scope } from './scope.ts';
import { cancelledError } from './settlement.ts';

const firstPauseMs = 50;
const longestPauseMs = 30_000;

export interface WorkerOptions extends ResolvedEngineOptions {
  readonly backend: Backend;
  readonly pid: string;
  readonly onUnblock: (view: PromiseView) => void;
  /** The promise of a task, once somebody settled it; only asked where the backend does not tell. */
  readonly settled: (taskId: string, signal: AbortSignal) => Promise<PromiseView>;
}

export class Worker {
  readonly singletons = new Scope();
  readonly #options: WorkerOptions;
  readonly #driver: Driver;
  readonly #runnable = new Set<string>();
  readonly #passes = new Map<string, Pass>();
  readonly #running = new Set<Promise<void>>();
  readonly #heartbeats = new Map<string, () => void>();
  /** Passes of a task that failed one after the other. */
  readonly #failures = new Map<string, number>();
  readonly #closing = new AbortController();
  /** Ends the pauses of tasks whose function was not defined. */
  #defined = new AbortController();

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { backend, pid, leaseMs } = options;
    this.#driver = createDriver({
      pid,
      leaseMs,
      target: backend.anycast,
      now: () => backend.now(),
      send: (request) => this.#send(request),
      heartbeat: { start: (task) => this.#startHeartbeat(task), stop: (task) => task && this.#end(task) },
      onRecord: (taskId, asked, record) => this.#checkRecord(taskId, asked, record),
      onSettle: (taskId) => this.#checkHolding(taskId),
    });
    backend.onSettled?.((ids) => this.#onSettled(ids));
  }

  /** Begins to take tasks. */
  start(): void {
    this.#options.backend.onMessage(
      (message) => this.receive(message),
      () => this.#runnable,
    );
  }

  register(name: string, version: number, body: Body): void {
    this.#driver.register(name, version, body);
    this.#runnable.add(calleeName(name, version));
    this.#defined.abort();
    this.#defined = new AbortController();
  }

  has(name: string, version: number): boolean {
    return this.#driver.has(name, version);
  }

  /** The pass in which a body runs. */
  passOf(taskId: string): Pass {
    const pass = this.#passes.get(taskId);
    if (pass) return pass;
    throw promisesError('HOLDFAST_PROMISES_LEASE_LOST', `Cannot go on with "${taskId}": it is not held here`);
  }

  /** Whatever came; what is no message is dropped. */
  receive(message: unknown): void {
    if (this.#closing.signal.aborted) return;
    if (!isProtocolMessage(message)) {
      this.#options.onEvent({ type: 'message-dropped', reason: 'It is no message of the protocol' });
      return;
    }
    if (message.kind === 'unblock') this.#options.onUnblock(message.data.promise);
    else this.#take(message.data.task);
  }

  /** Aborts all steps, waits for them up to the given time, and disposes of what they used. */
  async close(graceMs: number): Promise<void> {
    const reason = promisesError('HOLDFAST_PROMISES_CLOSED', 'Cannot go on: the promises are closed');
    this.#closing.abort(reason);
    this.#runnable.clear();
    for (const pass of this.#passes.values()) pass.abandon(reason);
    const ended = new AbortController();
    const all = Promise.all(this.#running).finally(() => ended.abort());
    await Promise.race([all, pause(graceMs, this.#options.setTimer, [ended.signal])]);
    for (const stop of this.#heartbeats.values()) stop();
    await this.#disposeOf(this.singletons);
  }

  #take(task: TaskRef): void {
    // Whatever fails here, the task was released, or its lease runs out: it comes again.
    this.#waitFor(this.#driver.run(task).catch(() => undefined));
  }

  /** What `close` has to wait for. */
  #waitFor(work: Promise<void>): void {
    const running = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** The driver has done with a task. The same task may have come back already, in a later version. */
  #end(task: TaskRef): void {
    this.#stopHeartbeat(task);
    const pass = this.#passes.get(task.id);
    if (pass?.version !== task.version) return;
    this.#passes.delete(task.id);
    this.#waitFor(this.#dispose(pass));
  }

  async #dispose(pass: Pass): Promise<void> {
    pass.controller.abort(cancelledError(pass.taskId, 'its pass has ended'));
    await this.#disposeOf(pass.scope, { runId: pass.taskId });
  }

  async #disposeOf(scope: Scope, owner: { readonly runId?: string } = {}): Promise<void> {
    try {
      await scope[Symbol.asyncDispose]();
    } catch (error) {
      this.#options.onEvent({ type: 'dispose-failed', ...owner, message: String(error) });
    }
  }

  /** Everything that the driver asks goes through here. */
  async #send(request: ProtocolRequest): Promise<ProtocolAnswer> {
    if (request.kind === 'task.release') return this.#release(request);
    const answer = await this.#sendOn(request);
    const { status } = answer.head;
    if (request.kind === 'task.acquire' && status === 200) return this.#onAcquired(answer);
    if (request.kind === 'task.fence' && status === 409) this.#onLost(request.data.id);
    if ((request.kind === 'task.suspend' || request.kind === 'task.fulfill') && status < 400) this.#failures.delete(request.data.id);
    return answer;
  }

  async #sendOn(request: ProtocolRequest): Promise<ProtocolAnswer> {
    const taskId = 'id' in request.data ? request.data.id : '';
    for (let attempt = 1; ; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        return await this.#options.backend.send(request);
      } catch (error) {
        const pass = this.#passes.get(taskId);
        if (pass) pass.lastError = error;
        if (!isHoldfastError(error, 'HOLDFAST_PROMISES_UNAVAILABLE') || attempt >= this.#options.maxAttempts || this.#closing.signal.aborted) throw error;
        this.#options.onEvent({ type: 'backend-unavailable', message: error.message });
        // oxlint-disable-next-line no-await-in-loop -- the pause between attempts
        await pause(pauseAfter(attempt), this.#options.setTimer, [this.#closing.signal]);
      }
    }
  }

  #onAcquired(answer: ProtocolAnswer): ProtocolAnswer {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked in the next line
    const { task, promise } = answer.data as { task?: TaskRef & { state?: string }; promise?: PromiseView };
    if (task?.state !== 'acquired' || typeof promise?.id !== 'string' || typeof promise.tags !== 'object') {
      throw promisesError('HOLDFAST_PROMISES_PROTOCOL', 'Cannot take a task: the backend answered with something else');
    }
    const pass = new Pass(task, this.#options.newId(), this.singletons);
    pass.isUndefined = !this.#driver.has(...calleeOf(promise));
    const before = this.#passes.get(task.id);
    this.#passes.set(task.id, pass);
    if (before) this.#waitFor(this.#dispose(before));
    if (this.#closing.signal.aborted) pass.abandon(this.#closing.signal.reason);
    return answer;
  }

  /** A failed pass. What it means depends on why it failed. */
  async #release(request: Extract<ProtocolRequest, { kind: 'task.release' }>): Promise<ProtocolAnswer> {
    const { id } = request.data;
    const pass = this.#passes.get(id);
    if (!pass || pass.abandoned !== undefined) return this.#sendOn(request);
    if (pass.refusal !== undefined) return this.#giveUp(request, pass.refusal);
    const attempt = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, attempt);
    if (!pass.isUndefined && attempt >= this.#options.maxAttempts) return this.#poison(request, attempt, pass.lastError);
    const delayMs = pauseAfter(attempt);
    if (!pass.isUndefined) this.#options.onEvent({ type: 'run-retried', runId: id, attempt, delayMs });
    await pause(delayMs, this.#options.setTimer, pass.isUndefined ? [this.#closing.signal, this.#defined.signal] : [this.#closing.signal]);
    return this.#sendOn(request);
  }

  #poison(request: Extract<ProtocolRequest, { kind: 'task.release' }>, attempts: number, cause: unknown): Promise<ProtocolAnswer> {
    const { id } = request.data;
    const error = promisesError('HOLDFAST_PROMISES_POISONED', `Cannot finish run "${id}": ${attempts} passes failed`, { cause, data: { id, attempts } });
    this.#options.onEvent({ type: 'run-poisoned', runId: id, attempts, message: String(cause) });
    return this.#giveUp(request, error);
  }

  #giveUp({ head, data: { id, version } }: Extract<ProtocolRequest, { kind: 'task.release' }>, error: unknown): Promise<ProtocolAnswer> {
    this.#failures.delete(id);
    const value = { headers: {}, data: encodeFailure(error) };
    const action = { kind: 'promise.settle' as const, head, data: { id, state: 'rejected' as const, value } };
    return this.#sendOn({ kind: 'task.fulfill', head, data: { id, version, action } });
  }

  #checkRecord(taskId: string, asked: Tags, record: PromiseView): void {
    const pass = this.passOf(taskId);
    const [made, recorded] = [asked[callTag] ?? 'sleep', record.tags[callTag] ?? 'sleep'];
    if (made !== recorded) {
      const message = `Cannot go on with "${taskId}": at "${record.id}" it calls "${made}", recorded is "${recorded}"`;
      pass.refusal = promisesError('HOLDFAST_PROMISES_CODE_CHANGED', message, { data: { id: record.id, expected: recorded, actual: made } });
      throw pass.refusal;
    }
    pass.record(record.id);
    const beganBy = record.tags[passTag];
    if (beganBy !== undefined) pass.beganBy.set(record.id, beganBy);
  }

  #checkHolding(taskId: string): void {
    const pass = this.#passes.get(taskId);
    if (pass && pass.abandoned === undefined) return;
    throw promisesError('HOLDFAST_PROMISES_LEASE_LOST', `Cannot record an outcome of "${taskId}": it is not held here`, { cause: pass?.abandoned });
  }

  #onSettled(ids: readonly string[]): void {
    for (const id of ids) if (this.#passes.get(id)?.hasLiveSteps) this.#onEnded(id);
  }

  /** Somebody else settled the run while steps of it were running. */
  #onEnded(taskId: string): void {
    this.#passes.get(taskId)?.abandon(cancelledError(taskId, 'it was cancelled, or its time is over'));
  }

  #onLost(taskId: string): void {
    this.#passes.get(taskId)?.abandon(promisesError('HOLDFAST_PROMISES_LEASE_LOST', `Cannot go on with "${taskId}": another process holds it`));
  }

  // Leases

  /** One request for each task: servers refuse those that name tasks of several trees. */
  #startHeartbeat(task: TaskRef): void {
    const { leaseMs, setTimer } = this.#options;
    const key = keyOf(task);
    const beat = (): void => {
      this.#heartbeats.set(key, setTimer(beat, leaseMs / 3));
      this.#beat(task).catch(() => undefined);
    };
    this.#heartbeats.set(key, setTimer(beat, leaseMs / 3));
  }

  async #beat({ id, version }: TaskRef): Promise<void> {
    const { backend, pid, newId } = this.#options;
    await backend.send({ kind: 'task.heartbeat', head: { corrId: newId(), version: protocolDate }, data: { pid, tasks: [{ id, version }] } });
  }

  #stopHeartbeat(task: TaskRef): void {
    this.#heartbeats.get(keyOf(task))?.();
    this.#heartbeats.delete(keyOf(task));
  }

  /** Where the backend does not tell that a run was settled, a pass with running steps asks. */
  watch(pass: Pass): void {
    if (this.#options.backend.onSettled) return;
    this.#options.settled(pass.taskId, pass.controller.signal).then(
      () => this.#onEnded(pass.taskId),
      () => undefined,
    );
  }
}

function keyOf({ id, version }: TaskRef): string {
  return `${version} ${id}`;
}

function pauseAfter(attempt: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1));
}

function calleeOf({ param }: PromiseView): readonly [unknown, unknown] {
  try {
    const { func, version }: { func?: unknown; version?: unknown } = JSON.parse(String(param.data)) ?? {};
    return [func, version];
  } catch {
    return [undefined, undefined];
  }
}
