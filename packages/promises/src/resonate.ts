/**
 * The one file that knows the Resonate SDK. The SDK drives a durable function: it gives every call its place, replays what
 * is recorded, and suspends. Everything else is ours: values cross it in their kept form, requests go through our own
 * backend, leases are kept by our own worker. Written against 0.11.5 and nothing else; the field `effects` of its context
 * is internal, and is where a recorded call is compared with the one that is made.
 */
import { Codec, HttpNetwork, OptionsBuilder, PollMessageSource, Registry, isMessage, isRequest, type PromiseRecord, type Value } from '@resonatehq/sdk';
import { Core } from '@resonatehq/sdk/async';
import { PostgresNetwork } from '@resonatehq/sdk/postgres';
import { encodeFailure } from './codec/encode-value.ts';
import { Encoded, EncodedFailure } from './durable/encoded.ts';
import { encodedOf, stateOf } from './durable/settlement.ts';
import type { ProtocolAnswer, ProtocolMessage, ProtocolRequest, PromiseView, Tags } from './machine/messages.ts';

/** Tells the calls of a function apart: `step:charge`. */
export const callTag = 'holdfast:call';
/** Which pass began some work that may be done at most once. */
export const passTag = 'holdfast:pass';

/** A call that a durable function made. */
export interface Operation {
  readonly id: string;
  /** Settles with the kept value, or rejects with the kept failure; never, while somebody else has to settle it. */
  readonly outcome: Promise<Encoded>;
}

/** What the driver needs to know of whoever holds the task. */
export interface DriverHooks {
  /** Before the record of a call is used. Throws when it is the record of another call. */
  readonly onRecord: (taskId: string, asked: Tags, record: PromiseView) => void;
  /** Before an outcome is recorded. Throws when nothing may be recorded any more. */
  readonly onSettle: (taskId: string) => void;
  readonly heartbeat: { start(task: TaskRef): void; stop(task?: TaskRef): void };
}

export interface TaskRef {
  readonly id: string;
  readonly version: number;
}

export interface DriverOptions extends DriverHooks {
  readonly pid: string;
  readonly leaseMs: number;
  /** Where calls of other functions are offered. */
  readonly target: string;
  readonly now: () => number;
  readonly send: (request: ProtocolRequest) => Promise<ProtocolAnswer>;
}

export type Body = (place: Place, ...args: readonly string[]) => Promise<Encoded>;

export interface Driver {
  register(name: string, version: number, body: Body): void;
  has(name: unknown, version: unknown): boolean;
  /** Runs a task until it ends or waits. Rejects when it could do neither. */
  run(task: TaskRef): Promise<void>;
}

/** The SDK takes any of its own types; ours say the same in other words. */
// oxlint-disable-next-line typescript/no-explicit-any -- the border between two descriptions of one protocol
type Foreign = any;

export function createDriver({ pid, leaseMs, target, now, send, heartbeat, onRecord, onSettle }: DriverOptions): Driver {
  const registry = new Registry();
  const core = new Core({
    pid,
    ttl: leaseMs,
    clock: { now },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- two descriptions of one protocol
    send: send as Foreign,
    codec: new EncodedCodec(),
    registry,
    heartbeat,
    dependencies: new Map(),
    optsBuilder: new OptionsBuilder({ match: () => target }),
    logger: silent,
  });
  return {
    register: (name, version, body) => {
      registry.add((raw: Foreign, ...args: string[]) => body(new Place(raw, target, { onRecord, onSettle }), ...args), name, version);
    },
    has: (name, version) => typeof name === 'string' && Number.isSafeInteger(version) && Number(version) > 0 && registry.get(name, Number(version)) !== undefined,
    run: async ({ id, version }) => {
      await core.onMessage({ kind: 'execute', head: {}, data: { task: { id, version } } });
    },
  };
}

/** A place in a durable function: the next call gets the next number below it. */
export class Place {
  readonly #raw: Foreign;
  readonly #target: string;

  constructor(raw: Foreign, target: string, hooks?: Pick<DriverHooks, 'onRecord' | 'onSettle'>) {
    this.#raw = raw;
    this.#target = target;
    if (hooks) raw.effects = checkedEffects(raw.effects, raw.id, hooks);
  }

