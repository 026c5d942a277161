/**
 * The machine in this process. What is asked within one turn of the microtask queue becomes one transaction, and nobody is
 * answered before it is on disk, so a thousand steps at once cost one flush.
 */
import { promisesError } from '../errors.ts';
import type { PromiseStoreTime } from '../store/promise-store.ts';
import type { Durability } from '../store/sqlite/durability.ts';
import { openDatabase, resultCode } from '../store/sqlite/open-database.ts';
import { longestDelayMs, setUnreferencedTimer, type SetTimer } from '../store/timer.ts';
import type { Backend } from './backend.ts';
import { Machine, type Outcome } from './machine.ts';
import type { ProtocolAnswer, ProtocolMessage, ProtocolRequest } from './messages.ts';
import { needsFlush } from './needs-flush.ts';
import { SqliteRecords } from './sqlite-records.ts';
import { machineLayout } from './schema.ts';
import { createSteadyClock } from './steady-clock.ts';

export interface EmbeddedBackendOptions extends PromiseStoreTime {
  /** `:memory:` keeps everything in memory. */
  readonly path: string;
  readonly durability: Durability;
  /** The name of this process. */
  readonly pid: string;
  /** How long a finished tree is kept, in milliseconds. */
  readonly keepFinishedMs: number;
}

interface Waiting {
  readonly request: ProtocolRequest;
  readonly resolve: (answer: ProtocolAnswer) => void;
  readonly reject: (error: unknown) => void;
}

const retryDelayMs = 1000;
/** So many flushes may follow each other before timers and input get their turn. */
const flushesInARow = 32;
/** So many settled promises later it is time to look for finished trees. */
const collectEvery = 1024;
const treesAtOnce = 256;

export class EmbeddedBackend implements Backend {
  readonly unicast: string;
  readonly anycast = 'local://any@default';
  readonly #records: SqliteRecords;
  readonly #machine: Machine;
  readonly #clock: () => number;
  readonly #keepFinishedMs: number;
  readonly #durability: Durability;
  #isFlushed = true;
  readonly #setTimer: SetTimer;
  #receive: (message: ProtocolMessage) => void = () => undefined;
  #receiveElsewhere: (address: string, message: ProtocolMessage) => void = () => undefined;
  #receiveSettled: (ids: readonly string[]) => void = () => undefined;
  #queue: Waiting[] = [];
  #flushes = 0;
  #settledSinceCollection = collectEvery;
  #timer: { readonly due: number; readonly cancel: () => void } | undefined;
  #recovered: Outcome | undefined;
  #isClosed = false;

  constructor({ path, durability, pid, keepFinishedMs, now = Date.now, setTimer = setUnreferencedTimer }: EmbeddedBackendOptions) {
    this.unicast = `local://uni@default/${pid}`;
    this.#keepFinishedMs = keepFinishedMs;
    this.#durability = durability;
    this.#setTimer = setTimer;
    this.#records = new SqliteRecords(openDatabase(path, durability, machineLayout));
    try {
      this.#machine = new Machine(this.#records, { ownPid: pid });
      this.#clock = createSteadyClock(now, this.#records.lastInstant());
      this.#recovered = this.#transaction(() => this.#machine.recover()).outcome;
    } catch (error) {
      this.#records.database.close();
      throw error;
    }
  }

  now(): number {
    return this.#clock();
  }

