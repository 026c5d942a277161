/**
 * What every embedded store does above its records: ids and JSON are checked at the rim, whoever waits is told, deadlines
 * are kept.
 *
 * Deadlines are decided by the clock alone: each call first times out what is due. The one timer, set for the nearest
 * deadline, only makes that happen when nobody calls. So a late timer never lets a late answer in, and a promise that
 * expired while no process ran is timed out by the first look at it.
 */
import { isHoldfastError, type HoldfastError, type JsonValue } from '@holdfast/protocol';
import { promisesError } from '../errors.ts';
import { toFailure, type FailureInput } from '../failure.ts';
import { copyJson, isSameJson } from '../json.ts';
import { lookupId, parsePromiseId } from '../promise-id.ts';
import { cancelFailure, outcomeOf, type PendingPromise, type PromiseRecord, type SettledPromise, type Settlement } from './promise-record.ts';
import type { PromiseRecords } from './promise-records.ts';
import type { CreatePromiseInput, PromiseStore, PromiseStoreTime, WaitOptions } from './promise-store.ts';
import { longestDelayMs, setUnreferencedTimer, type SetTimer } from './timer.ts';

/** The last instant that a `Date` can name. */
const lastInstant = 8.64e15;
const retryDelayMs = 1000;

type Waiter = (outcome: JsonValue | HoldfastError) => void;

export class PromiseKeeper implements PromiseStore {
  readonly #records: PromiseRecords;
  readonly #now: () => number;
  readonly #setTimer: SetTimer;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #timer: { readonly deadline: number; readonly cancel: () => void } | undefined;
  #pendingCount: number;
  #highWaterMark: number;
  #ignored = 0;
  #isClosed = false;

  constructor(records: PromiseRecords, { now = Date.now, setTimer = setUnreferencedTimer }: PromiseStoreTime) {
    this.#records = records;
    this.#now = now;
    this.#setTimer = setTimer;
    this.#pendingCount = records.countPending();
    this.#expire();
    this.#highWaterMark = this.#pendingCount;
  }

  async create({ id, kind, data, timeoutMs }: CreatePromiseInput): Promise<PromiseRecord> {
    this.#refresh(`create promise "${id}"`);
    const now = this.#now();
    const record: PendingPromise = Object.freeze({
      id: parsePromiseId(id),
      kind: parsePromiseId(kind),
      data: copyJson(data, `the data of promise "${id}"`),
      createdAt: new Date(now).toISOString(),
      deadline: deadlineAfter(now, timeoutMs),
      state: 'pending',
    });
    const existing = this.#records.find(record.id);
    if (existing) return sameAs(existing, record);
    this.#records.insert(record);
    this.#pendingCount += 1;
    this.#highWaterMark = Math.max(this.#highWaterMark, this.#pendingCount);
    this.#arm();
    return record;
  }

  async resolve(id: string, value: JsonValue): Promise<boolean> {
    const copy = copyJson(value, `the value of promise "${id}"`);
    return this.#settle('resolve', id, (settledAt) => ({ state: 'resolved', value: copy, settledAt }));
  }

  async reject(id: string, error: FailureInput): Promise<boolean> {
    const failure = toFailure(error);
    return this.#settle('reject', id, (settledAt) => ({ state: 'rejected', error: failure, settledAt }));
  }

  async cancel(id: string, reason: string): Promise<boolean> {
    return this.#settle('cancel', id, (settledAt) => ({ state: 'cancelled', error: cancelFailure(reason), settledAt }));
  }

  async get(id: string): Promise<PromiseRecord> {
    this.#refresh(`get promise "${id}"`);
    return this.#get(id);
  }

  async find(id: string): Promise<PromiseRecord | undefined> {
    this.#refresh(`find promise "${id}"`);
    return this.#find(id);
  }

  async pending({ kind }: { readonly kind?: string } = {}): Promise<readonly PendingPromise[]> {
    this.#refresh('list pending promises');
    return this.#records.pending(kind?.normalize('NFC'));
  }

  async wait(id: string, { signal }: WaitOptions = {}): Promise<JsonValue> {
    signal?.throwIfAborted();
    this.#refresh(`wait for promise "${id}"`);
    const record = this.#get(id);
    const outcome = record.state === 'pending' ? await this.#nextOutcome(record.id, signal) : outcomeOf(record);
    if (isHoldfastError(outcome)) throw outcome;
    return outcome;
  }

