import type { Clock } from './clock.ts';
import type { OutputListener, SessionOutput } from './session-options.ts';

export interface OutputFlowOptions {
  /** How many characters may wait before whoever reads the worker has to wait too. */
  readonly maxPendingCharacters: number;
  /** Calls one listener; gives what settles when it is done, where it takes its time, and never rejects. */
  readonly tell: (listener: OutputListener, output: SessionOutput) => Promise<void> | undefined;
  readonly onPending?: (characters: number) => void;
}

interface WaitingOutput {
  readonly output: SessionOutput;
  readonly listeners: readonly OutputListener[];
}

/**
 * Output on its way to listeners, in order. While one takes its time, what follows waits here, up to a limit; beyond it
 * {@link room} has the reader of the worker wait, which in the end stops the code that writes. Nothing is dropped.
 */
export class OutputFlow {
  readonly #options: OutputFlowOptions;
  readonly #waiting: WaitingOutput[] = [];
  #pendingCharacters = 0;
  #draining: Promise<void> | undefined;
  #isLifted = false;
  #hasRoom: PromiseWithResolvers<void> | undefined;

  constructor(options: OutputFlowOptions) {
    this.#options = options;
  }

  deliver(output: SessionOutput, listeners: readonly OutputListener[]): void {
    if (this.#draining) {
      this.#waiting.push({ output, listeners });
      this.#pend(output.text.length);
      return;
    }
    const pending = this.#tell({ output, listeners });
    if (!pending) return;
    this.#pend(output.text.length);
    this.#draining = this.#drain(pending, output.text.length);
  }

  /** Settles when there is room again; undefined where there is. */
  get room(): Promise<void> | undefined {
    if (this.#isLifted || this.#pendingCharacters <= this.#options.maxPendingCharacters) return undefined;
    this.#hasRoom ??= Promise.withResolvers();
    return this.#hasRoom.promise;
  }

  /** Waits until everything so far was taken; false where that takes too long. */
  async drainsWithin(timeoutMs: number, clock: Clock): Promise<boolean> {
    if (!this.#draining) return true;
    const late = Promise.withResolvers<boolean>();
    const stopWaiting = clock.schedule(() => late.resolve(false), timeoutMs);
    try {
      return await Promise.race([this.#draining.then(() => true), late.promise]);
    } finally {
      stopWaiting();
    }
  }

  /** Lets the reader go on whatever waits, because it looks for the end of a cell that is cancelled; or no longer. */
  lift(isLifted: boolean): void {
    this.#isLifted = isLifted;
    if (isLifted) this.#giveRoom();
  }

  async #drain(first: Promise<void>, characters: number): Promise<void> {
    await first;
    this.#pend(-characters);
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const pending = this.#tell(next);
      if (pending) await pending;
      this.#pend(-next.output.text.length);
    }
    this.#draining = undefined;
  }

  #tell({ output, listeners }: WaitingOutput): Promise<void> | undefined {
    const pending = listeners.flatMap((listener) => this.#options.tell(listener, output) ?? []);
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  }

  #pend(characters: number): void {
    this.#pendingCharacters += characters;
    this.#options.onPending?.(this.#pendingCharacters);
    if (this.#pendingCharacters <= this.#options.maxPendingCharacters) this.#giveRoom();
  }

  #giveRoom(): void {
    this.#hasRoom?.resolve();
    this.#hasRoom = undefined;
  }
}
