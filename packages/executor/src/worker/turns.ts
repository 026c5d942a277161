/**
 * Whether the event loop of the main thread turns, asked by a port: what comes by a port is heard between two callbacks
 * and never in the middle of one. A termination that hits the answer costs the answer alone, which is why this is no
 * `setImmediate`: Node's queue of immediates may not survive a termination.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Progress } from './progress.ts';

/** Answers on the main thread. */
export function answerTurns(port: MessagePort, progress: Progress): void {
  port.on('message', () => progress.turn());
  port.unref();
}

/** Asks on the control thread. */
export class Turns {
  readonly #port: MessagePort;
  readonly #progress: Progress;

  constructor(port: MessagePort, progress: Progress) {
    this.#port = port;
    this.#progress = progress;
  }

  /** Settles after the next turn. */
  async next(): Promise<void> {
    const turned = this.#progress.nextTurn();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread, not of a window
    this.#port.postMessage(undefined);
    await turned;
  }
}
