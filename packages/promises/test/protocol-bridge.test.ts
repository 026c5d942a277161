import { createMemoryPromiseStore, type PromiseStore } from '@holdfast/promises';
import { ProtocolBridge } from '@holdfast/promises/capabilities';
import { openPromises, type Dependency } from '@holdfast/promises/durable';
import { createFakeTime } from '@holdfast/promises/testing';
import { createMessage, HoldfastError, toWireError, type Message } from '@holdfast/protocol';
import { expect, expectTypeOf, test } from 'vitest';

function setUp(send?: (message: Message, bridge: ProtocolBridge) => void | Promise<void>) {
  const time = createFakeTime();
  const promises = createMemoryPromiseStore(time);
  const bridge: ProtocolBridge = new ProtocolBridge({ promises, send: (message) => send?.(message, bridge) });
  return { time, promises, bridge };
}

const question = () => createMessage('capability-request', { executionId: 'e1', capability: 'clock', method: 'now', args: [] });
const answer = (correlationId: string, value: number) => createMessage('capability-response', { correlationId, outcome: { ok: true, value } });
const turn = async () => new Promise((resolve) => setImmediate(resolve));

test('PR-38 PR-43 PR-46 PR-47 an answer settles the request it names, even one that comes before the wait', async () => {
  const { bridge, time } = setUp(async ({ id }, to) => to.intercept(answer(id, 1)));

  expect(await bridge.call(question())).toBe(1);
  expect(bridge.pendingCount()).toBe(0);
  expect(time.timers()).toEqual([]);
});

test('PR-38 answers out of order find their requests, and other messages pass', async () => {
  const { bridge } = setUp();
  const [one, two] = [question(), question()];
  const results = [bridge.call(one), bridge.call(two)];
  await turn();

  await bridge.intercept(createMessage('heartbeat', { memoryUsage: 0, cpuPercent: 0, namespaceSize: 0 }));
  await bridge.intercept(answer('unknown', 0));
  await bridge.intercept(answer(two.id, 2));
  await bridge.intercept(answer(one.id, 1));

  expect(await Promise.all(results)).toEqual([1, 2]);
});

test('PR-43 the first of two answers counts, and one after the timeout does not', async () => {
  const { bridge, time, promises } = setUp();
  const [one, two] = [question(), question()];
  const first = bridge.call(one);
  await turn();
  await Promise.all([bridge.intercept(answer(one.id, 1)), bridge.intercept(answer(one.id, 2))]);
  expect(await first).toBe(1);

  const second = bridge.call(two);
  await turn();
  time.advance(30_000);
  const late = bridge.intercept(answer(two.id, 2));

  await expect(second).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_TIMEOUT' });
  await late;
  expect(promises.ignoredSettlements()).toBeGreaterThan(0);
  expect(time.timers()).toEqual([]);
});

test('PR-47 a refusal is a rejection with its error', async () => {
  const { bridge } = setUp(async ({ id }, to) =>
    to.intercept(createMessage('refusal', { correlationId: id, error: toWireError(new HoldfastError('HOLDFAST_TEST_NO', 'No')) })),
  );

  await expect(bridge.call(question())).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_REJECTED', cause: { code: 'HOLDFAST_TEST_NO' } });
});

test('PR-39 PR-42 PR-43 closing ends what is open with one error, leaves no timer, and refuses what comes after', async () => {
  const { bridge, time } = setUp();
  const open = [bridge.call(question()), bridge.call(question())];
  await turn();
  expect(time.timers()).toHaveLength(1);

  await Promise.all([bridge.close(), bridge.close()]);

  for (const each of open) {
    // oxlint-disable-next-line no-await-in-loop -- each of them
    await expect(each).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_BRIDGE_CLOSED' });
  }
  await expect(bridge.call(question())).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_BRIDGE_CLOSED' });
  expect(bridge.pendingCount()).toBe(0);
  expect(time.timers()).toEqual([]);
});

test('PR-39 cancelling all lets new requests follow', async () => {
  const { bridge } = setUp();
  const open = bridge.call(question());
  await turn();
  await bridge.cancelAll('enough');
  await expect(open).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CANCELLED' });

  const next = question();
  const again = bridge.call(next);
  await turn();
  await bridge.intercept(answer(next.id, 3));

  expect(await again).toBe(3);
});

test('PR-40 the high-water mark is the most that were open at one time', async () => {
  const { bridge } = setUp();
  const requests = [question(), question()];
  const open = requests.map(async (each) => bridge.call(each));
  await turn();
  await Promise.all(requests.map(async ({ id }) => bridge.intercept(answer(id, 1))));
  await Promise.all(open);

  expect(bridge.pendingHighWaterMark()).toBe(2);
  expect(bridge.pendingCount()).toBe(0);
});

test('PR-44 PR-45 the bridge can send and be shown messages; it cannot read a transport, and its promises are those of the store', async () => {
  expectTypeOf<ConstructorParameters<typeof ProtocolBridge>[0]>().not.toHaveProperty('receive');
  expectTypeOf<ConstructorParameters<typeof ProtocolBridge>[0]>().not.toHaveProperty('transport');
  const { bridge, promises } = setUp();
  const message = question();
  const open = bridge.call(message);
  await turn();

  expect(await promises.pending()).toMatchObject([{ id: message.id, data: { type: 'capability-request' } }]);
  await promises.resolve(message.id, 'from the store');

  expect(await open).toBe('from the store');
});

test('PR-41 a bridge that is a dependency is closed with the promises, before what it was made from', async () => {
  const log: string[] = [];
  const store: Dependency<PromiseStore> = { name: 'store', lifetime: 'singleton', create: () => createMemoryPromiseStore(), dispose: async (made) => made.close().then(() => void log.push('store')) };
  const asked = Promise.withResolvers<void>();
  const bridge: Dependency<ProtocolBridge> = {
    name: 'bridge',
    lifetime: 'singleton',
    create: async (use) => new ProtocolBridge({ promises: await use(store), send: () => asked.resolve() }),
    dispose: async (made) => made.close().then(() => void log.push('bridge')),
  };
  const promises = await openPromises({ mode: 'memory', closeGraceMs: 1 });
  const outcome = Promise.withResolvers<unknown>();
  const asks = promises.define('asks', async (context) =>
    context.step('ask', async ({ use }) => {
      outcome.resolve(await (await use(bridge)).call(question()).catch((error: unknown) => error));
    }),
  );
  await promises.start(asks, 'a', undefined);
  await asked.promise;

  await promises.close();

  expect(log).toEqual(['bridge', 'store']);
  expect(await outcome.promise).toMatchObject({ code: 'HOLDFAST_PROMISES_BRIDGE_CLOSED' });
});
