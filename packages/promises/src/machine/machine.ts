/**
 * The Resonate protocol over rows: promises, the tasks that settle them, and who waits for whom.
 *
 * Every batch of requests sees one instant. First everything that is due at that instant is settled, so nothing that
 * follows has to ask whether a promise is still what its row says. The instant never goes back, not even when the clock
 * does or the process is another one, so what has timed out stays so. Written from the protocol's description; where the
 * SDK's in-memory server differs, `fuzz/differences.ts` says why. The file is long because the transitions of one protocol are
 * easier to check side by side.
 */
import type { CreatePromise, Payload, PromiseView, ProtocolMessage, ProtocolRequest, ProtocolState, SettlePromise, Tags } from './messages.ts';
import type { PromiseRow, Records, TaskRow } from './records.ts';

export interface MachineOptions {
  /** The worker that lives in this process, where no other can have the rows: its leases end with the process, never before. */
  readonly ownPid?: string;
  /** After how long a task that nobody took is offered again, in milliseconds. @default 30_000 */
  readonly offerAgainMs?: number;
}

/** What a batch of requests led to, to be told once it is on disk. */
export interface Outcome {
  readonly messages: { readonly address: string; readonly message: ProtocolMessage }[];
  /** The promises that were settled. */
  readonly settled: string[];
}

type Answer = readonly [status: number, data: unknown];

/** The last instant that a `Date` can name; later deadlines are clamped to it. */
export const lastInstant = 8.64e15;

const target = 'resonate:target';
const timer = 'resonate:timer';

export class Machine {
  readonly #records: Records;
  readonly #ownPid: string | undefined;
  readonly #offerAgainMs: number;
  #now: number;
  /** No later than the first deadline. */
  #due = 0;
  #outcome: Outcome = { messages: [], settled: [] };

  constructor(records: Records, { ownPid, offerAgainMs = 30_000 }: MachineOptions = {}) {
    this.#records = records;
    this.#ownPid = ownPid;
    this.#offerAgainMs = offerAgainMs;
    this.#now = records.lastInstant();
  }

