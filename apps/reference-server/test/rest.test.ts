import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startServer } from '@holdfast/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holdfast } from '../src/compose.ts';
import { follow } from './follower.ts';
import { Api, startInMemory, token, type Answer } from './running-holdfast.ts';

let holdfast: Holdfast;
let api: Api;
beforeAll(async () => {
  holdfast = await startInMemory({ maxBodyBytes: 4096, maxSessions: 6 });
  api = new Api(holdfast.server.url);
});
afterAll(async () => holdfast.close());

/** The status and code of an answer, which has to be problem details that tell nothing of our insides. */
function problemIn({ status, headers, body }: Answer): string {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/u);
  expect(body).toMatchObject({ status, type: expect.stringMatching(/#holdfast_[a-z_]+$/u), title: expect.any(String), detail: expect.any(String), hint: expect.any(String) });
  expect(JSON.stringify(body)).not.toMatch(/\bat .*\.ts:\d|node_modules|"stack"/u);
  return `${status} ${body.code}`;
}

describe('sessions and executions', () => {
  test('a session is created, listed, read, and closed', async () => {
    const { status, body } = await api.request('POST', '/sessions', { language: 'typescript' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ sessionId: expect.any(String), state: 'ready', language: 'typescript', isolation: 'process', pid: expect.any(Number) });

    expect((await api.request('GET', '/sessions')).body.sessions).toContainEqual(body);
    expect((await api.request('GET', `/sessions/${body.sessionId}`)).body).toEqual(body);
    expect(await api.request('DELETE', `/sessions/${body.sessionId}`)).toMatchObject({ status: 204, body: undefined });
    expect(problemIn(await api.request('GET', `/sessions/${body.sessionId}`))).toBe('404 session_not_found');
  });

  test('SRV-11 what an object always has is null where there is no value yet, and never left out', async () => {
    const session = await api.createSession();
    expect(Object.entries((await api.request('GET', `/sessions/${session}`)).body)).toContainEqual(['runningExecutionId', null]);

    await api.execute(session, 'for (;;) {}', { executionId: 'endless', waitMs: 0 });
    const { executions } = (await api.request('GET', `/sessions/${session}/executions`)).body;
    expect(executions).toEqual([{ executionId: 'endless', startedAt: expect.any(String), state: 'running', status: null }]);
    await api.request('DELETE', `/sessions/${session}`);
  });

  test('a TypeScript cell with await answers its value, and the next cell has its variables', async () => {
    const session = await api.createSession();

    expect(await api.execute(session, 'const total: number = await Promise.resolve(40); console.log("summed"); total')).toMatchObject({
      status: 200,
      body: { sessionId: session, status: 'ok', mode: 'top_level_await', value: 40, repr: '40', stdout: 'summed\n', stderr: '' },
    });
    expect((await api.execute(session, 'total + 2')).body).toMatchObject({ status: 'ok', value: 42 });
    expect((await api.request('GET', `/sessions/${session}/namespace`)).body).toMatchObject({ names: [{ name: 'total', type: 'number', preview: '40' }] });
    await api.request('DELETE', `/sessions/${session}`);
  });

  test('what a cell throws is its result, with the place in its own source', async () => {
    const session = await api.createSession();

    const { status, body } = await api.execute(session, 'interface Shape { side: number }\nconst shape: Shape = { side: 1 };\n  throw new TypeError(`side ${shape.side}`);');

    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'error', error: { name: 'TypeError', message: 'side 1', span: { line: 3, column: 9 } } });
    expect((await api.execute(session, 'let x = ;')).body).toMatchObject({ status: 'error', error: { name: 'SyntaxError', span: { line: 1, column: 9 } } });
    await api.request('DELETE', `/sessions/${session}`);
  });

  test('waitMs answers 202 while the cell runs, and the execution can be waited for', async () => {
    const session = await api.createSession();

    const accepted = await api.execute(session, 'await new Promise((resolve) => setTimeout(resolve, 50, 5))', { waitMs: 0 });
    expect(accepted).toMatchObject({ status: 202, body: { executionId: expect.any(String), state: 'running' } });

    const ended = await api.request('GET', `/executions/${accepted.body.executionId}?waitMs=25000`);
    expect(ended).toMatchObject({ status: 200, body: { state: 'ended', executionId: accepted.body.executionId, sessionId: session, status: 'ok', value: 5 } });
    expect((await api.request('GET', `/sessions/${session}/executions`)).body.executions).toMatchObject([{ executionId: accepted.body.executionId, state: 'ended', status: 'ok' }]);
    await api.request('DELETE', `/sessions/${session}`);
  });

  test('a busy session refuses a second cell and does not disturb the first; cancel stops a loop and keeps the variables', async () => {
    const session = await api.createSession();
    await api.execute(session, 'const kept = { n: 42 }');
    const { body: running } = await api.execute(session, 'console.log("looping"); for (;;) {}', { waitMs: 0 });
    const follower = follow(holdfast.server.url, session);
    await follower.untilType('EXECUTION_OUTPUT');
    follower.socket.close();

    const refused = await api.execute(session, '1');
    expect(problemIn(refused)).toBe('409 session_busy');
    expect(refused.body).toMatchObject({ retriable: true, data: { runningExecutionId: running.executionId } });
    expect((await api.request('GET', `/executions/${running.executionId}`)).body).toMatchObject({ state: 'running' });

    const cancel = `/sessions/${session}/cancel`;
    expect(await api.request('POST', cancel, { executionId: 'another' })).toMatchObject({ status: 200, body: { cancelled: false } });
    expect(await api.request('POST', cancel, { executionId: running.executionId })).toMatchObject({ status: 200, body: { cancelled: true } });
    expect(await api.request('POST', cancel)).toMatchObject({ status: 200, body: { cancelled: false } });
    expect((await api.request('GET', `/executions/${running.executionId}?waitMs=25000`)).body).toMatchObject({
      status: 'cancelled',
      cancelled: { by: 'user', step: 'terminate', namespaceKept: true },
    });
    expect((await api.execute(session, 'kept.n')).body).toMatchObject({ value: 42 });
    await api.request('DELETE', `/sessions/${session}`);
  });

  test('SRV-09 an id with special characters comes back from a URL as it was', async () => {
    const id = 'a/b c?d#e%f&ü😀';
    expect(await api.createSession(id)).toBe(id);

    expect((await api.execute(id, '1 + 1')).body).toMatchObject({ sessionId: id, value: 2 });
    expect(await api.request('DELETE', `/sessions/${encodeURIComponent(id)}`)).toMatchObject({ status: 204 });
  });
});

