import { HoldfastClient, type StreamUpdate } from '@holdfast/client';
import { assert, asyncProperty, infiniteStream, integer, nat } from 'fast-check';
import { expect, test } from 'vitest';
import { message, Network } from './scripted-socket.ts';

/** Waits forever for silence, and not at all between connections. */
const wait = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  if (milliseconds >= 2500) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
};

function clientOf(network: Network, token?: string): HoldfastClient {
  return new HoldfastClient({ url: 'http://server.test:9876/', openSocket: network.open, wait, random: () => 0, ...(token !== undefined && { token }) });
}

async function collect(updates: AsyncIterable<StreamUpdate>): Promise<number[]> {
  const versions: number[] = [];
  for await (const update of updates) if (update.kind === 'message') versions.push(update.message.version);
  return versions;
}

test('SRV-40 a client that loses its connection comes back with the last version that it has', async () => {
  const network = new Network();
  const opening = network.next();
  const seen = collect(clientOf(network).followTask('a task/1'));

  const first = await opening;
  expect(first.url.pathname).toBe('/ws/a%20task%2F1');
  expect(first.url.searchParams.get('from')).toBe('0');
  first.say(message(1));
  first.say({ type: 'batch', version: 3, sequence: 3, events: [message(2), message(3)] });
  const again = network.next();
  first.end(1012);
  const second = await again;
  expect(second.url.searchParams.get('from')).toBe('3');
  second.say(message(3));
  second.say(message(4));
  second.end(1000);

  expect(await seen).toEqual([1, 2, 3, 4]);
});

test('a message that comes too early is fetched with those before it', async () => {
  const network = new Network();
  const opening = network.next();
  const seen = collect(clientOf(network).followTask('t'));
  const first = await opening;
  first.say(message(1));
  const again = network.next();
  first.say(message(3));
  const second = await again;
  expect(first.isClosed).toBe(true);
  expect(second.url.searchParams.get('from')).toBe('1');
  second.say(message(2));
  second.say(message(3));
  second.end(1000);

  expect(await seen).toEqual([1, 2, 3]);
});

test.each([4400, 4401, 4403, 4404, 4409, 4410, 1008])('close code %i ends the stream with an error', async (code) => {
  const network = new Network();
  const opening = network.next();
  const seen = collect(clientOf(network).followSession('s'));
  (await opening).end(code, 'Cannot follow');

  await expect(seen).rejects.toMatchObject({ code: 'HOLDFAST_CLIENT_STREAM_REFUSED', data: { code } });
});

test('the signal ends the stream and lets go of the connection', async () => {
  const network = new Network();
  const ending = new AbortController();
  const opening = network.next();
  const seen = collect(clientOf(network).followSession('s', { signal: ending.signal }));
  const socket = await opening;
  socket.say(message(1));
  ending.abort();

  await seen;
  expect(socket.isClosed).toBe(true);
});

test('a silent server is left, and the client comes back', async () => {
  const network = new Network();
  const silence = Promise.withResolvers<void>();
  let waits = 0;
  const client = new HoldfastClient({
    url: 'http://server.test',
    openSocket: network.open,
    wait: async (milliseconds, signal) => {
      if (milliseconds < 2500) return;
      waits += 1;
      await Promise.race([waits === 1 ? silence.promise : Promise.withResolvers<void>().promise, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
    },
  });
  const opening = network.next();
  const seen = collect(client.followTask('t', { heartbeatMs: 1000 }));
  await opening;
  const again = network.next();
  silence.resolve();
  const second = await again;
  second.say(message(1));
  second.end(1000);

  expect(await seen).toEqual([1]);
});

test('the token travels as a subprotocol, whatever its characters', async () => {
  const network = new Network();
  const opening = network.next();
  const seen = collect(clientOf(network, 'a~token+of/the?tests').followTask('t'));
  const socket = await opening;
  socket.end(1000);

  await seen;
  expect(socket.protocols[0]).toBe('holdfast.v1');
  expect(atob(String(socket.protocols[1]).slice('holdfast.token.'.length).replaceAll('-', '+').replaceAll('_', '/'))).toBe('a~token+of/the?tests');
});

test('SRV-40 whatever the network repeats, reorders or loses, each version is given once and in order', async () => {
  await assert(
    asyncProperty(integer({ min: 1, max: 20 }), infiniteStream(nat()), async (last, choices) => {
      const network = new Network();
      const next = (): number => choices.next().value ?? 0;
      let opening = network.next();
      const seen = collect(clientOf(network).followTask('t'));
      for (let connection = 0; ; connection += 1) {
        const socket = await opening;
        const from = Number(socket.url.searchParams.get('from'));
        opening = network.next();
        // A good connection at last, and before that ones that say anything at all.
        const versions = connection > 8 ? Array.from({ length: last - from }, (_, index) => from + 1 + index) : Array.from({ length: next() % 6 }, () => 1 + (next() % last));
        for (const version of versions) socket.say(message(version));
        socket.end(connection > 8 ? 1000 : 1006);
        if (connection > 8) break;
      }

      expect(await seen).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    }),
    { numRuns: 60 },
  );
});
