/**
 * The machine over a PostgreSQL database that any number of processes share. What is asked while one transaction is under
 * way becomes the next one. A process runs what it started or woke, as long as it has room; what is left over, and what a
 * process that is gone held, is taken by whoever looks first.
 */
import { promisesError } from '../errors.ts';
import type { Backend } from '../machine/backend.ts';
import { needsFlush } from '../machine/needs-flush.ts';
import { protocolDate, type ProtocolAnswer, type ProtocolMessage, type ProtocolRequest, type PromiseView } from '../machine/messages.ts';
import type { PromiseStoreTime } from '../store/promise-store.ts';
import { longestDelayMs } from '../store/timer.ts';
import { runBatch, runDue, type BatchOptions, type BatchResult, type Takes } from './batch.ts';
import type { Connection, Database } from './connect.ts';
import { fromPostgres, isConflict } from './failure.ts';
import { Listener } from './listener.ts';
import { collect } from './collect.ts';
import { ensureTables } from './setup.ts';
import { channelOf, notify, selectDue, selectNextDeadline } from './statements.ts';

export interface PostgresBackendOptions extends Required<PromiseStoreTime> {
  readonly database: Database;
  readonly group: string;
  readonly pid: string;
  /** How many tasks this process holds before it leaves more to others. */
  readonly concurrency: number;
  /** How long a finished tree is kept, in milliseconds. */
  readonly keepFinishedMs: number;
  /** Instead of the database's clock, in tests. */
  readonly clock: (() => number) | undefined;
}

