import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { openPromises, servePromises, type Promises, type PromisesEvent } from '@holdfast/promises/durable';
import { expect, test } from 'vitest';
import { freshPath } from './folder.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

test('a wrong token is refused at once, and said to be that', async () => {
  await using server = await servePromises({ path: ':memory:', token: 'secret' });

  await expect(openPromises({ mode: 'remote', url: server.url, token: 'wrong' })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_UNAUTHORIZED' });
  await expect(openPromises({ mode: 'remote', url: server.url })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_UNAUTHORIZED' });
});

test('a server that is not there is said to be that', async () => {
  const gone = await servePromises({ path: ':memory:' });
  await gone.close();

  await expect(openPromises({ mode: 'remote', url: gone.url })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_UNAVAILABLE', retriable: true });
});

test('an address that others can reach needs a token', async () => {
  await expect(servePromises({ path: ':memory:', host: '0.0.0.0' })).rejects.toThrow(TypeError);
});

test.each([
  ['POST', '/', '{"kind":"reboot"}', 400],
  ['POST', '/', 'no json', 400],
  ['PUT', '/', '{}', 405],
])('%s %s of %s is answered with %i', async (method, path, body, status) => {
  await using server = await servePromises({ path: ':memory:' });

  // oxlint-disable-next-line unicorn/no-invalid-fetch-options -- the methods are POST and PUT
  const request = new Request(`${server.url}${path}`, { method, body });
  const answer = await fetch(request);

  expect(answer.status).toBe(status);
});

/** A server in between that answers some requests itself. */
async function between(url: string, disturb: (kind: string, data: unknown) => { status: number; data: unknown } | undefined): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => void relay(request, response));

  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': connected\n\n');
      return;
    }
    const { kind, head, data } = JSON.parse(body);
    const own = disturb(kind, data);
    if (own) {
      response.writeHead(own.status, { 'content-type': 'application/json' }).end(JSON.stringify({ kind, head: { ...head, status: own.status }, data: own.data }));
      return;
    }
    const answer = await fetch(url, { method: 'POST', body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}

test.each([
  ['search', 'promise.search', () => true],
  ['child-ids', 'task.fence', () => true],
  ['timers', 'promise.create', (data: unknown) => JSON.stringify(data).includes('resonate:timer')],
  ['tasks', 'task.heartbeat', () => true],
  ['listeners', 'promise.register_listener', () => true],
  ['suspending', 'task.suspend', () => true],
  ['suspending', 'promise.settle', (data: unknown) => JSON.stringify(data).includes('resolved')],
  ['suspending', 'task.acquire', () => true],
] as const)('a server that fails the check "%s" is refused by its name', async (check, disturbed, applies) => {
  await using real = await servePromises({ path: ':memory:' });
  const { server, url } = await between(real.url, (kind, data) => (kind === disturbed && applies(data) ? { status: 422, data: 'not here' } : undefined));

  await expect(openPromises({ mode: 'remote', url })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_INCOMPATIBLE', data: { check } });
  server.closeAllConnections();
  server.close();
});

test('a run goes on when its server is started anew', async () => {
  const path = await freshPath();
  const first = await servePromises({ path });
  const port = Number(new URL(first.url).port);
  const events: PromisesEvent[] = [];
  await using promises = await openPromises({ mode: 'remote', url: first.url, leaseMs: 500, onEvent: (event) => events.push(event) });
  const asks = promises.define('asks', async (context) => context.external({ kind: 'input' }));
  const run = await promises.start(asks, 'a', undefined);
  await expect.poll(async () => (await promises.external.pending()).length).toBe(1);

  await first.close();
  await expect(promises.external.pending()).rejects.toEqual(code('HOLDFAST_PROMISES_UNAVAILABLE'));
  await using second = await servePromises({ path, port });
  await expect.poll(async () => promises.external.resolve('a:0', 'yes').catch(() => false), { timeout: 10_000 }).toBe(true);

  expect(second.url).toBe(first.url);
  expect(await run.result()).toBe('yes');
});

test('another process of the group goes on when one is gone', async () => {
  await using server = await servePromises({ path: ':memory:' });
  const done: string[] = [];
  const define = (promises: Promises, name: string) =>
    promises.define('relay', async (context) => {
      await context.step('first', () => done.push(`first by ${name}`));
      await context.external({ kind: 'baton' });
      await context.step('second', () => done.push(`second by ${name}`));
    });
  const one = await openPromises({ mode: 'remote', url: server.url, leaseMs: 300 });
  await one.start(define(one, 'one'), 'relay', undefined);
  await expect.poll(async () => (await one.external.pending()).length).toBe(1);
  await one.close();

  await using two = await openPromises({ mode: 'remote', url: server.url, leaseMs: 300 });
  define(two, 'two');
  await two.external.resolve('relay:1', null);
  await two.result('relay');

  expect(done).toEqual(['first by one', 'second by two']);
});