describe('SRV-32 what cannot be accepted is refused as problem details', () => {
  test.each([
    ['a body that is not JSON', 400, 'validation', 'POST', '/sessions', '{"language":'],
    ['an unknown field', 400, 'validation', 'POST', '/sessions', '{"langauge":"typescript"}'],
    ['a field of the wrong type', 400, 'validation', 'POST', '/sessions', '{"sessionId":7}'],
    ['a body that is a list', 400, 'validation', 'POST', '/sessions', '[]'],
    ['no body where one is needed', 400, 'validation', 'POST', '/sessions/none/execute', ''],
    ['a folder that is none', 400, 'validation', 'POST', '/sessions', '{"directory":"/no/such/folder"}'],
    ['a query that is no number', 400, 'validation', 'GET', '/executions/none?waitMs=soon', undefined],
    ['a path that is not encoded', 400, 'validation', 'GET', '/sessions/%zz', undefined],
    ['a path with an endless id', 400, 'validation', 'GET', `/sessions/${'x'.repeat(5000)}`, undefined],
    ['SRV-10 an id of 1000 characters', 400, 'validation', 'POST', '/sessions', JSON.stringify({ sessionId: 'x'.repeat(1000) })],
    ['an unknown session', 404, 'session_not_found', 'GET', '/sessions/none', undefined],
    ['an unknown session to run in', 404, 'session_not_found', 'POST', '/sessions/none/execute', '{"code":"1"}'],
    ['an unknown execution', 404, 'execution_not_found', 'GET', '/executions/none', undefined],
    ['an unknown path', 404, 'not_found', 'GET', '/nothing', undefined],
    ['a method that a path has not', 404, 'not_found', 'PUT', '/sessions', '{}'],
    ['an answer to no promise', 409, 'promise_not_pending', 'POST', '/promises/none/resolve', '{"value":1}'],
    ['a body that is too large', 413, 'body_too_large', 'POST', '/sessions/none/execute', JSON.stringify({ code: 'x'.repeat(5000) })],
  ])('%s: %i %s', async (_what, status, code, method, path, body) => {
    expect(problemIn(await api.send(method, path, body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }))).toBe(`${status} ${code}`);
  });

  test('a body that is too large is told the limit, and another way than a setting', async () => {
    const { body } = await api.execute('none', 'x'.repeat(5000));

    expect(body).toMatchObject({ detail: 'Cannot accept request: its body is larger than 4096 bytes', hint: 'Send less at once: split the program, or have it read its data from a file' });
  });

  test('a body of another media type: 415', async () => {
    expect(problemIn(await api.send('POST', '/sessions', { body: 'language=typescript' }))).toBe('415 unsupported_media_type');
  });

  test('an id twice: 409; one session too many: 503 with Retry-After', async () => {
    const ids = ['one', 'two', 'three', 'four', 'five', 'six'];
    for (const id of ids) await api.createSession(id);

    const tooMany = await api.request('POST', '/sessions', {});
    expect(problemIn(tooMany)).toBe('503 too_many_sessions');
    expect(tooMany.headers.get('retry-after')).toBe('1');

    await api.request('DELETE', '/sessions/six');
    expect(problemIn(await api.request('POST', '/sessions', { sessionId: 'one' }))).toBe('409 session_exists');
    await api.execute('one', '1', { executionId: 'the-first' });
    expect(problemIn(await api.execute('two', '1', { executionId: 'the-first' }))).toBe('409 execution_exists');
    for (const id of ids.slice(0, 5)) await api.request('DELETE', `/sessions/${id}`);
  });

  test('bytes that are no HTTP: 400, and the server lives on', async () => {
    const socket = connect(holdfast.server.port, '127.0.0.1', () => socket.write('\u0000\u0001 garbage\r\n\r\n'));

    const answer = await text(socket);

    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/u);
    expect(answer).toContain('"code":"validation"');
    expect((await api.request('GET', '/health')).status).toBe(200);
  });
});

