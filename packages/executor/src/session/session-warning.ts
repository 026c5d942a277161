import type { MessageType } from '@holdfast/protocol';

/** Something that went wrong beside the executions of a session, which went on. */
export type SessionWarning = {
  readonly sessionId: string;
  /** How many warnings of the same kind and source were held back since the last one. */
  readonly suppressed: number;
} & WarningCause;

export type WarningCause =
  | {
      /** An interceptor took longer than its budget. */
      readonly kind: 'slow-interceptor';
      readonly interceptor: string;
      readonly messageType: MessageType;
      readonly durationMs: number;
      readonly budgetMs: number;
      /** Messages that it has not seen so far, because an earlier call was still under way. */
      readonly skippedMessages: number;
    }
  | { readonly kind: 'failed-interceptor'; readonly interceptor: string; readonly messageType: MessageType; readonly error: unknown }
  | { /** A callback of the caller threw. */ readonly kind: 'failed-listener'; readonly listener: string; readonly error: unknown }
  | { /** A message that a worker has no business to send. */ readonly kind: 'unrouted-message'; readonly messageType: MessageType }
  | { /** A cell calls something that blocks, at its own top level. */ readonly kind: 'blocking-call'; readonly executionId: string; readonly name: string; readonly line: number; readonly column: number }
  | { /** A cell declares a name of the engine, which hides it. */ readonly kind: 'hidden-internal'; readonly executionId: string; readonly name: string; readonly line: number; readonly column: number }
  | { /** A slow `onOutput` had not taken all output when the result was given. */ readonly kind: 'output-drain-timeout'; readonly executionId: string; readonly drainTimeoutMs: number }
  | { /** An idle session could not keep its variables, so its worker stays. */ readonly kind: 'failed-checkpoint'; readonly error: unknown };

const intervalMs = 1000;

/** Passes on one warning of a kind and source a second, and counts the others. */
export class WarningLimiter {
  readonly #sessionId: string;
  readonly #now: () => number;
  readonly #onWarning: (warning: SessionWarning) => void;
  readonly #sources = new Map<string, { lastAt: number; suppressed: number }>();

  constructor(sessionId: string, now: () => number, onWarning: (warning: SessionWarning) => void) {
    this.#sessionId = sessionId;
    this.#now = now;
    this.#onWarning = onWarning;
  }

  warn(cause: WarningCause, source = ''): void {
    const key = `${cause.kind} ${source}`;
    const known = this.#sources.get(key);
    const now = this.#now();
    if (known && now - known.lastAt < intervalMs) {
      known.suppressed += 1;
      return;
    }
    this.#sources.set(key, { lastAt: now, suppressed: 0 });
    try {
      this.#onWarning({ sessionId: this.#sessionId, suppressed: known?.suppressed ?? 0, ...cause });
    } catch {
      // whoever hears of failures has nobody to tell of its own
    }
  }
}
