import { HoldfastClient, type StreamUpdate } from '@holdfast/client';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holdfast } from '../src/compose.ts';
import { follow } from './follower.ts';
import { startInMemory, token } from './running-holdfast.ts';

let holdfast: Holdfast;
let client: HoldfastClient;
beforeAll(async () => {
  holdfast = await startInMemory({ stalledMs: 300 });
  client = new HoldfastClient({ url: holdfast.server.url, token });
});
afterAll(async () => holdfast.close());

const lines = (count: number, width = 1): string => `for (let line = 0; line < ${count}; line += 1) console.log(String(line).padEnd(${width}))`;

/** Versions until the execution has ended. */
async function versionsUntilEnd(updates: AsyncIterable<StreamUpdate>, executionId: string): Promise<number[]> {
  const versions: number[] = [];
  for await (const update of updates) {
    if (update.kind !== 'message') continue;
    versions.push(update.message.version);
    if (update.message.type === 'EXECUTION_ENDED' && update.message.data['executionId'] === executionId) break;
  }
  return versions;
}

const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

test('SRV-40 the client gives typed answers, and a stream from its beginning to what happens now', async () => {
  const { sessionId } = await client.call('createSession', { body: { language: 'typescript' } });
  expect(await client.execute(sessionId, { code: 'await Promise.resolve(6) * 7' })).toMatchObject({ status: 'ok', value: 42 });

  const seen = versionsUntilEnd(client.followSession(sessionId), 'last');
  await client.execute(sessionId, { code: lines(500), executionId: 'last' });

  const versions = await seen;
  expect(versions).toEqual(oneTo(versions.length));
  await expect(client.call('getSession', { params: { sessionId: 'none' } })).rejects.toMatchObject({ code: 'HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND' });
});

describe('what a WebSocket client may ask for', () => {
  test('SRV-38 batches carry the version and sequence of their last message', async () => {
    const { sessionId } = await client.call('createSession', {});
    await client.execute(sessionId, { code: lines(300) });

    const follower = follow(holdfast.server.url, sessionId, { from: '0&batch=64' });
    const frames = follower.messages as unknown as { type: string; version: number; sequence: number; events?: { version: number; sequence: number; type: string }[] }[];
    await follower.until(({ type, ...frame }) => type === 'EXECUTION_ENDED' || ((frame as unknown as { events?: { type: string }[] }).events ?? []).some((event) => event.type === 'EXECUTION_ENDED'));

    const batches = frames.filter(({ type }) => type === 'batch');
    expect(batches.length).toBeGreaterThan(0);
    for (const { version, sequence, events = [] } of batches) expect({ version, sequence }).toMatchObject({ version: events.at(-1)?.version, sequence: events.at(-1)?.sequence });
    const versions = frames.flatMap(({ events, version }) => events?.map((event) => event.version) ?? [version]);
    expect(versions).toEqual(oneTo(versions.length));
    follower.socket.close();
  });

  test('the first heartbeat says that the client has caught up', async () => {
    const { sessionId } = await client.call('createSession', {});
    await client.execute(sessionId, { code: '1' });

    const follower = follow(holdfast.server.url, sessionId, { from: '0&heartbeatMs=1000' });
    const beat = await follower.untilType('heartbeat');

    expect(follower.messages.map(({ type }) => type)).toEqual(['SESSION_CREATED', 'EXECUTION_STARTED', 'EXECUTION_ENDED', 'heartbeat']);
    expect(beat).toMatchObject({ version: 3, sequence: expect.any(Number) });
    follower.socket.close();
  });

  test('a version that has not happened closes with 4410, and the client says so', async () => {
    const { sessionId } = await client.call('createSession', {});

    const follower = follow(holdfast.server.url, sessionId, { from: 99 });

    expect(await follower.closed.promise).toMatchObject({ code: 4410, reason: expect.stringContaining('99') });
    await expect(versionsUntilEnd(client.followSession(sessionId, { from: 99 }), '')).rejects.toMatchObject({ code: 'HOLDFAST_CLIENT_STREAM_REFUSED', data: { code: 4410 } });
  });

  test.each(['from=1&batch=0', 'batch=257', 'heartbeatMs=5', 'deltas=maybe', 'colour=blue'])('?%s closes with 4400', async (query) => {
    const { sessionId } = await client.call('createSession', { body: { sessionId: 'asked' } }, { idempotencyKey: 'asked' });

    const follower = follow(holdfast.server.url, sessionId, { from: `0&${query}`.replace('0&from=', '') });

    expect(await follower.closed.promise).toMatchObject({ code: 4400 });
  });
});

test('SRV-14 SRV-19 a client that reads nothing is cut, and the others get everything', async () => {
  const { sessionId } = await client.call('createSession', {});
  const healthy = versionsUntilEnd(client.followSession(sessionId), 'loud');
  const stuck = await openAndNeverRead(`/ws/sessions/${sessionId}`);

  await client.execute(sessionId, { code: lines(400, 40_000), executionId: 'loud' });

  const versions = await healthy;
  expect(versions).toEqual(oneTo(versions.length));
  await stuck.cut;
  const metrics = await (await fetch(`${holdfast.server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
  expect(metrics).toMatch(/^holdfast_streams_cut_total\{transport="websocket"\} [1-9]/mu);
});

/** A WebSocket whose client takes the handshake and nothing after it. */
async function openAndNeverRead(path: string): Promise<{ readonly cut: Promise<void> }> {
  const opened = Promise.withResolvers<void>();
  const cut = Promise.withResolvers<void>();
  const socket = connect(holdfast.server.port, '127.0.0.1', () => {
    socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`);
  });
  socket.once('data', () => {
    socket.pause();
    opened.resolve();
    // The server's end is only seen by reading, so it is looked for until it is there.
    const look = setInterval(() => {
      socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0])); // a pong, which needs no answer
    }, 50);
    socket.once('close', () => clearInterval(look));
  });
  socket.on('error', () => cut.resolve());
  socket.on('close', () => cut.resolve());
  await opened.promise;
  return { cut: cut.promise };
}
