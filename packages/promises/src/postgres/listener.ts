import type { Connection, Database } from './connect.ts';

const firstPauseMs = 50;
const longestPauseMs = 5000;

/** Hears what other processes say, over a connection of its own. What is said while that is lost has to be found by looking. */
export class Listener {
  readonly #database: Database;
  readonly #channels: readonly string[];
  readonly #onNotification: (payload: string) => void;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #connection: Connection | undefined;

  constructor(database: Database, channels: readonly string[], onNotification: (payload: string) => void) {
    this.#database = database;
    this.#channels = channels;
    this.#onNotification = onNotification;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    // It may have ended by itself.
    await this.#connection?.end().catch(() => undefined);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one connection after the other
        await this.#listen();
        pauseMs = firstPauseMs;
      } catch {
        // Not to be reached now. Whoever asks for something hears of it.
      }
      // oxlint-disable-next-line no-await-in-loop -- as above
      await waitFor(pauseMs, signal);
    }
  }

  /** Settles when the connection has ended. */
  async #listen(): Promise<void> {
    const connection = await this.#database.connect();
    this.#connection = connection;
    try {
      connection.onNotification(this.#onNotification);
      await connection.query(this.#channels.map((channel) => `LISTEN ${channel}`).join('; '));
      // What was said before is not heard any more.
      this.#onNotification('');
      if (this.#closing.signal.aborted || connection.ended.aborted) return;
      await new Promise((resolve) => connection.ended.addEventListener('abort', resolve, { once: true }));
    } finally {
      // It may have ended by itself.
      await connection.end().catch(() => undefined);
    }
  }
}

/** Keeps no process alive. */
async function waitFor(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, delayMs).unref();
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
