/**
 * Says when a queue fills up, once and not again and again: an alert comes when the fill crosses a threshold on its way
 * up, and clears only well below it, so that a fill which swings around the threshold is told once. Levels decide, not
 * timers; a timer would hide a queue that fills and drains quickly.
 */

export type BackpressureLevel = 'normal' | 'warning' | 'critical';

/** `unknown`: the queue could not be asked. */
export interface BackpressureStatus {
  readonly level: BackpressureLevel | 'unknown';
  /** From 0 to 1; the last one known. */
  readonly fill: number;
}

export interface BackpressureAlert {
  readonly level: BackpressureLevel;
  readonly previous: BackpressureLevel;
  /** From 0 to 1. */
  readonly fill: number;
  /** ISO 8601 UTC. */
  readonly at: string;
}

export interface BackpressureOptions {
  /** How full the queue is now, from 0 to 1. */
  readonly fill: () => number;
  readonly onAlert?: (alert: BackpressureAlert) => void;
  /** @default 0.8 */
  readonly warnAt?: number;
  /** @default 1 */
  readonly criticalAt?: number;
  /** An alert clears below this. @default 0.7 */
  readonly clearBelow?: number;
  /** At most one alert of a level in this time; that an alert clears is always told at once. @default 1000 */
  readonly quietMs?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Told of errors of `fill` and `onAlert`. @default nobody */
  readonly onFault?: (error: unknown) => void;
}

const severity = { normal: 0, warning: 1, critical: 2 } as const;

/** Watches one queue. Call {@link check} whenever it changed. */
export class BackpressureMonitor {
  readonly #options: Required<BackpressureOptions>;
  #level: BackpressureLevel = 'normal';
  #told: BackpressureLevel = 'normal';
  readonly #toldAt = new Map<BackpressureLevel, number>();
  #fill = 0;
  #isUnknown = false;

  /** @throws RangeError where the thresholds are in no order */
  constructor(options: BackpressureOptions) {
    this.#options = { onAlert: nothing, warnAt: 0.8, criticalAt: 1, clearBelow: 0.7, quietMs: 1000, now: Date.now, onFault: nothing, ...options };
    const { warnAt, criticalAt, clearBelow } = this.#options;
    if (!(clearBelow >= 0 && clearBelow <= warnAt && warnAt <= criticalAt)) {
      throw new RangeError(`Cannot watch a queue with clearBelow ${clearBelow}, warnAt ${warnAt}, criticalAt ${criticalAt}: each must not be above the next`);
    }
  }

  get status(): BackpressureStatus {
    return { level: this.#isUnknown ? 'unknown' : this.#level, fill: this.#fill };
  }

  /** Looks at the queue, and tells what has changed. Never throws. */
  check(): BackpressureStatus {
    try {
      const fill = this.#options.fill();
      if (!Number.isFinite(fill)) throw new RangeError(`Cannot read the fill of the queue: it is "${fill}"`);
      this.#fill = fill;
      this.#isUnknown = false;
      this.#level = this.#next(fill);
    } catch (error) {
      this.#isUnknown = true;
      this.#fault(error);
      return this.status;
    }
    const isOver = this.#level === 'normal' && this.#told !== 'normal';
    if (isOver || severity[this.#level] > severity[this.#told]) this.#tell();
    return this.status;
  }

  /** An alert holds until the fill is below `clearBelow`; only then, or from critical to warning, does the level fall. */
  #next(fill: number): BackpressureLevel {
    const { warnAt, criticalAt, clearBelow } = this.#options;
    if (fill >= criticalAt) return 'critical';
    if (fill < clearBelow) return 'normal';
    if (this.#level === 'critical') return fill >= warnAt ? 'critical' : 'warning';
    return fill >= warnAt ? 'warning' : this.#level;
  }

  #tell(): void {
    const nowMs = this.#options.now();
    const quietUntil = (this.#toldAt.get(this.#level) ?? Number.NEGATIVE_INFINITY) + this.#options.quietMs;
    if (this.#level !== 'normal' && nowMs < quietUntil) return;
    const alert = { level: this.#level, previous: this.#told, fill: this.#fill, at: new Date(nowMs).toISOString() };
    this.#told = this.#level;
    this.#toldAt.set(this.#level, nowMs);
    try {
      this.#options.onAlert(alert);
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    try {
      this.#options.onFault(error);
    } catch {
      // whoever hears of faults failed as well, and nobody is left to tell
    }
  }
}

const nothing = (): void => undefined;