  send(request: ProtocolRequest): Promise<ProtocolAnswer> {
    if (this.#isClosed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      if (this.#queue.length === 1) this.#scheduleFlush();
    });
  }

  onMessage(receive: (message: ProtocolMessage) => void): void {
    this.#receive = receive;
    const recovered = this.#recovered;
    this.#recovered = undefined;
    if (recovered) this.#tell(recovered);
    this.#arm();
  }

  /** What is addressed to somebody outside of this process. */
  onMessageElsewhere(receive: (address: string, message: ProtocolMessage) => void): void {
    this.#receiveElsewhere = receive;
  }

  onSettled(receive: (ids: readonly string[]) => void): void {
    this.#receiveSettled = receive;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#records.database.close();
  }

  #scheduleFlush(): void {
    this.#flushes += 1;
    const flush = (): void => {
      this.#flush();
    };
    if (this.#flushes % flushesInARow === 0) setImmediate(flush);
    else process.nextTick(flush);
  }

  #flush(): void {
    const waiting = this.#queue;
    this.#queue = [];
    if (waiting.length === 0 || this.#isClosed) return;
    try {
      this.#answer(waiting);
    } catch (error) {
      if (waiting.length === 1) waiting[0]?.reject(failure(error));
      else for (const one of waiting) this.#answerAlone(one);
    }
    this.#arm();
  }

  #answer(waiting: readonly Waiting[]): void {
    this.#flushNext(waiting.some(({ request }) => needsFlush(request)));
    const { results, outcome } = this.#transaction(() => waiting.map(({ request }) => this.#machine.apply(request)));
    waiting.forEach(({ request: { kind, head }, resolve }, index) => {
      const [status, data] = results[index] ?? [500, 'No answer'];
      resolve({ kind, head: { corrId: head.corrId, version: head.version, status }, data });
    });
    this.#tell(outcome);
  }

  /** A commit that need not be on disk at once goes there with the next one that does. */
  #flushNext(isFlushed: boolean): void {
    if (this.#durability !== 'power' || this.#isFlushed === isFlushed) return;
    this.#records.database.exec(`PRAGMA synchronous = ${isFlushed ? 'FULL' : 'NORMAL'}`);
    this.#isFlushed = isFlushed;
  }

  /** One request that cannot be answered must not take the others of its batch with it. */
  #answerAlone(one: Waiting): void {
    try {
      this.#answer([one]);
    } catch (error) {
      one.reject(failure(error));
    }
  }

  #transaction<Results>(work: () => Results): { readonly results: Results; readonly outcome: Outcome } {
    const { database } = this.#records;
    database.exec('BEGIN IMMEDIATE');
    try {
      this.#machine.begin(this.#clock());
      const results = work();
      const outcome = this.#machine.end();
      this.#collect(outcome.settled.length);
      database.exec('COMMIT');
      return { results, outcome };
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  #collect(settled: number): void {
    this.#settledSinceCollection += settled;
    if (this.#settledSinceCollection < collectEvery) return;
    this.#settledSinceCollection = 0;
    this.#records.deleteTrees(this.#clock() - this.#keepFinishedMs, treesAtOnce);
  }

  #tell({ messages, settled }: Outcome): void {
    if (settled.length > 0) this.#receiveSettled(settled);
    if (messages.length === 0) return;
    setImmediate(() => {
      for (const { address, message } of messages) {
        if (address.startsWith('local://')) this.#receive(message);
        else this.#receiveElsewhere(address, message);
      }
    });
  }

  /** Keeps one timer, for the first instant at which something happens by itself. */
  #arm(): void {
    const { due } = this.#machine;
    if (due === this.#timer?.due || this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (due !== undefined) this.#setTimerFor(due, due - this.#clock());
  }

  #setTimerFor(due: number, delayMs: number): void {
    const cancel = this.#setTimer(() => this.#onTimer(), Math.min(Math.max(Math.ceil(delayMs), 0), longestDelayMs));
    this.#timer = { due, cancel };
  }

  #onTimer(): void {
    if (this.#isClosed) return;
    this.#timer = undefined;
    try {
      this.#tell(this.#transaction(() => undefined).outcome);
      this.#arm();
    } catch {
      // A full disk must not end the process from a timer. The next call meets the same error and throws it to its caller.
      this.#setTimerFor(Number.NEGATIVE_INFINITY, retryDelayMs);
    }
  }
}

function failure(error: unknown): unknown {
  if (resultCode(error) === undefined) return error;
  return promisesError('HOLDFAST_PROMISES_STORE_FAILED', 'Cannot write promises: SQLite refused', { cause: error });
}

function closedError(): Error {
  return promisesError('HOLDFAST_PROMISES_CLOSED', 'Cannot ask for a promise: the promises are closed');
}