  /** The instant until which nothing happens by itself. */
  get due(): number | undefined {
    return Number.isFinite(this.#due) ? this.#due : undefined;
  }

  /** Begins a batch at an instant, or at the last one if that is later. Run it in one transaction. */
  begin(now: number): void {
    this.#outcome = { messages: [], settled: [] };
    if (now > this.#now) this.#now = now;
    if (this.#now >= this.#due) this.#settleDue();
  }

  /** What this batch has to tell. */
  end(): Outcome {
    return this.#outcome;
  }

  /** After a crash no task has a worker: all are offered again at once. */
  recover(): void {
    for (const task of this.#records.openTasks()) {
      const delay = delayOf(this.#tagsOf(task.id));
      if (this.#now >= delay) this.#offerNow(task);
      else this.#records.putTask(task.id, 'pending', task.resumes, delay);
    }
    this.#due = 0;
  }

  apply(request: ProtocolRequest): Answer {
    switch (request.kind) {
      case 'promise.get':
        return this.#get(request.data.id);
      case 'promise.create':
        return this.#create(request);
      case 'promise.settle':
        return this.#settleRequest(request);
      case 'promise.register_callback':
        return this.#registerCallback(request.data);
      case 'promise.register_listener':
        return this.#registerListener(request.data);
      case 'promise.search':
        return this.#search(request.data);
      case 'task.get':
        return this.#getTask(request.data.id);
      case 'task.create':
        return this.#createTask(request.data);
      case 'task.acquire':
        return this.#acquire(request.data);
      case 'task.release':
        return this.#release(request.data);
      case 'task.suspend':
        return this.#suspend(request.data);
      case 'task.fulfill':
        return this.#fulfill(request.data);
      case 'task.fence':
        return this.#fence(request.data);
      case 'task.halt':
        return this.#halt(request.data.id);
      case 'task.continue':
        return this.#continue(request.data.id);
      case 'task.heartbeat':
        return this.#heartbeat(request.data);
      default:
        return [501, 'Not implemented'];
    }
  }

  // Promises

  #get(id: string): Answer {
    const promise = this.#records.findPromise(id);
    return promise ? [200, { promise: this.#records.view(promise) }] : [404, 'Promise not found'];
  }

  #create({ data }: CreatePromise): Answer {
    const existing = this.#records.findPromise(data.id);
    if (existing) return [200, { promise: this.#records.view(existing) }];
    return [200, { promise: this.#insert(data, null) }];
  }

  /** With a worker, the task is its from the beginning. */
  #insert({ id, timeoutAt, param, tags }: CreatePromise['data'], worker: { readonly pid: string; readonly ttl: number } | null): PromiseView {
    const deadline = clamp(timeoutAt);
    const isLate = this.#now >= deadline;
    const state = isLate ? timeoutState(tags) : 'pending';
    const instant = isLate ? deadline : this.#now;
    this.#records.insertPromise({ id, state, tags, timeoutAt: deadline, createdAt: instant, settledAt: isLate ? instant : null }, param);
    if (!isLate) this.#wakeAt(deadline);
    const view = { id, state, param, value: {}, tags, timeoutAt: deadline, createdAt: instant, ...(isLate && { settledAt: instant }) } as const;
    const address = tags[target];
    if (address === undefined) return view;
    if (isLate) this.#records.insertTask({ id, state: 'fulfilled', version: 0, pid: null, ttl: null, address }, null);
    else if (worker) this.#records.insertTask({ id, state: 'acquired', version: 1, ...worker, address }, this.#leaseEnd(worker));
    else this.#insertPendingTask(id, address, tags);
    return view;
  }

  /** A timer has a task only because the protocol says so: there is nothing to run, so nobody is told. */
  #insertPendingTask(id: string, address: string, tags: Tags): void {
    const task = { id, state: 'pending', version: 0, pid: null, ttl: null, address } as const;
    if (tags[timer] === 'true') return this.#records.insertTask(task, null);
    const delay = delayOf(tags);
    const dueAt = this.#now < delay ? delay : this.#now + this.#offerAgainMs;
    this.#records.insertTask(task, dueAt);
    this.#wakeAt(dueAt);
    if (this.#now >= delay) this.#offer(task);
  }

  #settleRequest({ data }: SettlePromise): Answer {
    const promise = this.#records.findPromise(data.id);
    if (!promise) return [404, 'Promise not found'];
    const before = this.#records.view(promise);
    if (promise.state !== 'pending') return [200, { promise: before }];
    const { state, value } = data;
    this.#settle([{ promise, state, value, at: this.#now }]);
    return [200, { promise: { ...before, state, value, settledAt: this.#now } }];
  }

  /** Several at once: a task whose own promise is settled ends before anybody could wake it. */
  #settle(settlements: readonly { promise: PromiseRow; state: ProtocolState; value: Payload; at: number }[]): void {
    for (const { promise, state, value, at } of settlements) {
      this.#records.settlePromise(promise.id, state, value, at);
      this.#outcome.settled.push(promise.id);
    }
    for (const { promise } of settlements) {
      if (promise.tags[target] === undefined) continue;
      this.#records.putTask(promise.id, 'fulfilled', [], null);
      this.#records.dropCallbacksOf(promise.id);
    }
    for (const { promise } of settlements) {
      this.#wakeAwaiters(promise.id);
      this.#tellListeners(promise.id);
    }
  }

  #wakeAwaiters(id: string): void {
    for (const awaiter of this.#records.takeAwaiters(id)) {
      const task = this.#records.findTask(awaiter);
      if (!task || task.state === 'fulfilled') continue;
      if (task.state === 'suspended') {
        this.#offerNow({ ...task, resumes: [id] });
      } else {
        this.#records.setResumes(awaiter, [...new Set([...task.resumes, id])]);
      }
    }
  }

  #tellListeners(id: string): void {
    const addresses = this.#records.takeListeners(id);
    const promise = addresses.length > 0 ? this.#records.findPromise(id) : undefined;
    if (!promise) return;
    const view = this.#records.view(promise);
    for (const address of addresses) this.#outcome.messages.push({ address, message: { kind: 'unblock', head: {}, data: { promise: view } } });
  }

  #registerCallback({ awaited, awaiter }: { readonly awaited: string; readonly awaiter: string }): Answer {
    if (awaited === awaiter) return [400, 'Awaited and awaiter must be different'];
    const promise = this.#records.findPromise(awaited);
    if (!promise) return [404, 'Awaited promise not found'];
    const waiting = this.#records.findPromise(awaiter);
    if (!waiting) return [422, 'Awaiter promise not found'];
    if (waiting.tags[target] === undefined) return [422, 'Awaiter has no address'];
    if (promise.state === 'pending' && waiting.state === 'pending') this.#records.addCallback(awaited, awaiter);
    return [200, { promise: this.#records.view(promise) }];
  }

  #registerListener({ awaited, address }: { readonly awaited: string; readonly address: string }): Answer {
    const promise = this.#records.findPromise(awaited);
    if (!promise) return [404, 'Promise not found'];
    if (!isExternal(promise.tags)) return [422, 'Awaited promise is not awaitable'];
    if (promise.state === 'pending') this.#records.addListener(awaited, address);
    return [200, { promise: this.#records.view(promise) }];
  }

  #search(search: Parameters<Records['search']>[0]): Answer {
    const found = this.#records.search(search);
    const last = found.length === (search.limit ?? 100) ? found.at(-1) : undefined;
    return [200, { promises: found.map((promise) => this.#records.view(promise)), ...(last && { cursor: String(last.position) }) }];
  }

  // Tasks

  #getTask(id: string): Answer {
    const task = this.#records.findTask(id);
    return task ? [200, { task: viewTask(task) }] : [404, 'Task not found'];
  }

  #createTask({ pid, ttl, action }: { readonly pid: string; readonly ttl: number; readonly action: CreatePromise }): Answer {
    const { id, tags } = action.data;
    if (!tags[target]) return [400, 'Action must have a resonate:target tag'];
    const task = this.#records.findTask(id);
    if (task?.state === 'pending') return this.#take(task, pid, ttl);
    if (task?.state === 'fulfilled') return this.#taken(id, this.#preload(id));
    if (task) return [409, 'Task already exists'];
    const promise = this.#records.findPromise(id);
    if (promise) return promise.tags[target] === undefined ? [422, 'Promise has no address'] : [409, 'Promise already exists'];
    const { state } = this.#insert(action.data, { pid, ttl });
    return this.#taken(id, state === 'pending' ? this.#preload(id) : []);
  }

  #acquire({ id, version, pid, ttl }: { readonly id: string; readonly version: number; readonly pid: string; readonly ttl: number }): Answer {
    const task = this.#records.findTask(id);
    if (!task) return [404, 'Task not found'];
    if (task.state !== 'pending') return [409, 'Task not in pending state'];
    if (task.version !== version) return [409, 'Version mismatch'];
    return this.#take(task, pid, ttl);
  }

  #take(task: TaskRow, pid: string, ttl: number): Answer {
    this.#records.acquireTask(task.id, task.version + 1, pid, clamp(ttl), this.#leaseEnd({ pid, ttl }));
    return this.#taken(task.id, this.#preload(task.id));
  }

  #taken(id: string, preload: readonly unknown[]): Answer {
    const [task, promise] = [this.#records.findTask(id), this.#records.findPromise(id)];
    if (!task || !promise) return [404, 'Task not found'];
    return [200, { task: viewTask(task), promise: this.#records.view(promise), preload }];
  }

  #preload(id: string): readonly unknown[] {
    return this.#records.branchOf(id).map((promise) => this.#records.view(promise));
  }

  #release({ id, version }: { readonly id: string; readonly version: number }): Answer {
    return this.#whileHeld(id, version, (task) => {
      this.#offerNow(task);
      return [200, {}];
    });
  }

  #fulfill({ id, version, action }: { readonly id: string; readonly version: number; readonly action: SettlePromise }): Answer {
    if (action.data.id !== id) return [400, 'Promise ID must match task ID'];
    return this.#whileHeld(id, version, () => this.#settleRequest(action));
  }

  #suspend({ id, version, actions }: Extract<ProtocolRequest, { kind: 'task.suspend' }>['data']): Answer {
    if (actions.length === 0) return [400, 'Actions list must not be empty'];
    if (actions.some(({ data }) => data.awaiter !== id)) return [400, 'Awaiter must be the suspending task'];
    if (actions.some(({ data }) => data.awaited === id)) return [400, 'Task cannot await its own promise'];
    return this.#whileHeld(id, version, () => {
      const awaited = actions.map(({ data }) => this.#records.findPromise(data.awaited));
      if (awaited.includes(undefined)) return [422, {}];
      if (awaited.some((promise) => promise?.state !== 'pending')) {
        this.#records.setResumes(id, []);
        return [300, { preload: this.#preload(id) }];
      }
      for (const { data } of actions) this.#records.addCallback(data.awaited, id);
      this.#records.putTask(id, 'suspended', [], null);
      return [200, {}];
    });
  }

  #fence({ id, version, action }: Extract<ProtocolRequest, { kind: 'task.fence' }>['data']): Answer {
    const work = (): Answer => {
      const [status, data] = action.kind === 'promise.create' ? this.#create(action) : this.#settleRequest(action);
      return [200, { action: { kind: action.kind, head: { ...action.head, status }, data }, preload: [] }];
    };
    return this.#whileHeld(id, version, work, 'Fence check failed');
  }

  #halt(id: string): Answer {
    const task = this.#records.findTask(id);
    if (!task) return [404, 'Task not found'];
    if (task.state === 'fulfilled') return [409, 'Task is fulfilled'];
    if (task.state !== 'halted') this.#records.putTask(id, 'halted', task.resumes, null);
    return [200, {}];
  }

  #continue(id: string): Answer {
    const task = this.#records.findTask(id);
    if (!task) return [404, 'Task not found'];
    if (task.state !== 'halted') return [409, 'Task is not halted'];
    this.#offerNow(task);
    return [200, {}];
  }

  #heartbeat({ pid, tasks }: Extract<ProtocolRequest, { kind: 'task.heartbeat' }>['data']): Answer {
    for (const { id, version } of tasks) {
      const task = this.#records.findTask(id);
      if (task?.state !== 'acquired' || task.version !== version || task.pid !== pid) continue;
      this.#records.setTaskDue(id, this.#leaseEnd({ pid, ttl: task.ttl ?? this.#offerAgainMs }));
    }
    return [200, {}];
  }