  get id(): string {
    return this.#raw.id;
  }

  /** By when the run has to end, in epoch milliseconds. */
  get timeoutAt(): number {
    return this.#raw.timeoutAt;
  }

  /** Work in this process, with a place of its own. */
  local(call: string, work: (place: Place) => Promise<Encoded>, tags: Tags = {}): Operation {
    const leaf = (raw: Foreign): Promise<Encoded> => work(new Place(raw, this.#target));
    return operation(this.#raw.run(leaf, this.#options({ tags: { ...tags, [callTag]: call }, timeout: forever, target: this.#target })));
  }

  /** The same with a name in place of the next number, so that no other call moves. */
  named(name: string, work: (place: Place) => Promise<Encoded>): Operation {
    const { seq } = this.#raw;
    this.#raw.seq = name;
    const named = this.local(name, work);
    this.#raw.seq = seq;
    return named;
  }

  /** A call of another durable function. */
  remote(name: string, version: number, args: readonly string[], timeout: number): Operation {
    return operation(this.#raw.rpc(name, ...args, this.#options({ tags: { [callTag]: `call:${name}` }, version, timeout, target: this.#target })));
  }

  /** A start of another durable function that does not end with this one. */
  detached(name: string, version: number, args: readonly string[], timeout: number): Operation {
    return operation(this.#raw.detached(name, ...args, this.#options({ tags: { [callTag]: `spawn:${name}` }, version, timeout, target: this.#target })));
  }

  sleep(until: Date): Operation {
    return operation(this.#raw.sleep({ until }));
  }

  /** A promise that somebody else settles. It is a timer, for only those end at their deadline on every server. */
  external(timeout: number, data: unknown, tags: Tags): Operation {
    const timer = { ...tags, [callTag]: 'external', 'resonate:timer': 'true', 'resonate:target': this.#target };
    return operation(this.#raw.promise({ timeout, data, tags: timer }));
  }

  #options(options: object): object {
    return this.#raw.options(options);
  }
}

/** Whether something that came from outside is a message, or a request, of the protocol. */
export function isProtocolMessage(value: unknown): value is ProtocolMessage {
  return isMessage(value);
}

export function isProtocolRequest(value: unknown): value is ProtocolRequest {
  return isRequest(value);
}

export interface HttpNetworkOptions {
  readonly url: string;
  readonly token?: string;
  readonly group: string;
  readonly pid: string;
}

/** A server, as the SDK reaches it. */
export interface RemoteNetwork {
  readonly unicast: string;
  readonly anycast: string;
  send(request: ProtocolRequest): Promise<ProtocolAnswer>;
  onMessage(receive: (message: ProtocolMessage) => void): void;
  close(): Promise<void>;
}

/** Every option is given, because the SDK takes those that are missing from the environment. */
export function createHttpNetwork({ url, token = '', group, pid }: HttpNetworkOptions): RemoteNetwork {
  const base = url.replace(/\/+$/u, '');
  const source = new PollMessageSource({ url: `${base}/poll/${encodeURIComponent(group)}/${encodeURIComponent(pid)}`, token });
  const network = new HttpNetwork({ url: base, token, timeout: 10_000, headers: {}, adapter: source });
  return {
    unicast: source.unicast,
    anycast: source.anycast,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- two descriptions of one protocol
    send: (request) => network.send(request as Foreign),
    onMessage: (receive) => network.recv((message: Foreign) => receive(message)),
    close: async () => {
      await network.stop();
      // Its timer for the next connection goes on; it must find nothing to do.
      Reflect.set(source, 'connect', () => undefined);
    },
  };
}

/** The functions of resonate-pg, as the SDK calls them. Rejects with what the driver threw when they cannot be reached. */
export async function createPostgresNetwork({ url, group, pid }: Omit<HttpNetworkOptions, 'token'>): Promise<RemoteNetwork> {
  const network = new PostgresNetwork({ connectionString: url, group, pid });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its pool is not part of the types
  const pool = await (network as Foreign).getPool();
  // Without somebody who hears it, an idle connection that breaks would end the process.
  pool.on('error', () => undefined);
  try {
    await network.init();
  } catch (error) {
    await network.stop();
    throw error;
  }
  return {
    unicast: network.unicast,
    anycast: network.anycast,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- two descriptions of one protocol
    send: (request) => (request.kind === 'promise.search' ? searchResonatePostgres(pool, request) : network.send(request as Foreign)),
    onMessage: (receive) => network.recv((message: Foreign) => receive(message)),
    close: () => network.stop(),
  };
}

/** resonate-pg answers a search with 501, so its table is read. */
async function searchResonatePostgres(pool: Foreign, { kind, head, data }: Extract<ProtocolRequest, { kind: 'promise.search' }>): Promise<ProtocolAnswer> {
  const { state = null, tags = {}, limit = 100, cursor = '' } = data;
  const { rows } = await pool.query(resonateSearch, [cursor, state, JSON.stringify(tags), limit]);
  const promises: readonly { readonly id: string }[] = rows.map((row: Foreign) => row.promise);
  const last = promises.length === limit ? promises.at(-1) : undefined;
  return { kind, head: { ...head, status: 200 }, data: { promises, ...(last && { cursor: last.id }) } };
}

const resonateSearch = `
  WITH found AS (
    SELECT *, CASE WHEN state <> 'pending' OR timeout_at > extract(epoch FROM clock_timestamp()) * 1000 THEN state
      WHEN is_timer THEN 'resolved' ELSE 'rejected_timedout' END AS state_now
    FROM resonate.promises WHERE id > $1 AND tags @> $3::jsonb)
  SELECT jsonb_build_object('id', id, 'state', state_now, 'tags', tags, 'timeoutAt', timeout_at, 'createdAt', created_at,
    'param', jsonb_build_object('headers', param_headers, 'data', param_data),
    'value', jsonb_build_object('headers', value_headers, 'data', value_data))
    || CASE WHEN settled_at IS NULL THEN '{}' ELSE jsonb_build_object('settledAt', settled_at) END AS promise
  FROM found WHERE $2::text IS NULL OR state_now = $2 ORDER BY id LIMIT $4`;

/** Longer than any deadline; the SDK takes the earlier of this and the caller's. */
const forever = 8e15;

function operation(raw: Foreign): Operation {
  const outcome: Promise<Encoded> = raw.promise;
  return { id: raw.id, outcome };
}

function checkedEffects(effects: Foreign, taskId: string, { onRecord, onSettle }: Pick<DriverHooks, 'onRecord' | 'onSettle'>): object {
  return {
    promiseCreate: async (request: Foreign, name: string): Promise<PromiseRecord> => {
      const asked: Tags = { ...request.data.tags };
      const record: Foreign = await effects.promiseCreate(request, name);
      onRecord(taskId, asked, record);
      return record;
    },
    promiseSettle: (request: Foreign, name: string): Promise<PromiseRecord> => {
      onSettle(taskId);
      return effects.promiseSettle(request, name);
    },
  };
}

/** Keeps what is already in its kept form as it is. */
class EncodedCodec extends Codec {
  override encode(value: unknown): Value {
    if (value instanceof Encoded || value instanceof EncodedFailure) return { headers: {}, data: value.text };
    if (value instanceof Error) return { headers: {}, data: encodeFailure(value) };
    return { headers: {}, data: JSON.stringify(value) ?? 'null' };
  }

  override decode(value: Value | undefined): unknown {
    return typeof value?.data === 'string' ? parse(value.data) : undefined;
  }

  override decodePromise(promise: PromiseRecord): PromiseRecord {
    const param = { headers: promise.param.headers ?? {}, data: checkedCall(this.decode(promise.param)) };
    if (promise.state === 'pending') return { ...promise, param, value: {} };
    const state = stateOf(promise) === 'resolved' ? 'resolved' : 'rejected';
    return { ...promise, state, param, value: { headers: {}, data: encodedOf(promise) } };
  }
}

/** A call with a version that none can have would end the process in an assertion of the SDK; without data it is refused. */
function checkedCall(param: unknown): unknown {
  if (typeof param !== 'object' || param === null || !('version' in param)) return param;
  return Number.isSafeInteger(param.version) && Number(param.version) > 0 ? param : undefined;
}

/** Undefined for what is no JSON: the SDK then says that the data are invalid, and the run is given up in order. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
