/**
 * The same request twice is one request, after draft-ietf-httpapi-idempotency-key-header-07: whoever sends a key again
 * gets the first answer again. While the first is under way the second waits for it. A failure is forgotten, so that
 * it may be tried again. The keys live in memory; what is created under a key takes its id from the key, so that it is
 * not created twice after a restart either.
 */
import { hash } from 'node:crypto';
import { serverError } from '../errors.ts';

export interface IdempotencyOptions {
  /** How many keys are remembered. @default 10 000 */
  readonly maxKeys?: number;
  /** How long a key is remembered. @default 24 hours */
  readonly keepMs?: number;
  /** @default Date.now */
  readonly now?: () => number;
}

interface Remembered<Answer> {
  readonly fingerprint: string;
  readonly until: number;
  readonly answer: Promise<Answer>;
}

export class Idempotency<Answer> {
  readonly #maxKeys: number;
  readonly #keepMs: number;
  readonly #now: () => number;
  readonly #remembered = new Map<string, Remembered<Answer>>();

  constructor({ maxKeys = 10_000, keepMs = 86_400_000, now = Date.now }: IdempotencyOptions = {}) {
    this.#maxKeys = maxKeys;
    this.#keepMs = keepMs;
    this.#now = now;
  }

  /**
   * The answer under a key: that of the first request, or of this one if it is the first.
   *
   * @throws HOLDFAST_SERVER_IDEMPOTENCY_MISMATCH
   */
  async run(key: string, fingerprint: string, answer: () => Promise<Answer>): Promise<{ readonly answer: Answer; readonly isReplayed: boolean }> {
    const known = this.#remembered.get(key);
    if (known && known.until > this.#now()) {
      if (known.fingerprint !== fingerprint) throw serverError('HOLDFAST_SERVER_IDEMPOTENCY_MISMATCH', 'Cannot take request: its idempotency key belongs to another one');
      return { answer: await known.answer, isReplayed: true };
    }
    const first = { fingerprint, until: this.#now() + this.#keepMs, answer: answer() };
    this.#remember(key, first);
    try {
      return { answer: await first.answer, isReplayed: false };
    } catch (error) {
      if (this.#remembered.get(key) === first) this.#remembered.delete(key);
      throw error;
    }
  }

  #remember(key: string, entry: Remembered<Answer>): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, entry);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > this.#maxKeys && oldest !== undefined) this.#remembered.delete(oldest);
  }
}

/** The id of whatever is created under a key: the same one each time, and nobody else's. */
export function idOfKey(principal: string, operation: string, key: string): string {
  return hash('sha256', `${principal}\n${operation}\n${key}`).slice(0, 32);
}

/** What makes two requests the same. */
export function fingerprintOf(parameters: object, body: unknown): string {
  return hash('sha256', JSON.stringify([parameters, body ?? null]));
}