describe('SRV-73 who may make requests', () => {
  test('a request without a token, or with a wrong one, is refused: 401', async () => {
    for (const presented of [null, 'wrong', '']) {
      const answer = await new Api(holdfast.server.url, presented ?? undefined).send('GET', '/sessions', { headers: { authorization: presented === null ? '' : `Bearer ${presented}` } });
      expect(problemIn(answer)).toBe('401 unauthorized');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="holdfast"');
    }
  });

  test('SRV-41 /health answers 200 without a token', async () => {
    const { status, body } = await new Api(holdfast.server.url).send('GET', '/health', { headers: { authorization: '' } });

    expect({ status, body }).toMatchObject({ status: 200, body: { status: 'ok', checks: { store: 'ok', service: 'ok' } } });
  });

  test('another host name is refused: 403, whatever the token', async () => {
    expect(await withHost('evil.example')).toMatchObject({ status: 403, body: { code: 'forbidden_host' } });
    expect(await withHost(`localhost:${holdfast.server.port}`)).toMatchObject({ status: 200 });
  });

  test('a page of another origin is refused: 403; one of this server is not', async () => {
    expect(problemIn(await api.send('GET', '/sessions', { headers: { origin: 'https://evil.example' } }))).toBe('403 forbidden_origin');
    expect((await api.send('GET', '/sessions', { headers: { origin: holdfast.server.url } })).status).toBe(200);
  });
});

test('an address but loopback needs a token', async () => {
  const { service } = holdfast;

  await expect(startServer(service, { host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'HOLDFAST_SERVER_TOKEN_REQUIRED' });
});

/** Asks under another host name, which fetch does not let one do. */
async function withHost(host: string): Promise<{ status: number | undefined; body: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: unknown }>();
  request(`${holdfast.server.url}/sessions`, { headers: { host, authorization: `Bearer ${token}` } }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode, body: JSON.parse(body) }), reject);
  }).end();
  return promise;
}
