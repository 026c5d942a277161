import { createMemoryPromiseStore, type PromiseStore } from '@holdfast/promises';
import {
  approveCapability,
  Capability,
  CapabilityRegistry,
  InterventionManager,
  requestInputCapability,
  type CapabilityDefinition,
  type CapabilityMessage,
} from '@holdfast/promises/capabilities';
import { openSqlitePromiseStore } from '@holdfast/promises/sqlite';
import { createFakeTime } from '@holdfast/promises/testing';
import type { JsonValue } from '@holdfast/protocol';
import { expect, test } from 'vitest';
import { freshPath } from './folder.ts';

const never = new AbortController().signal;
const ask = { requestId: 'm1', sessionId: 's1', executionId: 'e1' };

const text = {
  parse: (value: unknown): string => {
    if (typeof value === 'string') return value;
    throw new TypeError('no text');
  },
};

/** Answers by a message, as another process would. */
class Remote extends Capability<string, JsonValue> {
  async handle(input: string, { signal }: { readonly signal: AbortSignal }): Promise<JsonValue> {
    return this.requestResponse({ id: `${this.executionId}-1`, capability: 'remote', method: 'shout', args: [input] }, { signal });
  }
}

const remote: CapabilityDefinition<string, string> = {
  name: 'remote',
  description: 'Shouts.',
  permission: 'noise',
  input: text,
  output: text,
  create: (context) => new Remote(context) as unknown as Capability<string, string>,
};

function registryOf(promises: PromiseStore, send: (message: CapabilityMessage) => void | Promise<void> = () => undefined): CapabilityRegistry {
  const registry = new CapabilityRegistry({ promises, transport: { send } });
  registry.register(remote);
  registry.register(approveCapability());
  registry.register(requestInputCapability());
  return registry;
}

test('PR-10 PR-11 PR-14 an answer that comes while the request is being sent is not lost', async () => {
  const promises = createMemoryPromiseStore();
  const session = registryOf(promises, async ({ id, args }) => {
    await promises.resolve(id, `${JSON.stringify(args[0])}!`);
  }).forSession({ grants: ['noise'] });

  expect(await session.request({ ...ask, capability: 'remote', input: 'hello' }, { signal: never })).toBe('"hello"!');
});

test('PR-13 an open request says what it is', async () => {
  const promises = createMemoryPromiseStore();
  const sent = Promise.withResolvers<CapabilityMessage>();
  const session = registryOf(promises, (message) => sent.resolve(message)).forSession({ grants: ['noise'] });
  const answer = session.request({ ...ask, capability: 'remote', input: 'hello' }, { signal: never });
  const { id } = await sent.promise;

  expect((await promises.get(id)).data).toEqual({ type: 'capability_request', capability: 'remote', method: 'shout', args: ['hello'], executionId: 'e1' });
  await promises.resolve(id, 'HELLO');

  expect(await answer).toBe('HELLO');
});

test('PR-12 an answer is waited for 30 seconds', async () => {
  const time = createFakeTime();
  const promises = createMemoryPromiseStore(time);
  const sent = Promise.withResolvers<CapabilityMessage>();
  const session = registryOf(promises, (message) => sent.resolve(message)).forSession({ grants: ['noise'] });
  const answer = session.request({ ...ask, capability: 'remote', input: 'hello' }, { signal: never });
  const { id } = await sent.promise;

  time.advance(29_999);
  expect((await promises.get(id)).state).toBe('pending');
  time.advance(1);

  await expect(answer).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_TIMEOUT' });
});

