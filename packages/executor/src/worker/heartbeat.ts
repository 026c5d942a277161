import { createMessage } from '@holdfast/protocol';
import type { Outbox } from './outbox.ts';

const defaultIntervalMs = 5000;

/** Tells the host how the process fares, from the control thread, so also while user code blocks. */
export class Heartbeat {
  readonly #outbox: Outbox;
  readonly #namespaceSize: () => number;
  readonly #intervalMs: number;
  #before = { cpu: process.cpuUsage(), at: performance.now() };

  constructor(outbox: Outbox, namespaceSize: () => number, intervalMs = defaultIntervalMs) {
    this.#outbox = outbox;
    this.#namespaceSize = namespaceSize;
    this.#intervalMs = intervalMs;
  }

  start(): void {
    setInterval(() => void this.#beat(), this.#intervalMs).unref();
  }

  async #beat(): Promise<void> {
    const now = { cpu: process.cpuUsage(), at: performance.now() };
    const cpuMs = (now.cpu.user + now.cpu.system - this.#before.cpu.user - this.#before.cpu.system) / 1000;
    const cpuPercent = (100 * cpuMs) / (now.at - this.#before.at);
    this.#before = now;
    await this.#outbox.put(
      createMessage('heartbeat', { memoryUsage: process.memoryUsage.rss(), cpuPercent, namespaceSize: this.#namespaceSize() }),
    );
  }
}
