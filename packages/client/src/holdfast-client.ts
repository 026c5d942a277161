import { fromWireError, isJsonValue, type HoldfastError } from '@holdfast/protocol';
import { fillPath, operations, problem, type AnswerOf, type BodyOf, type ExecuteBody, type ExecutionResult, type Operation, type OperationName, type Operations, type PathOf, type QueryOf, type TaskView } from '@holdfast/protocol/api';
import { backoffMs } from './backoff.ts';
import { clientError } from './errors.ts';
import { followStream, type FollowOptions, type StreamUpdate } from './follow.ts';
import { waitForReal, type FetchAnswer, type FetchLike, type OpenSocket, type Wait } from './platform.ts';

export interface HoldfastClientOptions {
  /** Where the server is, such as `http://127.0.0.1:9876`. */
  readonly url: string;
  readonly token?: string;
  /** How often a request is sent again when the server was not there or had no room. @default 3 */
  readonly maxRetries?: number;
  /** @default the global one */
  readonly fetch?: FetchLike;
  /** @default the global WebSocket */
  readonly openSocket?: OpenSocket;
  /** @default crypto.randomUUID */
  readonly newId?: () => string;
  /** @default Math.random */
  readonly random?: () => number;
  /** @default a timer */
  readonly wait?: Wait;
}

/** What an operation takes: the parameters of its path, its query and its body, as far as it has them. */
export type CallInput<Name extends OperationName> = (keyof PathOf<Operations[Name]> extends never ? { readonly params?: undefined } : { readonly params: PathOf<Operations[Name]> }) &
  (QueryOf<Operations[Name]> extends undefined ? { readonly query?: undefined } : { readonly query?: QueryOf<Operations[Name]> }) &
  (BodyOf<Operations[Name]> extends undefined ? { readonly body?: undefined } : true extends IsBodyOptional<Operations[Name]> ? { readonly body?: BodyOf<Operations[Name]> } : { readonly body: BodyOf<Operations[Name]> });

type IsBodyOptional<Each> = Each extends { readonly bodyOptional: infer Optional } ? Optional : false;

export interface CallOptions {
  /** The same key does the same thing once, however often it is sent. @default a new one for each call that changes something */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

const neverAborted = new AbortController().signal;
/** The longest that the server lets one request wait. */
const longestWaitMs = 25_000;

/** Talks to one server. */
export class HoldfastClient {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #maxRetries: number;
  readonly #fetch: FetchLike;
  readonly #openSocket: OpenSocket;
  readonly #newId: () => string;
  readonly #random: () => number;
  readonly #wait: Wait;

  constructor({ url, token, maxRetries = 3, fetch: fetchLike, openSocket, newId, random, wait }: HoldfastClientOptions) {
    this.#url = url.replace(/\/+$/u, '');
    this.#token = token;
    this.#maxRetries = maxRetries;
    this.#fetch = fetchLike ?? (async (target, request) => fetch(target, request));
    this.#openSocket = openSocket ?? ((target, protocols) => new WebSocket(target, protocols));
    this.#newId = newId ?? (() => crypto.randomUUID());
    this.#random = random ?? Math.random;
    this.#wait = wait ?? waitForReal;
  }

