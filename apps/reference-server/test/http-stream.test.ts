import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holdfast } from '../src/compose.ts';
import type { Message } from './follower.ts';
import { Api, startInMemory, token } from './running-holdfast.ts';

let holdfast: Holdfast;
let api: Api;
beforeAll(async () => {
  holdfast = await startInMemory();
  api = new Api(holdfast.server.url);
});
afterAll(async () => holdfast.close());

async function open(path: string, headers: Record<string, string>): Promise<Response> {
  return fetch(holdfast.server.url + path, { headers: { authorization: `Bearer ${token}`, ...headers } });
}

/** The lines of a body as they come, until one makes it enough. */
async function linesUntil(response: Response, isEnough: (line: string) => boolean): Promise<string[]> {
  const lines: string[] = [];
  let rest = '';
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts.filter((part) => part !== '')) {
      lines.push(line);
      if (isEnough(line)) return lines;
    }
  }
  return lines;
}

const versionsOf = (messages: readonly Message[]): number[] => messages.map(({ version }) => version);

describe('the events of a session', () => {
  test('SRV-38 as a page, after a version, and as lines', async () => {
    const session = await api.createSession();
    await api.execute(session, 'console.log("one")');

    const all = (await api.request('GET', `/sessions/${session}/events`)).body.events as Message[];
    expect(all.map(({ type }) => type)).toEqual(['SESSION_CREATED', 'EXECUTION_STARTED', 'EXECUTION_OUTPUT', 'EXECUTION_ENDED']);
    expect(versionsOf(all)).toEqual([1, 2, 3, 4]);
    expect(versionsOf((await api.request('GET', `/sessions/${session}/events?afterVersion=1&limit=2`)).body.events)).toEqual([2, 3]);

    const lines = await open(`/sessions/${session}/events?afterVersion=2`, { accept: 'application/x-ndjson' });
    expect(lines.headers.get('content-type')).toMatch(/^application\/x-ndjson/u);
    expect((await lines.text()).trimEnd().split('\n').map((line) => JSON.parse(line))).toEqual(all.slice(2));
  });

  test('SRV-39 as NDJSON that goes on, without a gap or a duplicate', async () => {
    const session = await api.createSession();
    const response = await open(`/sessions/${session}/events?follow=true`, { accept: 'application/x-ndjson' });

    const reading = linesUntil(response, (line) => line.includes('EXECUTION_ENDED'));
    await api.execute(session, 'for (let line = 0; line < 50; line += 1) console.log(line)');
    const messages = (await reading).map((line) => JSON.parse(line) as Message);

    expect(versionsOf(messages)).toEqual(messages.map((_, index) => index + 1));
    expect(messages.at(-1)?.type).toBe('EXECUTION_ENDED');
  });

  test('SRV-39 as server-sent events that resume after Last-Event-ID', async () => {
    const session = await api.createSession();
    await api.execute(session, 'console.log("before")');

    const response = await open(`/sessions/${session}/events`, { accept: 'text/event-stream', 'last-event-id': '2' });
    const lines = await linesUntil(response, (line) => line.startsWith('data:') && line.includes('EXECUTION_ENDED'));

    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(lines.filter((line) => line.startsWith('id: '))).toEqual(['id: 3', 'id: 4']);
    expect(lines[0]).toBe('retry: 1000');
  });

  test.each(['text/event-stream', 'application/x-ndjson'])('as %s from a version that has not happened is 409, and its head alone ends', async (accept) => {
    const session = await api.createSession();
    const path = `/sessions/${session}/events?follow=true`;

    expect(await api.send('GET', path, { headers: { accept, 'last-event-id': '9999' } })).toMatchObject({ status: 409, body: { code: 'unknown_version', hint: expect.stringContaining('version 0') } });
    const head = await api.send('HEAD', path, { headers: { accept, 'last-event-id': '1' } });
    expect({ status: head.status, type: head.headers.get('content-type'), body: head.body }).toEqual({ status: 200, type: accept, body: undefined });
    expect((await api.send('HEAD', path, { headers: { accept, 'last-event-id': '9999' } })).status).toBe(409);
  });

  test.each([
    ['?afterVersion=-1', 400],
    ['?afterVersion=soon', 400],
    ['?limit=0', 400],
    ['?until=yesterday', 400],
    ['?colour=blue', 400],
  ])('%s is refused', async (query, status) => {
    const session = await api.createSession();

    expect(await api.request('GET', `/sessions/${session}/events${query}`)).toMatchObject({ status, body: { code: expect.any(String) } });
    await api.request('DELETE', `/sessions/${session}`);
  });
});

describe('the same request twice', () => {
  test('one key creates one session, runs one cell, and says that the answer is the first one', async () => {
    const key = { 'content-type': 'application/json', 'idempotency-key': 'the-same' };
    const [first, second] = await Promise.all([api.send('POST', '/sessions', { body: '{}', headers: key }), api.send('POST', '/sessions', { body: '{}', headers: key })]);
    expect(second.body.sessionId).toBe(first.body.sessionId);
    expect([first, second].filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(1);

    const run = async () => api.send('POST', `/sessions/${first.body.sessionId}/execute`, { body: '{"code":"globalThis.runs = (globalThis.runs ?? 0) + 1"}', headers: key });
    expect([(await run()).body.value, (await run()).body.value]).toEqual([1, 1]);
    expect((await api.execute(first.body.sessionId, 'runs')).body.value).toBe(1);
  });

  test('the key with another request is refused', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'another' };
    await api.send('POST', '/sessions', { body: '{}', headers });

    expect(await api.send('POST', '/sessions', { body: '{"language":"javascript"}', headers })).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    expect(await api.send('POST', '/sessions', { body: '{}', headers: { ...headers, 'idempotency-key': 'no spaces' } })).toMatchObject({ status: 400 });
  });
});

test('SRV-53 metrics, readiness, liveness and the OpenAPI document are there', async () => {
  await api.createSession();

  const metrics = await open('/metrics', {});
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await metrics.text()).toMatch(/^holdfast_http_requests_total\{operation="createSession",status="201"\} \d+$/mu);
  expect(await api.request('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  expect(await api.request('GET', '/livez')).toMatchObject({ status: 200, body: { status: 'alive' } });
  expect((await api.request('GET', '/openapi.json')).body.openapi).toBe('3.1.1');
});

test('a request has an id: its own where it brings one', async () => {
  const named = await api.send('GET', '/sessions/none', { headers: { 'x-request-id': 'mine-1' } });
  expect(named).toMatchObject({ status: 404, body: { requestId: 'mine-1' } });
  expect(named.headers.get('x-request-id')).toBe('mine-1');
  expect((await api.send('GET', '/sessions', { headers: { 'x-request-id': 'not one' } })).headers.get('x-request-id')).toMatch(/^[\w-]{8,}-[0-9a-z]+$/u);
});
