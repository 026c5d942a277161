/** The promises of a backend that somebody outside settles: those of durable functions, and those made here. */
import type { HoldfastError, JsonValue } from '@holdfast/protocol';
import { isHoldfastError } from '@holdfast/protocol';
import { decodeValue } from '../codec/decode-value.ts';
import { encodeFailure, encodeValue } from '../codec/encode-value.ts';
import { promisesError } from '../errors.ts';
import { fromFailure, toFailure, type FailureInput } from '../failure.ts';
import { copyJson } from '../json.ts';
import type { Backend } from '../machine/backend.ts';
import { lastInstant } from '../machine/machine.ts';
import type { PromiseView, ProtocolState } from '../machine/messages.ts';
import { parsePromiseId } from '../promise-id.ts';
import { deadlineAfter, sameAs } from '../store/promise-keeper.ts';
import { cancelFailure, outcomeOf as outcomeOfRecord, timeoutFailure, type PendingPromise, type PromiseRecord } from '../store/promise-record.ts';
import type { CreatePromiseInput, PromiseStore, WaitOptions } from '../store/promise-store.ts';
import { searchPending, type Ask } from './ask.ts';
import { escape, unescape } from './root-id.ts';
import { encodedOf, kindTag, stateOf } from './settlement.ts';
import type { Waiters } from './waiters.ts';

/** No id of a run begins so. */
const prefix = '_x';
const externalTag = { 'resonate:external': 'true' };

export interface BackendPromiseStoreOptions {
  readonly backend: Backend;
  readonly ask: Ask;
  readonly waiters: Waiters;
  readonly newId: () => string;
}

export class BackendPromiseStore implements PromiseStore {
  readonly #options: BackendPromiseStoreOptions;
  /** What was pending when it was last seen, with its deadline. */
  readonly #known = new Map<string, number>();
  #pruneAt = 1024;
  readonly #closing = new AbortController();
  readonly #settling = new Set<Promise<boolean>>();
  #isClosed = false;
  #highWaterMark = 0;
  #ignored = 0;

  constructor(options: BackendPromiseStoreOptions) {
    this.#options = options;
  }

