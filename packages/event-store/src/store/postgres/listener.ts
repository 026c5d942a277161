import { setTimeout as delay } from 'node:timers/promises';
import type { OwnConnection, Server } from './connect.ts';

/**
 * Hears of commits from the server, whoever made them. What it hears is only a hint to look: after each new connection
 * it looks by itself, so nothing that was announced meanwhile is missed.
 */
export class Listener {
  readonly #server: Server;
  readonly #onCommit: (position: number, timestampMs: number) => void;
  readonly #look: () => Promise<void>;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #connection: OwnConnection | undefined;

  constructor(server: Server, onCommit: (position: number, timestampMs: number) => void, look: () => Promise<void>) {
    this.#server = server;
    this.#onCommit = onCommit;
    this.#look = look;
  }

  /** Begins to listen, if nobody did before. */
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
    for (let pauseMs = 20; !signal.aborted; pauseMs = Math.min(pauseMs * 2, 1000)) {
      try {
        await this.#listen();
        pauseMs = 20;
      } catch {
        // Not to be reached now. Readers that need the server hear of it themselves.
      }
      // Ends early, and without an error, when the store is closed.
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Settles when the connection has ended. */
  async #listen(): Promise<void> {
    const connection = await this.#server.connect();
    this.#connection = connection;
    try {
      connection.onNotification((payload) => {
        const [position = 0, timestampMs = 0] = payload.split(' ').map(Number);
        this.#onCommit(position, timestampMs);
      });
      await connection.query(`LISTEN "${this.#server.channel}"`);
      await this.#look();
      if (this.#closing.signal.aborted || connection.ended.aborted) return;
      await new Promise((resolve) => connection.ended.addEventListener('abort', resolve, { once: true }));
    } finally {
      // It may have ended by itself.
      await connection.end().catch(() => undefined);
    }
  }
}
