/**
 * A bounded queue with priorities: at most `capacity` tasks wait, at most `maxRunning` run, and whoever comes when it
 * is full waits outside. Three dispatchers serve it. Each takes a slot before it takes a task, so that what is taken is
 * the most urgent task at the moment it can start, and none of them awaits what it started.
 *
 * A slot is free again when the work has settled, not when it was told to stop: otherwise more would run than the bound
 * says. Only work that outlasts its grace is given up, and counted as abandoned. A task that waits for somebody may
 * park, and lets another have its slot meanwhile.
 *
 * The file is longer than most, because it is one state machine: each way into a state stands beside the ways out.
 */
import type { TaskPriority } from '@holdfast/protocol';
import { orchestratorError } from '../errors.ts';
import type { QueueClock } from './clock.ts';
import { Dependencies } from './dependencies.ts';
import { Dispatchers } from './dispatchers.ts';
import { Entry, Run, type EndStatus, type Park } from './entry.ts';
import { cancelledError, dependencyError, dispatchError, makingWayError, timeoutError } from './ending.ts';
import { Line } from './line.ts';
import { chooseVictim } from './preemption.ts';
import { resolveQueueOptions, type ShutdownOptions, type SubmitOptions, type TaskQueueOptions } from './queue-options.ts';
import type { QueueStatistics } from './queue-statistics.ts';
import type { QueueTask, TaskHandle } from './queue-task.ts';
import { Turnstile } from './turnstile.ts';

/** After this many crashes over one task, the task is to blame. */
const maxCrashes = 3;

/** Runs tasks by priority, a few at a time. */
export class TaskQueue {
  readonly #options: Required<TaskQueueOptions>;
  readonly #clock: QueueClock;
  readonly #entries = new Map<string, Entry>();
  readonly #dependencies = new Dependencies((id) => this.#entries.has(id));
  readonly #queued: Line<Entry>;
  /** Who waits for room. */
  readonly #outside: Line<Entry>;
  readonly #running = new Set<Entry>();
  /** Runs that hold a slot; those of ended tasks may still hold theirs. */
  readonly #runs = new Set<Run>();
  readonly #dispatchers: Dispatchers<Entry>;
  readonly #forEnd = new Turnstile();
  readonly #counts = { completed: 0, failed: 0, cancelled: 0, timed_out: 0, preempted: 0, abandoned: 0 };
  #order = 0;
  #isPaused = false;
  #isClosed = false;