  async create({ id, kind, data, timeoutMs }: CreatePromiseInput): Promise<PromiseRecord> {
    this.#assertOpen(`create promise "${id}"`);
    const now = this.#options.backend.now();
    const deadline = deadlineAfter(now, timeoutMs);
    const record: PendingPromise = Object.freeze({
      id: parsePromiseId(id),
      kind: parsePromiseId(kind),
      data: copyJson(data, `the data of promise "${id}"`),
      createdAt: new Date(now).toISOString(),
      deadline,
      state: 'pending',
    });
    const root = prefix + escape(record.id);
    const tags = {
      ...externalTag,
      [kindTag]: record.kind,
      'resonate:origin': root,
      'resonate:branch': root,
      'resonate:parent': root,
      'resonate:scope': 'global',
      'resonate:timer': 'true',
      'resonate:target': this.#options.backend.anycast,
    };
    const param = { headers: {}, data: JSON.stringify({ kind: record.kind, data: record.data }) };
    const timeoutAt = deadline === null ? lastInstant : Date.parse(deadline);
    const view = await this.#options.ask('promise.create', { id: root, timeoutAt, param, tags });
    return view ? sameAs(await this.#count(view), record) : record;
  }

  resolve(id: string, value: JsonValue): Promise<boolean> {
    return this.#settle('resolve', id, 'resolved', () => encodeValue(copyJson(value, `the value of promise "${id}"`)));
  }

  reject(id: string, error: FailureInput): Promise<boolean> {
    return this.#settle('reject', id, 'rejected', () => {
      const failure = toFailure(error);
      return encodeFailure(promisesError('HOLDFAST_PROMISES_REJECTED', `Cannot resolve "${id}": ${failure.message}`, { cause: fromFailure(failure), data: { error: failure } }));
    });
  }

  cancel(id: string, reason: string): Promise<boolean> {
    return this.#settle('cancel', id, 'rejected_canceled', () => {
      const error = cancelFailure(reason);
      return encodeFailure(promisesError('HOLDFAST_PROMISES_CANCELLED', `Cannot resolve "${id}": ${reason}`, { data: { id, reason, error } }));
    });
  }

  async get(id: string): Promise<PromiseRecord> {
    const record = await this.find(id);
    if (record) return record;
    throw notFound(id);
  }

  async find(id: string): Promise<PromiseRecord | undefined> {
    this.#assertOpen(`find promise "${id}"`);
    const view = await this.#locate(id);
    return view && readRecord(view);
  }

  async pending({ kind }: { readonly kind?: string } = {}): Promise<readonly PendingPromise[]> {
    this.#assertOpen('list pending promises');
    const { backend, newId } = this.#options;
    const tags = { 'resonate:timer': 'true', ...(kind !== undefined && { [kindTag]: kind.normalize('NFC') }) };
    const views = await searchPending((request) => backend.send(request), newId, tags);
    const records = views.filter((view) => kindTag in view.tags).map(readRecord);
    return records.flatMap((record) => (record.state === 'pending' ? [record] : [])).toSorted((left, right) => (left.createdAt < right.createdAt ? -1 : Number(left.createdAt > right.createdAt)));
  }

  async wait(id: string, { signal }: WaitOptions = {}): Promise<JsonValue> {
    signal?.throwIfAborted();
    this.#assertOpen(`wait for promise "${id}"`);
    const view = await this.#locate(id);
    if (!view) throw notFound(id);
    const signals = signal ? [signal, this.#closing.signal] : [this.#closing.signal];
    const record = readRecord(view.state === 'pending' ? await this.#options.waiters.wait(view.id, AbortSignal.any(signals)) : view);
    if (record.state === 'pending') throw notFound(id);
    const outcome = outcomeOfRecord(record);
    if (isHoldfastError(outcome)) throw outcome;
    return outcome;
  }

  pendingHighWaterMark(): number {
    return this.#highWaterMark;
  }

  ignoredSettlements(): number {
    return this.#ignored;
  }

  /** Answers that are under way come first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#settling);
    this.#closing.abort(closedError('wait for a promise'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A colon is in every id that a durable function gave; ids given here may have one too. */
  async #locate(id: string): Promise<PromiseView | undefined> {
    if (!id.isWellFormed()) return undefined;
    const key = id.normalize('NFC');
    const own = await this.#options.ask('promise.get', { id: prefix + escape(key) });
    if (own || !key.includes(':')) return own;
    const other = await this.#options.ask('promise.get', { id: key });
    return other && kindTag in other.tags ? other : undefined;
  }

  #settle(verb: string, id: string, state: ProtocolState, encode: () => string): Promise<boolean> {
    const settling = this.#settleNow(verb, id, state, encode).finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
    return settling;
  }

  async #settleNow(verb: string, id: string, state: ProtocolState, encode: () => string): Promise<boolean> {
    this.#assertOpen(`${verb} promise "${id}"`);
    // A mark of this settlement tells whether it was this one that won.
    const headers = { 'holdfast:by': this.#options.newId() };
    const data = encode();
    const view = await this.#locate(id);
    const settled = view?.state === 'pending' ? await this.#options.ask('promise.settle', { id: view.id, state, value: { headers, data } }) : undefined;
    const isOurs = settled?.value.headers?.['holdfast:by'] === headers['holdfast:by'];
    if (isOurs) {
      this.#known.delete(settled.id);
      this.#options.waiters.settle(settled);
    } else {
      this.#ignored += 1;
    }
    return isOurs;
  }

  /** What is pending is counted when it is made; what ended meanwhile is found out when the next one is. */
  async #count(view: PromiseView): Promise<PromiseRecord> {
    if (view.state === 'pending' && !this.#known.has(view.id)) {
      this.#known.set(view.id, view.timeoutAt);
      this.#prune();
      this.#highWaterMark = Math.max(this.#highWaterMark, this.#known.size);
    }
    return readRecord(view);
  }

  /** Those whose deadline passed are pending no more, whoever noticed. */
  #prune(): void {
    if (this.#known.size < this.#pruneAt) return;
    const now = this.#options.backend.now();
    for (const [id, timeoutAt] of this.#known) if (timeoutAt <= now) this.#known.delete(id);
    this.#pruneAt = Math.max(1024, this.#known.size * 2);
  }

  #assertOpen(action: string): void {
    if (this.#isClosed) throw closedError(action);
  }
}

function readRecord(view: PromiseView): PromiseRecord {
  const { id, timeoutAt, createdAt, settledAt } = view;
  const { kind, data }: { readonly kind: string; readonly data: JsonValue } = JSON.parse(String(view.param.data));
  const created = {
    id: id.startsWith(prefix) ? unescape(id.slice(prefix.length)) : id,
    kind,
    data: copyJson(data, 'the data of a promise'),
    createdAt: new Date(createdAt).toISOString(),
    deadline: timeoutAt >= lastInstant ? null : new Date(timeoutAt).toISOString(),
  };
  const state = stateOf(view);
  if (state === 'pending') return Object.freeze({ ...created, state });
  const at = new Date(settledAt ?? timeoutAt).toISOString();
  switch (state) {
    case 'timedout':
      return Object.freeze({ ...created, state, error: timeoutFailure, settledAt: at });
    case 'resolved':
      return Object.freeze({ ...created, state, value: copyJson(decodeValue(encodedOf(view).text), 'an answer'), settledAt: at });
    default:
      return Object.freeze({ ...created, state, error: failureOf(decodeValue(encodedOf(view).text)), settledAt: at });
  }
}

/** What it was rejected with; an error of ours around it says so in its data. */
function failureOf(error: unknown): ReturnType<typeof toFailure> {
  const inner: unknown = isHoldfastError(error) ? error.data?.['error'] : undefined;
  const failure = typeof inner === 'object' && inner !== null ? inner : Object(error);
  return toFailure(failure);
}

function notFound(id: string): HoldfastError {
  return promisesError('HOLDFAST_PROMISES_NOT_FOUND', `Cannot find promise "${id}"`, { data: { id } });
}

function closedError(action: string): HoldfastError {
  return promisesError('HOLDFAST_PROMISES_CLOSED', `Cannot ${action}: the store is closed`);
}