  pendingHighWaterMark(): number {
    return this.#highWaterMark;
  }

  ignoredSettlements(): number {
    return this.#ignored;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const id of this.#waiters.keys()) this.#tell(id, closedError(`wait for promise "${id}"`));
    this.#records.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #get(id: string): PromiseRecord {
    const record = this.#find(id);
    if (record) return record;
    throw promisesError('HOLDFAST_PROMISES_NOT_FOUND', `Cannot find promise "${id}"`, { data: { id } });
  }

  #find(id: string): PromiseRecord | undefined {
    const key = lookupId(id);
    return key === undefined ? undefined : this.#records.find(key);
  }

  #settle(verb: string, id: string, settlement: (settledAt: string) => Settlement): boolean {
    this.#refresh(`${verb} promise "${id}"`);
    const key = lookupId(id);
    const record = key === undefined ? undefined : this.#records.settle(key, settlement(new Date(this.#now()).toISOString()));
    if (record) this.#announce([record]);
    else this.#ignored += 1;
    return record !== undefined;
  }

  /** Every call begins here. */
  #refresh(action: string): void {
    if (this.#isClosed) throw closedError(action);
    if (this.#timer && this.#timer.deadline <= this.#now()) this.#expire();
  }

  #expire(): void {
    this.#announce(this.#records.expire(this.#now()));
  }

  #announce(settled: readonly SettledPromise[]): void {
    this.#pendingCount -= settled.length;
    for (const record of settled) this.#tell(record.id, outcomeOf(record));
    this.#arm();
  }

  #tell(id: string, outcome: JsonValue | HoldfastError): void {
    const waiters = this.#waiters.get(id) ?? [];
    this.#waiters.delete(id);
    for (const waiter of waiters) waiter(outcome);
  }

  #nextOutcome(id: string, signal: AbortSignal | undefined): Promise<JsonValue | HoldfastError> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(id) ?? new Set();
      const stop = (): void => {
        waiters.delete(waiter);
        if (waiters.size === 0 && this.#waiters.get(id) === waiters) this.#waiters.delete(id);
        reject(signal?.reason);
      };
      const waiter: Waiter = (outcome) => {
        signal?.removeEventListener('abort', stop);
        resolve(outcome);
      };
      this.#waiters.set(id, waiters.add(waiter));
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Keeps one timer while there is a deadline, for the nearest one. */
  #arm(): void {
    const deadline = this.#records.nextDeadline();
    if (deadline === this.#timer?.deadline) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (deadline !== undefined) this.#setTimerFor(deadline, deadline - this.#now());
  }

  #setTimerFor(deadline: number, delayMs: number): void {
    const cancel = this.#setTimer(() => this.#onTimer(), Math.min(Math.max(delayMs, 0), longestDelayMs));
    this.#timer = { deadline, cancel };
  }

  #onTimer(): void {
    if (this.#isClosed) return;
    this.#timer = undefined;
    try {
      this.#expire();
    } catch {
      // A full disk must not end the process from a timer. The next call meets the same error and throws it to its caller.
      this.#setTimerFor(Number.NEGATIVE_INFINITY, retryDelayMs);
    }
  }
}

export function sameAs(existing: PromiseRecord, record: PendingPromise): PromiseRecord {
  const { id, kind, data } = record;
  if (existing.kind === kind && isSameJson(existing.data, data)) return existing;
  const different = existing.kind === kind ? 'data' : 'kind';
  throw promisesError('HOLDFAST_PROMISES_DUPLICATE', `Cannot create promise "${id}": it exists with another ${different}`, {
    data: { id, kind: existing.kind, different },
  });
}

export function deadlineAfter(now: number, timeoutMs: number | undefined): string | null {
  if (timeoutMs === undefined) return null;
  const deadline = Math.ceil(now + timeoutMs);
  if (timeoutMs >= 0 && deadline <= lastInstant) return new Date(deadline).toISOString();
  throw new RangeError(`Cannot wait ${timeoutMs} ms: timeoutMs is 0 or more, and ends within the range of Date`);
}

function closedError(action: string): HoldfastError {
  return promisesError('HOLDFAST_PROMISES_CLOSED', `Cannot ${action}: the store is closed`);
}
