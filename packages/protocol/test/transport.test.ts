import { createServer, connect, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Duplex, PassThrough } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import { createMemoryTransports, createMessage, createMessagePortTransport, encodeFrame, type Transport } from '@holdfast/protocol';
import { createStreamTransport } from '@holdfast/protocol/node';
import { transportContract } from '@holdfast/protocol/testing';
import { describe, expect, test } from 'vitest';

async function openSockets(): Promise<[Socket, Socket]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-transport-'));
  const path = join(folder, 'socket');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const left = connect(path);
  const [right] = (await once(server, 'connection')) as [Socket];
  server.close();
  await rm(folder, { recursive: true });
  return [left, right];
}

describe.each([
  { adapter: 'memory', open: async () => createMemoryTransports() },
  {
    adapter: 'unix socket',
    open: async () => {
      const [left, right] = await openSockets();
      return [createStreamTransport(left), createStreamTransport(right)] satisfies [Transport, Transport];
    },
  },
  {
    adapter: 'pair of pipes',
    open: async () => {
      const [there, back] = [new PassThrough(), new PassThrough()];
      const left = Duplex.from({ readable: back, writable: there });
      const right = Duplex.from({ readable: there, writable: back });
      return [createStreamTransport(left), createStreamTransport(right)] satisfies [Transport, Transport];
    },
  },
  {
    adapter: 'message port',
    open: async () => {
      const { port1, port2 } = new MessageChannel();
      return [createMessagePortTransport(port1), createMessagePortTransport(port2)] satisfies [Transport, Transport];
    },
  },
])('PRO-13 PRO-14 transport: $adapter', ({ open }) => {
  test.each(transportContract)('$name', async (law) => {
    await expect(law.run(open)).resolves.toBeUndefined();
  });
});

test.each([
  ['HOLDFAST_PROTOCOL_BAD_PAYLOAD', encodeFrame(Uint8Array.of(0x92, 1))],
  ['HOLDFAST_PROTOCOL_INVALID_MESSAGE', encodeFrame(Uint8Array.of(0x2a))],
  ['HOLDFAST_PROTOCOL_FRAME_TOO_LARGE', Uint8Array.of(255, 255, 255, 255)],
  ['HOLDFAST_PROTOCOL_FRAME_TRUNCATED', Uint8Array.of(0, 0, 0, 9, 1)],
])('PRO-12 garbage ends the stream with %s after the good messages', async (code, garbage) => {
  const [left, right] = await openSockets();
  const reader = createStreamTransport(right);
  const good = createMessage('shutdown', {});
  await createStreamTransport(left).send(good);
  left.end(garbage);

  const received: unknown[] = [];
  const reading = (async () => {
    for await (const message of reader.receive()) received.push(message);
  })();

  await expect(reading).rejects.toMatchObject({ code });
  expect(received).toEqual([good]);
});
