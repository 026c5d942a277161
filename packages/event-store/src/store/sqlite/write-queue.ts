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
  #waiting: Work[] = [];
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

  /** Stages some work in the next transaction and gives its result once that is committed. */
  async commit<Result>(run: (staging: Staging) => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({
      run: (staging) => {
        try {
          const result = run(staging);
          return () => resolve(result);
        } catch (error) {
          return () => reject(isSqliteError(error) ? fromSqlite(error, this.#path) : error);
        }
      },
      reject,
    });
    if (this.#waiting.length === 1 && this.#retry === undefined) setImmediate(() => this.#flush());
    return promise;
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
      const outcomes = batch.map((work) => work.run(staging));
      writer.commit(staging);
      staging.settle();
      this.#busySinceMs = undefined;
      for (const settle of outcomes) settle();
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

interface Work {
  /** Stages it and gives back how to tell the outcome once the transaction is committed. */
  run(staging: Staging): () => void;
  /** Tells that the transaction failed. */
  reject(reason: unknown): void;
}
