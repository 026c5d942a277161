import type { ExecutionResult } from '@holdfast/orchestrator';
import { completion, type Completion } from '@holdfast/protocol';
import { z } from 'zod';
import type { HttpClient } from './http-client.ts';

const created = z.object({ sessionId: z.string() });
const accepted = z.object({ executionId: z.string() });
const running = z.object({ state: z.literal('running') });
// The server is of this very package's version, so its result is taken as it comes.
const ended = z.looseObject({ state: z.literal('ended'), startedAt: z.string() });
const listing = z.object({ names: z.array(z.object({ name: z.string(), kind: z.string(), type: z.string(), preview: z.string() })) });
/** The longest that the server lets one request wait. */
const waitMs = 25_000;

export interface CellRequest {
  readonly executionId: string;
  readonly code: string;
  readonly language?: 'typescript' | 'javascript' | undefined;
  readonly filename?: string;
  readonly timeoutMs?: number | undefined;
  readonly durable?: 'auto' | 'always' | 'never' | undefined;
}

/** One session of a server. */
export class SessionClient {
  readonly id: string;
  readonly #client: HttpClient;
  readonly #path: string;

  constructor(client: HttpClient, id: string) {
    this.id = id;
    this.#client = client;
    this.#path = `/sessions/${encodeURIComponent(id)}`;
  }

  /** A new session whose code starts in the working directory of this process. */
  static async create(client: HttpClient): Promise<SessionClient> {
    return new SessionClient(client, (await client.request('POST', '/sessions', created, { directory: process.cwd() })).sessionId);
  }

  /** A session that is there. @throws HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND */
  static async get(client: HttpClient, id: string): Promise<SessionClient> {
    const session = new SessionClient(client, id);
    await client.request('GET', session.#path, z.unknown());
    return session;
  }

  /** Runs a cell and waits for its end, however long it takes. */
  async run(request: CellRequest): Promise<ExecutionResult> {
    await this.#client.request('POST', `${this.#path}/execute`, accepted, { ...request, waitMs: 0 });
    for (;;) {
      const view = await this.#client.request('GET', `/executions/${request.executionId}?waitMs=${waitMs}`, z.union([running, ended]));
      if (view.state === 'running') continue;
      const { state: _state, startedAt: _startedAt, ...result } = view;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is left of the answer is the result
      return result as unknown as ExecutionResult;
    }
  }

  async cancel(executionId: string): Promise<void> {
    await this.#client.request('POST', `${this.#path}/cancel`, z.unknown(), { executionId });
  }

  /** Answers a question of a cell; null is no answer. */
  async answer(promiseId: string, value: string | null): Promise<void> {
    await this.#client.request('POST', `/promises/${encodeURIComponent(promiseId)}/resolve`, z.unknown(), { value });
  }

  /** Says why a question of a cell has no answer. */
  async refuseToAnswer(promiseId: string, message: string): Promise<void> {
    await this.#client.request('POST', `/promises/${encodeURIComponent(promiseId)}/reject`, z.unknown(), { error: { name: 'NoInput', message } });
  }

  /** The names that code of the session made. */
  async listNames(): Promise<z.output<typeof listing>['names']> {
    return (await this.#client.request('GET', `${this.#path}/namespace`, listing)).names;
  }

  /** How code may go on at its end. */
  async complete(code: string): Promise<Completion> {
    return this.#client.request('POST', `${this.#path}/complete`, completion, { code });
  }

  async close(): Promise<void> {
    await this.#client.request('DELETE', this.#path, z.unknown());
  }
}
