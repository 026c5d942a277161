import { HoldfastClient, type FetchAnswer, type FetchRequest } from '@holdfast/client';
import { expect, test } from 'vitest';

const session = { sessionId: 's', state: 'ready', language: 'typescript', isolation: 'process', createdAt: '2026-01-01T00:00:00.000Z', pid: 1, runningExecutionId: null, executions: 0 };
const unavailable = { type: 'https://errors.test/#holdfast_server_overloaded', title: 'Unavailable', status: 503, detail: 'Cannot take request', code: 'overloaded', retriable: true };

/** A server that gives these answers, one after the other; an error is no answer. */
class Answers {
  readonly requests: { readonly url: string; readonly request: FetchRequest }[] = [];
  readonly #answers: readonly (Error | { readonly status: number; readonly body?: unknown; readonly retryAfter?: string })[];

  constructor(...answers: readonly (Error | { readonly status: number; readonly body?: unknown; readonly retryAfter?: string })[]) {
    this.#answers = answers;
  }

  readonly fetch = async (url: string, request: FetchRequest): Promise<FetchAnswer> => {
    const answer = this.#answers[this.requests.length] ?? new Error('no more answers');
    this.requests.push({ url, request });
    if (answer instanceof Error) throw answer;
    const { status, body, retryAfter } = answer;
    return { ok: status < 400, status, headers: { get: (name) => (name === 'retry-after' ? (retryAfter ?? null) : null) }, text: async () => (body === undefined ? '' : JSON.stringify(body)) };
  };
}

function clientOf({ fetch }: Answers, waited: number[] = []): HoldfastClient {
  let ids = 0;
  return new HoldfastClient({ url: 'http://server.test', token: 't', fetch, newId: () => `id-${(ids += 1)}`, random: () => 0, wait: async (milliseconds) => void waited.push(milliseconds) });
}

test('a call fills its path, sends its token, and gives the answer checked', async () => {
  const answers = new Answers({ status: 200, body: { ...session, more: 'of a later version' } });

  expect(await clientOf(answers).call('getSession', { params: { sessionId: 'a b/c' } })).toEqual(session);
  expect(answers.requests[0]).toMatchObject({ url: 'http://server.test/sessions/a%20b%2Fc', request: { method: 'GET', headers: { authorization: 'Bearer t' } } });
  expect(answers.requests[0]?.request.headers).not.toHaveProperty('idempotency-key');
});

test('what changes something is sent again under the same key, after as long as the server says', async () => {
  const answers = new Answers(new Error('connection reset'), { status: 503, body: unavailable, retryAfter: '2' }, { status: 201, body: session });
  const waited: number[] = [];

  expect(await clientOf(answers, waited).call('createSession', {})).toEqual(session);
  expect(new Set(answers.requests.map(({ request }) => request.headers['idempotency-key']))).toEqual(new Set(['id-1']));
  expect(waited).toEqual([0, 2000]);
});

test('a server that stays away is an error, not an endless loop', async () => {
  const answers = new Answers(...Array.from({ length: 9 }, () => new Error('refused')));

  await expect(clientOf(answers).call('listSessions', {})).rejects.toMatchObject({ code: 'HOLDFAST_CLIENT_UNREACHABLE', retriable: true });
  expect(answers.requests).toHaveLength(4);
});

test("the server's error comes with its code and its data, and is not tried again", async () => {
  const busy = { ...unavailable, type: 'https://errors.test/#holdfast_orchestrator_session_busy', status: 409, code: 'session_busy', detail: 'Cannot run', data: { sessionId: 's' } };
  const answers = new Answers({ status: 409, body: busy });

  await expect(clientOf(answers).call('execute', { params: { sessionId: 's' }, body: { code: '1' } })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_SESSION_BUSY', message: 'Cannot run', data: { sessionId: 's' } });
  expect(answers.requests).toHaveLength(1);
});

test.each([
  ['no JSON at all', 'no JSON at all'],
  ['another shape', { hello: 'world' }],
  ['nothing', undefined],
])('an answer that is %s is an error of its own', async (_what, body) => {
  await expect(clientOf(new Answers({ status: 200, body })).call('listSessions', {})).rejects.toMatchObject({ code: 'HOLDFAST_CLIENT_UNEXPECTED_ANSWER' });
});

test('an aborted call rejects with its reason', async () => {
  const answers = new Answers({ status: 200, body: { sessions: [] } });

  await expect(clientOf(answers).call('listSessions', {}, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  expect(answers.requests).toEqual([]);
});

test('execute waits on until the cell has ended', async () => {
  const result = { executionId: 'e', sessionId: 's', status: 'ok', mode: 'simple_sync', value: 2, repr: '2', stdout: '', stderr: '', executionTimeMs: 1, queuedTimeMs: 0 };
  const running = { state: 'running', executionId: 'e', sessionId: 's', startedAt: '2026-01-01T00:00:00.000Z' };
  const answers = new Answers({ status: 202, body: { executionId: 'e', state: 'running' } }, { status: 200, body: running }, { status: 200, body: { ...running, ...result, state: 'ended' } });

  expect(await clientOf(answers).execute('s', { code: '1 + 1' })).toEqual(result);
  expect(answers.requests.at(-1)?.url).toBe('http://server.test/executions/id-1?waitMs=25000');
});
