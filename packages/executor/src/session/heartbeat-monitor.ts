import type { Clock } from './clock.ts';

export interface HeartbeatMonitorOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** After how many intervals without a heartbeat the worker counts as unhealthy. */
  readonly missedLimit: number;
  /** Called once when the worker falls silent, and not again before it was heard. */
  readonly onSilent: (silentMs: number) => void;
  readonly onHeard: () => void;
}

/**
 * Listens for the heartbeats of one worker. Silence says only that nothing was heard: the process may be paused, or its
 * machine asleep, and it counts as healthy again with its next heartbeat. Whether it died, its exit tells.
 */
export class HeartbeatMonitor {
  readonly #options: HeartbeatMonitorOptions;
  #lastAt: number;
  #stopWaiting: () => void;
  #isSilent = false;

  constructor(options: HeartbeatMonitorOptions) {
    this.#options = options;
    this.#lastAt = options.clock.now();
    this.#stopWaiting = this.#wait();
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  beat(): void {
    this.#lastAt = this.#options.clock.now();
    this.#stopWaiting();
    this.#stopWaiting = this.#wait();
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#options.onHeard();
  }

  stop(): void {
    this.#stopWaiting();
  }

  #wait(): () => void {
    const { clock, intervalMs, missedLimit, onSilent } = this.#options;
    return clock.schedule(() => {
      this.#isSilent = true;
      onSilent(clock.now() - this.#lastAt);
    }, missedLimit * intervalMs);
  }
}
