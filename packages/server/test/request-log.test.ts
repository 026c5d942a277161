import { expect, test } from 'vitest';
import { Guard } from '../src/auth/guard.ts';
import { createApp } from '../src/http/app.ts';
import { Limits } from '../src/http/limits.ts';
import { answer, Router } from '../src/http/route.ts';
import { PrometheusMetrics } from '../src/observability/prometheus.ts';

type Record = Readonly<globalThis.Record<string, unknown>>;

function startApp() {
  const lines: Record[] = [];
  const audited: object[] = [];
  const write = (record: object, message: string): void => void lines.push({ ...record, message });
  const metrics = new PrometheusMetrics();
  const app = createApp({
    guard: new Guard({ token: 'the-secret-token', allowedHosts: ['localhost'], allowedOrigins: [] }),
    limits: new Limits(),
    metrics,
    log: { info: write, warn: write, error: write },
    maxBodyBytes: 1000,
    draining: new AbortController().signal,
    onFault: () => undefined,
  });
  const router = new Router(app, (record) => void audited.push(record));
  router.serve('resolvePromise', async ({ params }) => answer(200, { promiseId: params.promiseId, state: 'resolved' }));
  router.serve('listPromises', async () => answer(200, { promises: [] }));
  router.serve('getLiveness', async () => answer(200, { status: 'alive' }));
  const send = async (method: 'GET' | 'POST', url: string, headers: globalThis.Record<string, string> = {}) => app.inject({ method, url, headers: { authorization: 'Bearer the-secret-token', ...headers }, ...(method === 'POST' && { payload: { value: 'a secret answer' } }) });
  return { lines, audited, metrics, send };
}

test('SRV-73 a change is one line with who made it and to what, and an audit record; neither has a secret in it', async () => {
  const { lines, audited, send } = startApp();

  const { headers } = await send('POST', '/promises/p/resolve');

  expect(lines).toEqual([{ requestId: headers['x-request-id'], method: 'POST', operation: 'resolvePromise', target: { promiseId: 'p' }, principal: 'owner', status: 200, durationMs: expect.any(Number), message: 'request' }]);
  expect(audited).toEqual([{ at: expect.any(String), principal: 'owner', face: 'rest', action: 'resolvePromise', target: { promiseId: 'p' }, outcome: 200, requestId: headers['x-request-id'] }]);
  expect(JSON.stringify([lines, audited])).not.toContain('secret');
});

test('SRV-73 what is refused is one line, with nobody where nobody was known; what only reads is none', async () => {
  const { lines, send } = startApp();

  await send('GET', '/promises');
  await send('GET', '/livez', { 'idempotency-key': 'on a request that changes nothing' });
  expect(lines).toEqual([]);
  await send('POST', '/promises/p/resolve', { authorization: 'Bearer wrong' });
  expect(lines).toMatchObject([{ principal: null, status: 401 }]);
});

test('each request has an id of its own, or the one that the client gave it', async () => {
  const { send } = startApp();

  const ids = await Promise.all([1, 2, 3].map(async () => (await send('GET', '/promises')).headers['x-request-id']));

  expect(new Set(ids).size).toBe(3);
  expect((await send('GET', '/promises', { 'x-request-id': 'my-own' })).headers['x-request-id']).toBe('my-own');
  expect((await send('GET', '/promises', { 'x-request-id': 'not plain' })).headers['x-request-id']).toMatch(/^[\w-]+$/u);
});

test('requests are counted by operation and status', async () => {
  const { metrics, send } = startApp();

  await send('GET', '/promises');
  await send('GET', '/promises');
  await send('GET', '/nothing');

  expect(metrics.render()).toContain('holdfast_http_requests_total{operation="listPromises",status="200"} 2\n');
  expect(metrics.render()).toContain('holdfast_http_requests_total{operation="unknown",status="404"} 1\n');
});
