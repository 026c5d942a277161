import { randomBytes } from 'node:crypto';

export interface OneTimeLinksOptions {
  /** How long a code is good. @default 60 000 */
  readonly keepMs?: number;
  /** How many codes may be out. @default 100 */
  readonly maxCodes?: number;
  /** @default Date.now */
  readonly now?: () => number;
}

/**
 * Codes that each stand for a token, once and not for long. An address with one may be seen in a list of processes or
 * in the history of a browser, where a token must not be.
 */
export class OneTimeLinks {
  readonly #keepMs: number;
  readonly #maxCodes: number;
  readonly #now: () => number;
  readonly #codes = new Map<string, { readonly token: string; readonly until: number }>();

  constructor({ keepMs = 60_000, maxCodes = 100, now = Date.now }: OneTimeLinksOptions = {}) {
    this.#keepMs = keepMs;
    this.#maxCodes = maxCodes;
    this.#now = now;
  }

  /** A new code for a token. The oldest is forgotten where there are too many. */
  create(token: string): string {
    const code = randomBytes(32).toString('base64url');
    this.#codes.set(code, { token, until: this.#now() + this.#keepMs });
    const [oldest] = this.#codes.keys();
    if (this.#codes.size > this.#maxCodes && oldest !== undefined) this.#codes.delete(oldest);
    return code;
  }

  /** The token of a code, which is worth nothing afterwards; undefined for one that is none, or not any more. */
  take(code: string): string | undefined {
    const found = this.#codes.get(code);
    this.#codes.delete(code);
    return found && found.until > this.#now() ? found.token : undefined;
  }
}
