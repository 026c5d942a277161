import type { Clock } from './clock.ts';

export interface IdleWatchOptions {
  /** How long nobody may want anything. @default for ever */
  readonly afterMs: number | undefined;
  readonly clock: Clock;
  /** What to do then. Never rejects. */
  readonly onIdle: () => Promise<void>;
}

/** Waits for a session to have nothing to do for a while. */
export class IdleWatch {
  readonly #options: IdleWatchOptions;
  #stop: () => void = () => undefined;
  #acting: Promise<void> | undefined;

  constructor(options: IdleWatchOptions) {
    this.#options = options;
  }

  /** Settles when what is done about idleness is done; undefined while nothing is. */
  get acting(): Promise<void> | undefined {
    return this.#acting;
  }

  /** Begins to wait anew. */
  begin(): void {
    const { afterMs, clock, onIdle } = this.#options;
    this.#stop();
    if (afterMs === undefined) return;
    this.#stop = clock.schedule(() => {
      this.#acting ??= onIdle().finally(() => {
        this.#acting = undefined;
      });
    }, afterMs);
  }

  end(): void {
    this.#stop();
  }
}