test('PR-14 a failure, and a cell that needs no answer any more', async () => {
  const promises = createMemoryPromiseStore();
  const session = registryOf(promises, async ({ id, args }) => {
    if (args[0] === 'fail') await promises.reject(id, new RangeError('too loud'));
  }).forSession({ grants: ['noise'] });
  const stop = new AbortController();

  await expect(session.request({ ...ask, capability: 'remote', input: 'fail' }, { signal: never })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_REJECTED' });
  const waiting = session.request({ ...ask, executionId: 'e2', capability: 'remote', input: 'wait' }, { signal: stop.signal });
  stop.abort();

  await expect(waiting).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CANCELLED' });
  expect(await promises.pending()).toEqual([]);
});

test('PR-16 a session is offered and given only what it is granted, and nothing by default', async () => {
  const registry = registryOf(createMemoryPromiseStore());
  const [nothing, noise] = [registry.forSession({ grants: [] }), registry.forSession({ grants: ['noise'] })];

  expect(nothing.offered).toEqual({});
  expect(noise.offered).toEqual({ remote: 'Shouts.' });
  await expect(nothing.request({ ...ask, capability: 'remote', input: 'x' }, { signal: never })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CAPABILITY_DENIED' });
  await expect(noise.request({ ...ask, capability: 'approve', input: { text: '?' } }, { signal: never })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CAPABILITY_DENIED' });
  await expect(noise.request({ ...ask, capability: 'unknown', input: null }, { signal: never })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CAPABILITY_UNKNOWN' });
  expect(() => registry.register(remote)).toThrow(expect.objectContaining({ code: 'HOLDFAST_PROMISES_CAPABILITY_TAKEN' }));
});

test('PR-16 input and output go through their schemas', async () => {
  const promises = createMemoryPromiseStore();
  const session = registryOf(promises, async ({ id }) => void (await promises.resolve(id, 5))).forSession({ grants: ['noise'] });

  await expect(session.request({ ...ask, capability: 'remote', input: 5 }, { signal: never })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_INVALID_INPUT' });
  await expect(session.request({ ...ask, capability: 'remote', input: 'x' }, { signal: never })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_UNEXPECTED_RESULT' });
});

test('PR-17 PR-18 a person answers after longer than 30 seconds and after a restart, and is asked once', async () => {
  const time = createFakeTime();
  const path = await freshPath();
  const first = await openSqlitePromiseStore({ ...time, path });
  const asked = Promise.withResolvers<CapabilityMessage>();
  const question = { ...ask, capability: 'approve', input: { text: 'Deploy?' } };
  const lost = registryOf(first, (message) => asked.resolve(message)).forSession({ grants: ['human'] }).request(question, { signal: never });
  const { id } = await asked.promise;
  await first.close();
  await expect(lost).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CLOSED' });
  time.advance(3_600_000);

  await using second = await openSqlitePromiseStore({ ...time, path });
  const [open] = await second.pending({ kind: 'approve' });
  expect(open).toMatchObject({ id, data: { args: [{ text: 'Deploy?' }] } });
  await second.resolve(id, { approved: true });
  const again = registryOf(second).forSession({ grants: ['human'] });

  expect(await again.request({ ...question, requestId: 'another message' }, { signal: never })).toEqual({ approved: true });
});

test('PR-18 a person has a day, and an answer that is none is an error', async () => {
  const time = createFakeTime();
  const promises = createMemoryPromiseStore(time);
  const session = registryOf(promises).forSession({ grants: ['human'] });
  const late = session.request({ ...ask, capability: 'requestInput', input: { text: 'Name?' } }, { signal: never });
  const odd = session.request({ ...ask, capability: 'approve', input: { text: 'Deploy?' } }, { signal: never });
  await new Promise((resolve) => setImmediate(resolve));
  const pending = await promises.pending();

  await promises.resolve(pending.find(({ kind }) => kind === 'approve')?.id ?? '', 'sure');
  expect(pending.map(({ deadline }) => deadline)).toEqual(['2026-01-02T00:00:00.000Z', '2026-01-02T00:00:00.000Z']);
  time.advance(86_400_000);

  await expect(odd).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_UNEXPECTED_VALUE' });
  await expect(late).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_TIMEOUT' });
});

test('PR-19 an intervention answers the question of its task', async () => {
  const promises = createMemoryPromiseStore();
  const interventions = new InterventionManager(promises);
  const answer = interventions.ask({ id: 'task-1/plan', taskId: 'task-1', kind: 'approve', message: 'Is the plan right?' });
  await promises.create({ id: 'other', kind: 'intervention', data: 'not one of ours' });

  expect(await interventions.list({ taskId: 'task-1' })).toMatchObject([{ promiseId: 'task-1/plan', kind: 'approve', message: 'Is the plan right?' }]);
  expect(await interventions.list({ taskId: 'task-2' })).toEqual([]);
  expect(await interventions.intervene({ taskId: 'task-1', kind: 'stop' })).toBe(false);
  expect(await interventions.intervene({ taskId: 'task-1', kind: 'approve', decision: true })).toBe(true);

  expect(await answer).toEqual({ taskId: 'task-1', kind: 'approve', decision: true });
});