interface Waiting {
  readonly request: ProtocolRequest;
  readonly resolve: (answer: ProtocolAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** How often a process looks for what others left, in milliseconds. */
const lookEveryMs = 1000;
/** How long a tree that another process has locked is left to it, in milliseconds. */
const patienceMs = 50;
const collectEveryMs = 60_000;
const largestBatch = 256;
const treesAtOnce = 32;
const maxConflicts = 5;
/** The longest payload of a notification. */
const longestPayload = 7999;

export class PostgresBackend implements Backend {
  readonly unicast: string;
  readonly anycast: string;
  readonly #options: PostgresBackendOptions;
  readonly #listener: Listener;
  /** Tasks that this process works on, or was told to. */
  readonly #held = new Set<string>();
  #receive: ((message: ProtocolMessage) => void) | undefined;
  #runnable: () => ReadonlySet<string> = () => new Set();
  #connection: Connection | undefined;
  #queue: Waiting[] = [];
  #working: Promise<void> | undefined;
  #isToLook = false;
  /** Tasks wait for room in this process, or in another. */
  #isBehind = false;
  #collectAt = 0;
  /** How far the clock of the database is ahead of the one of this process, in milliseconds. */
  #ahead = 0;
  #timer: { readonly due: number; readonly cancel: () => void } | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  /** @throws HOLDFAST_PROMISES_UNAVAILABLE, HOLDFAST_PROMISES_UNAUTHORIZED, HOLDFAST_PROMISES_STORE_FAILED, HOLDFAST_PROMISES_STORE_NEWER */
  static async open(options: PostgresBackendOptions): Promise<PostgresBackend> {
    const backend = new PostgresBackend(options);
    try {
      await ensureTables(await backend.#connected(), options.database);
      return backend;
    } catch (error) {
      await backend.close();
      throw fromPostgres(error, options.database.name);
    }
  }

  private constructor(options: PostgresBackendOptions) {
    this.#options = options;
    const { database, group, pid } = options;
    this.unicast = `postgres://uni@${group}/${pid}`;
    this.anycast = `postgres://any@${group}`;
    const channels = [this.unicast, this.anycast].map((address) => channelOf(database.schema, address));
    this.#listener = new Listener(database, channels, (payload) => this.#onNotification(payload));
  }

  now(): number {
    return this.#options.now() + this.#ahead;
  }

  send(request: ProtocolRequest): Promise<ProtocolAnswer> {
    if (this.#isClosed) return Promise.reject(promisesError('HOLDFAST_PROMISES_CLOSED', `Cannot do "${request.kind}": the promises are closed`));
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      this.#work();
    });
  }

  onMessage(receive: (message: ProtocolMessage) => void, runnable: () => ReadonlySet<string>): void {
    this.#receive = receive;
    this.#runnable = runnable;
    this.#listener.start();
    // Not all at the same moment. Keeps no process alive.
    this.#looking = setInterval(() => this.#look(), lookEveryMs * (0.75 + Math.random() / 2)).unref();
    this.#look();
  }

  /** What was asked is answered first. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    clearInterval(this.#looking);
    await this.#working;
    await this.#listener.close();
    // It may have ended by itself.
    await this.#connection?.end().catch(() => undefined);
  }

  get #instant(): number | null {
    return this.#options.clock?.() ?? null;
  }

  // Transactions, one after the other

  #work(): void {
    this.#working ??= this.#workAll().finally(() => {
      this.#working = undefined;
      if (this.#queue.length > 0 || (this.#isToLook && !this.#isClosed)) this.#work();
    });
  }

  async #workAll(): Promise<void> {
    // Everything that is asked in this turn goes into one batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0 || (this.#isToLook && !this.#isClosed)) {
      // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
      if (this.#queue.length > 0) await this.#answerAll(this.#queue.splice(0, largestBatch));
      // oxlint-disable-next-line no-await-in-loop -- as above
      if (this.#isToLook && !this.#isClosed) await this.#lookNow();
    }
  }

  async #answerAll(waiting: readonly Waiting[]): Promise<void> {
    try {
      await this.#answer(waiting);
    } catch (error) {
      const failure = fromPostgres(error, this.#options.database.name);
      const isAlone = waiting.length === 1 || failure.retriable;
      if (isAlone) for (const one of waiting) one.reject(failure);
      // One request that cannot be answered must not take the others of its batch with it.
      // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
      else for (const one of waiting) await this.#answerAll([one]);
    }
  }

  async #answer(waiting: readonly Waiting[]): Promise<void> {
    const requests = waiting.map(({ request }) => request);
    // A worker that is forgotten, and lives, would hold the same version of a task as the next one.
    const isFlushed = requests.some((request) => request.kind === 'task.acquire' || needsFlush(request));
    const result = await this.#transact((options) => runBatch(requests, options), isFlushed, this.#takesWhileThereIsRoom());
    waiting.forEach(({ request, resolve }, index) => {
      const [status, data] = result.answers[index] ?? [500, 'No answer'];
      this.#letGo(request, status);
      resolve({ kind: request.kind, head: { ...request.head, status }, data });
    });
    this.#tell(result);
  }

  async #transact(work: (options: BatchOptions) => Promise<BatchResult>, isFlushed: boolean, takes: Takes): Promise<BatchResult> {
    const { database, clock } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        const connection = await this.#connected();
        // oxlint-disable-next-line no-await-in-loop -- as above
        const result = await work({ connection, schema: database.schema, isFlushed, takes, clock });
        this.#ahead = result.now - this.#options.now();
        return result;
      } catch (error) {
        if (attempt >= maxConflicts || !isConflict(error)) throw error;
      }
    }
  }

  async #connected(): Promise<Connection> {
    if (this.#connection?.ended.aborted === false) return this.#connection;
    this.#connection = await this.#options.database.connect();
    return this.#connection;
  }

  /** Which tasks this process has no more. */
  #letGo(request: ProtocolRequest, status: number): void {
    switch (request.kind) {
      case 'task.acquire':
        if (status === 200) break;
        this.#held.delete(request.data.id);
        break;
      case 'task.suspend':
      case 'task.fulfill':
      case 'task.release':
        if (status === 300) break;
        this.#held.delete(request.data.id);
        if (this.#isBehind) this.#isToLook = true;
        break;
      default:
    }
  }

  #takesWhileThereIsRoom(): Takes {
    const taken = new Set<string>();
    return (task) => {
      if (this.#held.size + taken.size >= this.#options.concurrency || !this.#canRun(task)) return false;
      taken.add(task.id);
      return true;
    };
  }

  #canRun({ address, callee }: Parameters<Takes>[0]): boolean {
    const runnable = this.#runnable();
    return this.#receive !== undefined && !this.#isClosed && address === this.anycast && (callee === null ? runnable.size > 0 : runnable.has(callee));
  }

  // Messages

  #tell({ outcome, left, due }: BatchResult): void {
    if (due !== undefined) this.#arm(due);
    if (left.has(this.anycast)) this.#isBehind = true;
    const others: (readonly [address: string, payload: string])[] = [...left].map((address) => [address, '']);
    for (const { address, message } of outcome.messages) {
      if (message.kind === 'execute') this.#held.add(message.data.task.id);
      if (message.kind === 'execute' || address === this.unicast) setImmediate(() => this.#receive?.(message));
      else others.push([address, message.data.promise.id]);
    }
    const short = others.filter(([, payload]) => Buffer.byteLength(payload) <= longestPayload);
    if (short.length > 0) this.#notify(short);
  }

  /** After the commit and not in it, where it would make all commits wait for each other. One that gets lost is made up for by looking. */
  #notify(messages: readonly (readonly [address: string, payload: string])[]): void {
    const { schema } = this.#options.database;
    const channels = messages.map(([address]) => channelOf(schema, address));
    this.#connection?.query(notify, [channels, messages.map(([, payload]) => payload)]).catch(() => undefined);
  }