  /** @throws RangeError for a number that makes no sense */
  constructor(options: TaskQueueOptions = {}) {
    this.#options = resolveQueueOptions(options);
    this.#clock = this.#options.clock;
    this.#queued = new Line(this.#options);
    this.#outside = new Line(this.#options);
    this.#dispatchers = new Dispatchers({
      count: this.#options.dispatchers,
      slots: this.#options.maxRunning,
      next: () => this.#next(),
      start: (entry) => this.#start(entry),
      clock: this.#clock,
      onFault: (error) => this.#fault(error),
    });
  }

  /**
   * Puts a task into the queue, and answers when it has its place there; a task that depends on others gets it when they
   * have completed.
   *
   * @throws HOLDFAST_ORCHESTRATOR_CLOSED, HOLDFAST_ORCHESTRATOR_DUPLICATE_TASK
   * @throws HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY, HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED
   * @throws HOLDFAST_ORCHESTRATOR_TASK_CANCELLED when the queue is shut down or the task is cancelled meanwhile
   * @throws the reason of the signal, RangeError for a priority or a timeout that is none
   */
  async submit<Result>(task: QueueTask<Result>, options?: SubmitOptions): Promise<TaskHandle<Result>> {
    const entry = this.#enter(task, options);
    if (entry.status === 'admitting' || entry.status === 'blocked') await entry.admitted();
    return entry;
  }

  /** Submits a task and waits for what its work gives. @throws as `submit` and the `result` of a handle do */
  // oxlint-disable-next-line typescript/promise-function-async -- a promise less for each task is a tenth of its cost
  run<Result>(task: QueueTask<Result>, options?: SubmitOptions): Promise<Result> {
    try {
      return this.#enter(task, options).result;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The task of an id, while it waits or runs. */
  find(id: string): TaskHandle<unknown> | undefined {
    return this.#entries.get(id);
  }

  /** Stops a task wherever it is. False where there is none of this id. */
  cancel(id: string, by = 'user'): boolean {
    return this.#entries.get(id)?.cancel(by) ?? false;
  }

  /** Tells how a task ended that is not in this queue, for those that depend on it. */
  noteEnd(id: string, status: EndStatus): void {
    if (!this.#entries.has(id)) this.#ended(id, status);
  }

  /** Starts nothing more; what runs goes on. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#dispatchers.wakeAll();
  }

  /** Never waits; costs the same however full the queue is. */
  stats(): QueueStatistics {
    const { completed, failed, cancelled, timed_out: timedOutCount, preempted, abandoned } = this.#counts;
    const { capacity, maxRunning } = this.#options;
    const oldest = this.#queued.oldestSince();
    return {
      queued: this.#queued.size,
      queuedByPriority: this.#queued.sizes(),
      waitingSubmitters: this.#outside.size + this.#dependencies.size,
      running: this.#runs.size,
      capacity,
      maxRunning,
      fill: this.#queued.size / capacity,
      oldestWaitMs: oldest === undefined ? 0 : Math.max(0, this.#clock.now() - oldest),
      completed,
      failed,
      cancelled,
      timedOut: timedOutCount,
      preempted,
      abandoned,
      dispatchers: this.#dispatchers.alive,
      dispatcherRestarts: this.#dispatchers.restarts,
      isPaused: this.#isPaused,
    };
  }

  /** How full the queue is, from 0 to 1. */
  get fill(): number {
    return this.#queued.size / this.#options.capacity;
  }

  /**
   * Cancels everything that waits or runs, and waits until nothing runs or the grace has passed. Idempotent: a second
   * call with less grace shortens the wait.
   */
  async shutdown({ graceMs = this.#options.graceMs }: ShutdownOptions = {}): Promise<void> {
    this.#isClosed = true;
    for (const entry of this.#entries.values()) this.#dependencies.release(entry); // each is cancelled, none fails with another
    for (const entry of this.#entries.values()) entry.cancel('shutdown');
    for (const run of this.#runs) this.#giveUpAfter(run, graceMs);
    this.#dispatchers.stop();
    while (this.#runs.size > 0) await this.#forEnd.wait();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  // How a task gets its place

  #enter<Result>(task: QueueTask<Result>, { signal }: SubmitOptions = {}): Entry<Result> {
    if (this.#isClosed) throw orchestratorError('HOLDFAST_ORCHESTRATOR_CLOSED', `Cannot submit task "${task.id}": the queue is shutting down`);
    if (this.#entries.has(task.id)) {
      throw orchestratorError('HOLDFAST_ORCHESTRATOR_DUPLICATE_TASK', `Cannot submit task "${task.id}": one of this id waits or runs`, { data: { taskId: task.id } });
    }
    if (task.timeoutMs !== undefined && !(task.timeoutMs >= 0)) throw new RangeError(`Cannot use timeoutMs ${task.timeoutMs}: expected a number from 0`);
    signal?.throwIfAborted();
    this.#order += 1;
    const entry = new Entry(task, this.#order, this.#clock.now(), this.#cancel);
    const isBlocked = task.dependsOn !== undefined && this.#dependencies.block(entry, task.dependsOn);
    if (isBlocked) entry.status = 'blocked';
    if (task.timeoutMs === 0) {
      this.#end(entry, 'timed_out', timeoutError(entry.id, 0));
      return entry;
    }
    this.#entries.set(entry.id, entry);
    if (!isBlocked) this.#place(entry);
    if (signal && entry.status !== 'queued') this.#leaveWith(signal, entry);
    return entry;
  }

  /** Gives a task its place in the queue, or outside where the queue is full. */
  #place(entry: Entry): void {
    if (this.#queued.size < this.#options.capacity) this.#queue(entry);
    else {
      entry.status = 'admitting';
      this.#outside.push(entry);
    }
    this.#changed();
  }

  /** There is room: the most urgent of those outside come in. */
  #admit(): void {
    while (this.#queued.size < this.#options.capacity && !this.#isClosed) {
      const entry = this.#outside.take(this.#clock);
      if (!entry) return;
      this.#queue(entry);
    }
  }

  #queue(entry: Entry): void {
    this.#queued.push(entry);
    entry.status = 'queued';
    entry.admit();
    this.#dispatchers.wake();
    if (this.#options.preemption === 'cooperative') this.#preemptFor(entry.priority);
  }

  /** A submitter that waits no longer takes the task along, because nobody would have it. */
  #leaveWith(signal: AbortSignal, entry: Entry): void {
    const leave = (): void => this.#end(entry, 'cancelled', signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    const stay = (): void => signal.removeEventListener('abort', leave);
    entry.admitted().then(stay, stay);
  }

  // How a task is started

  #next(): Entry | undefined {
    if (this.#isPaused) return undefined;
    const entry = this.#queued.take(this.#clock);
    if (entry) this.#admit();
    return entry;
  }

  /** Starts a task in the slot that the dispatcher took. @throws what a hook throws; slot and task are back in place then */
  #start(entry: Entry): void {
    if (entry.resume) {
      this.#goOn(entry);
      return;
    }
    try {
      this.#options.onStart(entry.id);
    } catch (error) {
      this.#dispatchers.releaseSlot();
      entry.crashes += 1;
      if (entry.crashes < maxCrashes) this.#putBack(entry);
      else this.#end(entry, 'failed', dispatchError(entry.id, maxCrashes, error));
      throw error;
    }
    entry.attempt += 1;
    const run = new Run(entry, this.#park);
    entry.run = run;
    entry.status = 'running';
    this.#runs.add(run);
    this.#running.add(entry);
    const { timeoutMs } = entry.task;
    if (timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY) this.#timer(run, () => this.#timeOut(entry, run, timeoutMs), timeoutMs);
    void this.#perform(entry, run); // it never rejects
    this.#changed();
  }

  async #perform(entry: Entry, run: Run): Promise<void> {
    try {
      const value = await entry.task.run(run);
      this.#release(entry, run);
      if (!entry.hasEnded) this.#complete(entry, value);
    } catch (error) {
      this.#release(entry, run);
      if (entry.hasEnded) return; // it was told to end, and did
      if (run.isMakingWay) {
        entry.run = undefined;
        this.#putBack(entry);
      } else {
        this.#fault(error);
        this.#end(entry, 'failed', error);
      }
    }
  }

  /** Back to where it stood, at the head of its level. The bound holds: without room it is the first outside. */
  #putBack(entry: Entry): void {
    if (this.#queued.size < this.#options.capacity) {
      entry.status = 'queued';
      this.#queued.unshift(entry);
      this.#dispatchers.wake();
    } else {
      entry.status = 'admitting';
      this.#outside.unshift(entry);
    }
    this.#changed();
  }

  /** A task that waits for somebody lets another have its slot, and stands at the head of its level afterwards. */
  readonly #park: Park = async (entry, run, wait) => {
    if (!run.hasSlot) return; // it waits for something else already
    this.#running.delete(entry);
    this.#free(run);
    await Promise.allSettled([wait]);
    if (entry.hasEnded) return;
    const turn = Promise.withResolvers<void>();
    entry.resume = turn;
    this.#putBack(entry);
    await turn.promise;
  };

  #goOn(entry: Entry): void {
    const { resume, run } = entry;
    if (!resume || !run) return;
    run.hasSlot = true;
    this.#runs.add(run);
    this.#running.add(entry);
    entry.status = 'running';
    entry.resume = undefined;
    resume.resolve();
    this.#changed();
  }

  // How a task ends

  readonly #cancel = (entry: Entry, by: string): boolean => {
    if (entry.hasEnded) return false;
    this.#stop(entry, 'cancelled', cancelledError(entry.id, by));
    return true;
  };

  #timeOut(entry: Entry, run: Run, timeoutMs: number): void {
    if (!entry.hasEnded && entry.run === run) this.#stop(entry, 'timed_out', timeoutError(entry.id, timeoutMs));
  }

  #stop(entry: Entry, status: 'cancelled' | 'timed_out', error: unknown): void {
    const { run } = entry;
    this.#end(entry, status, error);
    if (!run) return;
    run.abort(error);
    this.#giveUpAfter(run, this.#options.graceMs);
  }

  #complete(entry: Entry, value: unknown): void {
    this.#leave(entry);
    entry.complete(value);
    this.#counts.completed += 1;
    this.#ended(entry.id, 'completed');
  }

  #end(entry: Entry, status: Exclude<EndStatus, 'completed'>, error: unknown): void {
    this.#leave(entry);
    entry.end(status, error);
    this.#counts[status] += 1;
    this.#ended(entry.id, status);
  }

  /** Takes a task out of wherever it stands. */
  #leave(entry: Entry): void {
    if (entry.status === 'blocked') this.#dependencies.release(entry);
    if (entry.isInLine) (entry.status === 'queued' ? this.#queued : this.#outside).remove(entry);
    this.#running.delete(entry);
    if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id);
  }

  #ended(id: string, status: EndStatus): void {
    const { free, failed } = this.#dependencies.end(id, status);
    for (const entry of failed) this.#end(entry, 'failed', dependencyError(entry.id, id));
    for (const entry of free) {
      entry.since = this.#clock.now();
      this.#place(entry);
    }
    this.#admit();
    this.#changed();
  }

  // Slots

  #release(entry: Entry, run: Run): void {
    for (const stopTimer of run.clearTimers ?? []) stopTimer();
    this.#running.delete(entry);
    if (!run.hasSlot) return; // it came back after it was given up
    this.#free(run);
  }

  #free(run: Run): void {
    run.hasSlot = false;
    this.#runs.delete(run);
    this.#dispatchers.releaseSlot();
    if (this.#runs.size === 0) this.#forEnd.wakeAll();
  }

  #giveUpAfter(run: Run, graceMs: number): void {
    this.#timer(
      run,
      () => {
        if (!run.hasSlot) return;
        this.#counts.abandoned += 1;
        this.#free(run);
        this.#changed();
      },
      graceMs,
    );
  }

  #timer(run: Run, callback: () => void, delayMs: number): void {
    (run.clearTimers ??= []).push(this.#clock.setTimer(callback, delayMs));
  }

  // Preemption

  /** Tells the least urgent running task to make way, the youngest of several, if the newcomer is urgent enough. */
  #preemptFor(incoming: TaskPriority): void {
    if (this.#runs.size < this.#options.maxRunning) return;
    const victim = chooseVictim(this.#running, incoming);
    if (!victim?.run) return;
    victim.preemptions += 1;
    victim.run.isMakingWay = true;
    this.#counts.preempted += 1;
    victim.run.abort(makingWayError(victim.id));
  }

  #changed(): void {
    try {
      this.#options.onChange();
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    try {
      this.#options.onFault(error);
    } catch {
      // whoever hears of faults failed as well, and nobody is left to tell
    }
  }
}
