/**
 * What is to be written waits here for the next transaction. Everything that was asked for in one turn of the event loop
 * shares it; each has an outcome of its own, and hears of it after the commit.
 *
 * After a failure the database may hold something else than we think, or the connection may be broken, so the next
 * transaction begins with a new connection.
 */
import { isHoldfastError } from '@holdfast/protocol';
import { Staging } from '../staging.ts';
import { connectWriter, type ConnectionOptions, type WritingConnection } from './connection.ts';
import { fromSqlite, isSqliteError } from './failure.ts';

export interface WriterOptions extends ConnectionOptions {
  readonly busyMs?: number;
}

/** How long to wait before asking again for a lock that somebody else holds. */
const busyPauseMs = 5;

/** How much one transaction takes at most, so that a burst does not hold up the process for long. */
const maxBatch = 2000;

export class WriteQueue {
  readonly #path: string;
  readonly #options: WriterOptions;
  readonly #onSettled: () => void;
  #connection: WritingConnection;
  #waiting: Waiting[] = [];
  #inDoubt = false;
  #busySinceMs: number | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosing = false;

  /** @param onSettled - called after each transaction, whatever came of it */
  constructor(connection: WritingConnection, path: string, options: WriterOptions, onSettled: () => void) {
    this.#connection = connection;
    this.#path = path;
    this.#options = options;
    this.#onSettled = onSettled;
  }

  /** To be asked for anew each time, as it may be replaced. */
  get connection(): WritingConnection {
    return this.#connection;
  }

  /** Stages some work in the next transaction; its outcome is the result, once that is committed. */
  add<Result>(run: (staging: Staging) => Result): Work<Result> {
    const work = new Work(run, this.#path);
    this.#waiting.push(work);
    if (this.#waiting.length === 1 && this.#retry === undefined) setImmediate(() => this.#flush());
    return work;
  }

  /** Writes something between two transactions. */
  write<Result>(run: (connection: WritingConnection) => Result): Result {
    try {
      this.#reconnectIfInDoubt();
      return run(this.#connection);
    } catch (cause) {
      this.#inDoubt = true;
      throw fromSqlite(cause, this.#path);
    }
  }

  /** Finishes what waits, without waiting for anybody, and closes the connection. */
  close(): void {
    this.#isClosing = true;
    clearTimeout(this.#retry);
    while (this.#waiting.length > 0) this.#flush();
    this.#connection.database.close();
  }

  #flush(): void {
    const batch = this.#waiting.splice(0, maxBatch);
    if (batch.length === 0) return;
    this.#retry = undefined;
    try {
      this.#reconnectIfInDoubt();
      const { committed, writer } = this.#connection;
      const staging = new Staging(committed, this.#options);
      for (const work of batch) work.stage(staging);
      writer.commit(staging);
      staging.settle();
      this.#busySinceMs = undefined;
      for (const work of batch) work.settle();
    } catch (cause) {
      const error = fromSqlite(cause, this.#path);
      if (this.#mayRetry(error)) {
        this.#waiting.unshift(...batch);
        this.#retry = setTimeout(() => this.#flush(), busyPauseMs);
        return;
      }
      this.#inDoubt = true;
      this.#busySinceMs = undefined;
      for (const work of batch) work.reject(error);
    }
    if (this.#waiting.length > 0 && !this.#isClosing) setImmediate(() => this.#flush());
    this.#onSettled();
  }

  /** A lock that somebody else holds is asked for again for a while, without holding up the process. */
  #mayRetry(error: unknown): boolean {
    if (this.#isClosing || !isHoldfastError(error, 'HOLDFAST_EVENT_STORE_LOCKED')) return false;
    const now = performance.now();
    this.#busySinceMs ??= now;
    return now - this.#busySinceMs < (this.#options.busyMs ?? 5000);
  }

  #reconnectIfInDoubt(): void {
    if (!this.#inDoubt) return;
    const fresh = connectWriter(this.#path, this.#options);
    this.#connection.database.close();
    this.#connection = fresh;
    this.#inDoubt = false;
  }
}

/** Something to be written, and whoever waits for its outcome. */
export class Work<Result> implements Waiting {
  readonly outcome: Promise<Result>;
  readonly #run: (staging: Staging) => Result;
  readonly #path: string;
  readonly #resolve: (result: Result) => void;
  readonly #reject: (reason: unknown) => void;
  #staged: { readonly result: Result } | { readonly error: unknown } = { error: undefined };

  constructor(run: (staging: Staging) => Result, path: string) {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.outcome = promise;
    this.#run = run;
    this.#path = path;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  stage(staging: Staging): void {
    try {
      this.#staged = { result: this.#run(staging) };
    } catch (error) {
      this.#staged = { error: isSqliteError(error) ? fromSqlite(error, this.#path) : error };
    }
  }

  settle(): void {
    if ('result' in this.#staged) this.#resolve(this.#staged.result);
    else this.#reject(this.#staged.error);
  }

  reject(reason: unknown): void {
    this.#reject(reason);
  }
}

interface Waiting {
  stage(staging: Staging): void;
  /** Tells the outcome, once the transaction is committed. */
  settle(): void;
  /** Tells that the transaction failed. */
  reject(reason: unknown): void;
}
