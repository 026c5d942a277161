import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Holdfast } from '../src/compose.ts';
import { Follower, follow, type Message } from './follower.ts';
import { Api, startInMemory, token } from './running-holdfast.ts';

let holdfast: Holdfast;
let api: Api;
let url: string;
beforeAll(async () => {
  holdfast = await startInMemory();
  url = holdfast.server.url;
  api = new Api(url);
});
afterAll(async () => holdfast.close());

function versions({ messages }: Follower): number[] {
  return messages.map(({ version }) => version);
}

function oneTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

const isEndOf =
  (executionId: string) =>
  ({ type, data }: Message): boolean =>
    type === 'EXECUTION_ENDED' && data['executionId'] === executionId;

test('SRV-38 SRV-39 a client that comes late gets the history and then what happens, without a gap or a duplicate', async () => {
  const session = await api.createSession();
  await api.execute(session, 'console.log("before")');
  const { body } = await api.execute(session, 'for (let line = 0; line < 200; line += 1) { console.log(line); await new Promise((go) => setImmediate(go)) }', { waitMs: 0 });

  const fromStart = follow(url, session);
  await fromStart.until(({ version }) => version >= 6); // in the middle of the second cell
  const fromThree = follow(url, session, { from: 3 });
  const ends = await Promise.all([fromStart, fromThree].map(async (follower) => follower.until(isEndOf(body.executionId))));

  expect(ends[0]).toEqual(ends[1]);
  const last = ends[0]?.version ?? 0;
  expect(versions(fromStart)).toEqual(oneTo(last));
  expect(versions(fromThree)).toEqual(oneTo(last, 4));
  const sequences = fromStart.messages.map(({ sequence }) => sequence);
  expect(sequences.every((sequence, index) => index === 0 || sequence > (sequences[index - 1] ?? 0))).toBe(true);
  const written = fromStart.messages.filter(({ type, data }) => type === 'EXECUTION_OUTPUT' && data['executionId'] === body.executionId);
  expect(written.map(({ data }) => data['text']).join('')).toBe(Array.from({ length: 200 }, (_, line) => `${line}\n`).join(''));
  for (const { socket } of [fromStart, fromThree]) socket.close();
});

test('SRV-12 SRV-13 SRV-16 every client of a session is told, and one that leaves disturbs no other', async () => {
  const session = await api.createSession();
  const followers = [follow(url, session), follow(url, session), follow(url, session)];
  const leaving = follow(url, session);
  await leaving.untilType('SESSION_CREATED');
  leaving.socket.close();
  await leaving.closed.promise;

  const { body } = await api.execute(session, 'console.log("for all")');
  await Promise.all(followers.map(async (follower) => follower.until(isEndOf(body.executionId))));

  for (const follower of followers) {
    expect(follower.messages.map(({ type }) => type)).toEqual(['SESSION_CREATED', 'EXECUTION_STARTED', 'EXECUTION_OUTPUT', 'EXECUTION_ENDED']);
    follower.socket.close();
  }
});

test('a large history reaches a client whole', async () => {
  const session = await api.createSession();
  await api.execute(session, 'for (let line = 0; line < 200; line += 1) console.log("x".repeat(40_000))');

  const follower = follow(url, session);
  const { version } = await follower.untilType('EXECUTION_ENDED');

  expect(versions(follower)).toEqual(oneTo(version));
  expect(follower.messages.reduce((sum, { type, data }) => sum + (type === 'EXECUTION_OUTPUT' ? String(data['text']).length : 0), 0)).toBe(200 * 40_001);
  follower.socket.close();
});

test('SRV-73 the token comes by header or by subprotocol; without one the connection closes with 4401', async () => {
  const session = await api.createSession();
  const byProtocol = follow(url, session, { headers: {}, protocols: ['holdfast.v1', `holdfast.token.${Buffer.from(token).toString('base64url')}`] });
  await byProtocol.untilType('SESSION_CREATED');
  expect(byProtocol.socket.protocol).toBe('holdfast.v1');
  byProtocol.socket.close();

  const without = follow(url, session, { headers: {} });
  const wrong = follow(url, session, { headers: { authorization: 'Bearer wrong' } });
  expect(await without.closed.promise).toMatchObject({ code: 4401 });
  expect(await wrong.closed.promise).toMatchObject({ code: 4401 });
  expect([...without.messages, ...wrong.messages]).toEqual([]);
});

