import { serverError } from '../errors.ts';

export interface LimitOptions {
  /** How many requests one principal may send per second, on average. @default 5000 */
  readonly requestsPerSecond?: number;
  /** How many it may send at once. @default 10 000 */
  readonly burst?: number;
  /** How many requests may be under way. @default 4096 */
  readonly maxUnderWay?: number;
  /** In milliseconds. @default performance.now */
  readonly now?: () => number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** How much each principal may ask for, as a token bucket, and how much all may ask for at once. */
export class Limits {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #maxUnderWay: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();
  #underWay = 0;

  constructor({ requestsPerSecond = 5000, burst = 10_000, maxUnderWay = 4096, now = () => performance.now() }: LimitOptions = {}) {
    this.#perSecond = requestsPerSecond;
    this.#burst = burst;
    this.#maxUnderWay = maxUnderWay;
    this.#now = now;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Counts a request in. @throws HOLDFAST_SERVER_OVERLOADED */
  enter(): void {
    if (this.#underWay >= this.#maxUnderWay) {
      throw serverError('HOLDFAST_SERVER_OVERLOADED', `Cannot take request: ${this.#underWay} are under way`, { data: { retryAfterMs: 1000 } });
    }
    this.#underWay += 1;
  }

  /** Counts it out. */
  leave(): void {
    this.#underWay -= 1;
  }

  /** @throws HOLDFAST_SERVER_RATE_LIMITED */
  spend(principal: string): void {
    const now = this.#now();
    const bucket = this.#bucketOf(principal, now);
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    if (bucket.tokens < 1) {
      const retryAfterMs = Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1000);
      throw serverError('HOLDFAST_SERVER_RATE_LIMITED', `Cannot take request: more than ${this.#perSecond} in a second`, { data: { retryAfterMs } });
    }
    bucket.tokens -= 1;
  }

  #bucketOf(principal: string, now: number): Bucket {
    const known = this.#buckets.get(principal);
    if (known) return known;
    const full = { tokens: this.#burst, at: now };
    this.#buckets.set(principal, full);
    return full;
  }
}