  #onNotification(payload: string): void {
    if (payload === '') this.#look();
    else this.#fetch(payload).catch(() => undefined);
  }

  /** Somebody settled a promise that is waited for here. */
  async #fetch(id: string): Promise<void> {
    const answer = await this.send({ kind: 'promise.get', head: { corrId: '', version: protocolDate }, data: { id } });
    if (answer.head.status !== 200) return;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the machine answers with status 200
    const { promise } = answer.data as { readonly promise: PromiseView };
    if (promise.state !== 'pending') this.#receive?.({ kind: 'unblock', head: {}, data: { promise } });
  }

  // What happens by itself

  #look(): void {
    if (this.#isClosed || this.#receive === undefined) return;
    this.#isToLook = true;
    this.#work();
  }

  async #lookNow(): Promise<void> {
    this.#isToLook = false;
    try {
      const connection = await this.#connected();
      const hasRoom = this.#held.size < this.#options.concurrency;
      // Without room it takes only what nobody else took for a while: work that waits for other work must not stop all.
      const rows = await connection.query(selectDue, [this.anycast, [...this.#runnable()], hasRoom ? 0 : lookEveryMs, treesAtOnce, this.#instant], 'due');
      const trees = rows.map((row) => String(row['tree']));
      this.#isBehind = trees.length >= treesAtOnce;
      if (trees.length > 0) this.#tell(await this.#transact((options) => runDue(trees, options), true, (task) => this.#canRun(task)));
      const [row] = await connection.query(selectNextDeadline, [], 'deadline');
      this.#armAnew(row?.['next']);
      await this.#collectSometimes(connection);
    } catch {
      // A server that went away must not end the process from a timer. The next call meets the same error and throws it to its caller.
    }
  }

  async #collectSometimes(connection: Connection): Promise<void> {
    const now = this.#options.now();
    if (now < this.#collectAt) return;
    this.#collectAt = now + collectEveryMs;
    await collect(connection, this.#options.database.schema, this.#options.keepFinishedMs, this.#instant);
  }

  #armAnew(next: unknown): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (typeof next !== 'number') return;
    // One that passed already is in somebody else's hands.
    this.#arm(next > this.now() ? next : this.now() + patienceMs);
  }

  /** Keeps one timer, for the next deadline that is known. */
  #arm(due: number): void {
    if (this.#isClosed || (this.#timer && this.#timer.due <= due)) return;
    this.#timer?.cancel();
    const onTimer = (): void => {
      this.#timer = undefined;
      this.#look();
    };
    const delayMs = Math.min(Math.max(Math.ceil(due - this.now()), 1), longestDelayMs);
    this.#timer = { due, cancel: this.#options.setTimer(onTimer, delayMs) };
  }
}