  /**
   * Calls an operation of the server. What may be sent twice is sent again when the server was not there; whatever
   * changes something carries an idempotency key for that.
   *
   * @throws the server's own error with its code, HOLDFAST_CLIENT_UNREACHABLE, HOLDFAST_CLIENT_UNEXPECTED_ANSWER
   */
  async call<Name extends OperationName>(name: Name, input: CallInput<Name>, { idempotencyKey, signal = neverAborted }: CallOptions = {}): Promise<AnswerOf<Operations[Name]>> {
    const operation: Operation = operations[name];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each name has its own of these three, and this serves all names
    const { params = {}, query = {}, body } = input as { readonly params?: Record<string, string>; readonly query?: Record<string, unknown>; readonly body?: unknown };
    const target = this.#url + fillPath(operation.path, params) + searchOf(query);
    const key = operation.method === 'GET' ? undefined : (idempotencyKey ?? this.#newId());
    const request = {
      method: operation.method,
      headers: {
        accept: 'application/json',
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
    };
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      const { value, error, retryAfterMs } = await this.#send(operation, target, request);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was checked against the schema that the type is made of
      if (!error) return value as AnswerOf<Operations[Name]>;
      if (retryAfterMs === undefined || attempt >= this.#maxRetries || signal.aborted) throw error;
      await this.#wait(retryAfterMs + backoffMs(attempt, this.#random), signal);
    }
  }

  /** Runs a cell and waits for its end, however long it takes and whatever becomes of the connection. @throws as `call` */
  async execute(sessionId: string, request: ExecuteBody, options: CallOptions = {}): Promise<ExecutionResult> {
    const executionId = request.executionId ?? this.#newId();
    const body = { waitMs: longestWaitMs, ...request, executionId };
    const answer = await this.call('execute', { params: { sessionId }, body }, options);
    if ('status' in answer) return answer;
    for (;;) {
      const view = await this.call('getExecution', { params: { executionId }, query: { waitMs: longestWaitMs } }, options);
      if (view.state === 'running') continue;
      const { state: _state, startedAt: _startedAt, ...result } = view;
      return result;
    }
  }

  /** Waits until a task has ended or asks something. @throws as `call` */
  async waitForTask(taskId: string, options: CallOptions = {}): Promise<TaskView> {
    let sinceVersion: number | undefined;
    for (;;) {
      const view = await this.call('getTask', { params: { taskId }, query: sinceVersion === undefined ? {} : { waitMs: longestWaitMs, sinceVersion } }, options);
      if (['completed', 'failed', 'cancelled'].includes(view.status) || view.questions.length > 0) return view;
      sinceVersion = view.version;
    }
  }

  /** Everything that happened in a session, then what happens, each message once and in order; ends with its signal. */
  followSession(sessionId: string, options: FollowOptions = {}): AsyncIterable<StreamUpdate> {
    return this.#follow(`/ws/sessions/${encodeURIComponent(sessionId)}`, options);
  }

  /** Everything that happened in a task, then what happens, each message once and in order; ends with the task. */
  followTask(taskId: string, options: FollowOptions = {}): AsyncIterable<StreamUpdate> {
    return this.#follow(`/ws/${encodeURIComponent(taskId)}`, options);
  }

  #follow(path: string, options: FollowOptions): AsyncIterable<StreamUpdate> {
    return followStream({ url: this.#url.replace(/^http/u, 'ws') + path, token: this.#token, openSocket: this.#openSocket, random: this.#random, wait: this.#wait, ...options });
  }

  async #send(operation: Operation, target: string, request: Parameters<FetchLike>[1]): Promise<{ readonly value?: unknown; readonly error?: HoldfastError; readonly retryAfterMs?: number }> {
    let answer: FetchAnswer;
    let text: string;
    try {
      answer = await this.#fetch(target, request);
      text = await answer.text();
    } catch (cause) {
      if (request.signal?.aborted === true) throw cause;
      return { error: clientError('HOLDFAST_CLIENT_UNREACHABLE', `Cannot reach the server at ${this.#url}`, { cause }), retryAfterMs: 0 };
    }
    const schema = operation.answers[answer.status];
    const json = text === '' ? null : parseJson(text);
    if (schema === null) return { value: null };
    const parsed = schema?.safeParse(json);
    if (parsed?.success === true) return { value: parsed.data };
    const told = problem.safeParse(json);
    if (!told.success) return { error: clientError('HOLDFAST_CLIENT_UNEXPECTED_ANSWER', `Cannot understand what ${this.#url} answers to ${operation.method} ${operation.path} with status ${answer.status}`) };
    const mayComeAgain = answer.status === 429 || answer.status === 503;
    return { error: errorOf(told.data), ...(mayComeAgain && told.data.retriable && { retryAfterMs: Number(answer.headers.get('retry-after') ?? 1) * 1000 }) };
  }
}

function searchOf(query: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString()}`;
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonValue(value) ? value : undefined;
  } catch {
    return undefined; // no server of ours says that
  }
}

/** The server's error, under the code that it has there. */
function errorOf({ type, detail: message, retriable, hint, data }: { readonly type: string; readonly detail: string; readonly retriable: boolean; readonly hint?: string | undefined; readonly data?: Record<string, unknown> | undefined }): HoldfastError {
  return fromWireError({ code: type.replace(/^.*#/u, '').toUpperCase(), message, retriable, ...(hint !== undefined && { hint }), ...(data !== undefined && { data }) });
}