test.each([
  ['SRV-39 an unknown session', 4404, '/ws/sessions/none'],
  ['an unknown path', 4404, '/ws/nothing/at/all'],
  ['a version that is none', 4400, '/ws/sessions/any?from=-1'],
  ['a version that is text', 4400, '/ws/sessions/any?from=latest'],
  ['an id that is not encoded', 4400, '/ws/sessions/%zz'],
])('%s closes with %i', async (_what, code, path) => {
  const { closed, messages } = new Follower(url, path);

  expect(await closed.promise).toMatchObject({ code, reason: expect.stringMatching(/^Cannot /u) });
  expect(messages).toEqual([]);
});

test('SRV-73 a page of another origin gets no WebSocket', async () => {
  const session = await api.createSession();
  const { closed, messages } = follow(url, session, { headers: { authorization: `Bearer ${token}`, origin: 'https://evil.example' } });

  expect(await closed.promise).toMatchObject({ code: 1006 });
  expect(messages).toEqual([]);
});

test('SRV-14 a frame that is garbage, or too large, closes that client alone', async () => {
  const session = await api.createSession();
  const bystander = follow(url, session);
  await bystander.untilType('SESSION_CREATED');
  const oversize = follow(url, session);
  await oversize.untilType('SESSION_CREATED');

  oversize.socket.send('x'.repeat(20_000));
  expect((await oversize.closed.promise).code).toBeOneOf([1006, 1009]);
  expect(await sendGarbage(`/ws/sessions/${session}`)).toMatch(/^HTTP\/1\.1 101 /u);

  const { body } = await api.execute(session, '1 + 1');
  await bystander.until(isEndOf(body.executionId));
  expect(body.value).toBe(2);
  bystander.socket.close();
});

/** Opens a WebSocket by hand and sends bytes that are no frame; gives what the server said until it hung up. */
async function sendGarbage(path: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let heard = '';
  const head = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\nconnection: upgrade\r\nupgrade: websocket\r\n`;
  const socket = connect(holdfast.server.port, '127.0.0.1', () => {
    socket.write(`${head}sec-websocket-version: 13\r\nsec-websocket-key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`);
  });
  socket.on('data', (bytes) => {
    if (heard === '') socket.write('\u0007 this is no frame');
    heard += bytes.toString('latin1');
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => resolve(heard));
  return promise;
}

test('a server that closes tells its clients 1012, and tells whoever waits where the result will be', async () => {
  const other = await startInMemory({ drainMs: 200 });
  const client = new Api(other.server.url);
  const session = await client.createSession();
  const follower = follow(other.server.url, session);
  await follower.untilType('SESSION_CREATED');
  const request = client.execute(session, 'console.log("runs"); for (;;) {}', { executionId: 'endless' });
  await follower.untilType('EXECUTION_OUTPUT');

  const closing = other.close();

  expect(await follower.closed.promise).toMatchObject({ code: 1012 });
  expect(await request).toMatchObject({ status: 202, body: { executionId: 'endless', state: 'running' } });
  await closing;
  await other.close(); // and again
  await expect(client.request('GET', '/health')).rejects.toThrow('fetch failed');
});

const address = Object.values(networkInterfaces())
  .flat()
  .find((candidate) => candidate?.family === 'IPv4' && !candidate.internal)?.address;

test.skipIf(address === undefined)('SRV-67 REST and WebSocket work from another address', async () => {
  const other = await startInMemory({ host: '0.0.0.0' });
  const outside = `http://${address}:${other.server.port}`;
  const session = await new Api(outside).createSession();

  const follower = follow(outside, session);

  expect(await follower.untilType('SESSION_CREATED')).toMatchObject({ version: 1, stream: `session:${session}` });
  follower.socket.close();
  await other.close();
});