  /** Only whoever holds the task in this version may do this. */
  #whileHeld(id: string, version: number, work: (task: TaskRow) => Answer, refusal?: string): Answer {
    const task = this.#records.findTask(id);
    if (!task) return [404, 'Task not found'];
    if (task.state !== 'acquired') return [409, refusal ?? 'Task not acquired'];
    if (task.version !== version) return [409, refusal ?? 'Version mismatch'];
    return work(task);
  }

  // Time

  #settleDue(): void {
    const due = this.#records.duePromises(this.#now);
    this.#settle(due.map((promise) => ({ promise, state: timeoutState(promise.tags), value: {}, at: promise.timeoutAt })));
    for (const task of this.#records.dueTasks(this.#now)) this.#offerNow(task);
    this.#records.setLastInstant(this.#now);
    this.#due = this.#records.nextDue() ?? Number.POSITIVE_INFINITY;
  }

  #wakeAt(instant: number): void {
    this.#due = Math.min(this.#due, instant);
  }

  #leaseEnd({ pid, ttl }: { readonly pid: string; readonly ttl: number }): number | null {
    if (pid === this.#ownPid) return null;
    const end = clamp(this.#now + ttl);
    this.#wakeAt(end);
    return end;
  }

  /** Until somebody takes it, it is offered again from time to time. Nobody is told to run a timer: there is nothing to run. */
  #offerNow(task: TaskRow): void {
    if (this.#tagsOf(task.id)[timer] === 'true') return this.#records.putTask(task.id, 'pending', task.resumes, null);
    this.#records.putTask(task.id, 'pending', task.resumes, this.#now + this.#offerAgainMs);
    this.#wakeAt(this.#now + this.#offerAgainMs);
    this.#offer(task);
  }

  #offer({ id, version, address }: Pick<TaskRow, 'id' | 'version' | 'address'>): void {
    this.#outcome.messages.push({ address, message: { kind: 'execute', head: {}, data: { task: { id, version } } } });
  }

  #tagsOf(id: string): Tags {
    return this.#records.findPromise(id)?.tags ?? {};
  }
}

function clamp(instant: number): number {
  return Math.max(-lastInstant, Math.min(lastInstant, Math.round(instant)));
}

function timeoutState(tags: Tags): ProtocolState {
  return tags[timer] === 'true' ? 'resolved' : 'rejected_timedout';
}

function delayOf(tags: Tags): number {
  const delay = Number(tags['resonate:delay']);
  return Number.isFinite(delay) ? delay : 0;
}

function isExternal(tags: Tags): boolean {
  return tags['resonate:scope'] === 'global' || tags['resonate:external'] === 'true' || tags[target] !== undefined || tags[timer] === 'true';
}

function viewTask({ id, state, version, resumes, pid, ttl }: TaskRow): object {
  return { id, state, version, resumes, ...(pid !== null && { pid }), ...(ttl !== null && { ttl }) };
}
