import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { openPromises, type Promises } from '@holdfast/promises/durable';
import { createFakeTime } from '@holdfast/promises/testing';
import { expect, test } from 'vitest';
import { compareMachines } from '../fuzz/compare.ts';
import { escape, unescape } from '../src/durable/root-id.ts';
import { EmbeddedBackend } from '../src/machine/embedded-backend.ts';
import { protocolDate, type ProtocolAnswer, type ProtocolRequest } from '../src/machine/messages.ts';
import { createSteadyClock } from '../src/machine/steady-clock.ts';
import { freshPath } from './folder.ts';

test('PR-04 PR-05 the machine answers as the in-memory server of the SDK does', () => {
  const { compared, classes, unexplained } = compareMachines(6000, 1);

  expect(unexplained).toEqual([]);
  expect(compared).toBe(6000);
  expect(classes).toBeGreaterThan(30);
});

function backendOf(options: Partial<ConstructorParameters<typeof EmbeddedBackend>[0]> = {}) {
  const backend = new EmbeddedBackend({ path: ':memory:', durability: 'process', pid: 'own', keepFinishedMs: 1000, ...options });
  const ask = async <Kind extends ProtocolRequest['kind']>(kind: Kind, data: Extract<ProtocolRequest, { kind: Kind }>['data']): Promise<ProtocolAnswer> =>
    backend.send({ kind, head: { corrId: 'c', version: protocolDate }, data } as ProtocolRequest);
  return { backend, ask };
}

const promise = (id: string, timeoutAt: number, tags: Record<string, string> = {}) => ({ id, timeoutAt, param: { data: '1' }, tags });

test('a deadline beyond what a date can name is clamped, and does not end the promise', async () => {
  const { backend, ask } = backendOf();

  await ask('promise.create', promise('a', Number.MAX_SAFE_INTEGER));
  await ask('task.create', { pid: 'other', ttl: Number.MAX_SAFE_INTEGER, action: { kind: 'promise.create', head: { corrId: 'c', version: protocolDate }, data: promise('b', 8e15, { 'resonate:target': 't' }) } });

  expect((await ask('promise.get', { id: 'a' })).data).toMatchObject({ promise: { state: 'pending', timeoutAt: 8.64e15 } });
  expect((await ask('task.get', { id: 'b' })).data).toMatchObject({ task: { state: 'acquired' } });
  await backend.close();
});

test('what is asked in one turn is one transaction, and a request that cannot be answered does not take the others with it', async () => {
  const { backend, ask } = backendOf();

  const answers = await Promise.allSettled([
    ask('promise.create', promise('a', 8e15)),
    ask('promise.create', promise('b', 'never' as unknown as number)),
    ask('promise.create', promise('c', 8e15)),
  ]);

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await ask('promise.get', { id: 'c' })).head.status).toBe(200);
  expect((await ask('promise.get', { id: 'b' })).head.status).toBe(404);
  await backend.close();
});

test('a clock that is set back does not bring back what has expired, and time goes on', async () => {
  const path = await freshPath();
  const time = createFakeTime();
  const first = backendOf({ path, ...time });
  await first.ask('promise.create', promise('a', time.now() + 1000));
  time.advance(1000);
  expect((await first.ask('promise.get', { id: 'a' })).data).toMatchObject({ promise: { state: 'rejected_timedout' } });
  await first.backend.close();
  time.jump(-3_600_000);

  const second = backendOf({ path, ...time });
  await second.ask('promise.create', promise('b', second.backend.now() + 1000));
  time.advance(999);
  expect((await second.ask('promise.get', { id: 'b' })).data).toMatchObject({ promise: { state: 'pending' } });
  time.advance(1);

  expect((await second.ask('promise.get', { id: 'b' })).data).toMatchObject({ promise: { state: 'rejected_timedout' } });
  await second.backend.close();
});

test('a steady clock goes on from where it was', () => {
  let wall = 1000;
  const now = createSteadyClock(() => wall, 5000);

  expect(now()).toBe(5000);
  wall = 1100;
  expect(now()).toBe(5100);
  wall = 0;
  expect(now()).toBe(5100);
  wall = 50;
  expect(now()).toBe(5150);
});

test('finished trees are forgotten as a whole, and those with something pending are kept', async () => {
  const time = createFakeTime();
  const path = await freshPath();
  const { backend, ask } = backendOf({ path, ...time, keepFinishedMs: 1000 });
  const settle = async (id: string) => ask('promise.settle', { id, state: 'resolved', value: { data: 'x'.repeat(70_000) } });
  for (const id of ['done', 'done:0', 'open', 'open:0']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await ask('promise.create', promise(id, 8e15, { 'resonate:origin': id.slice(0, 4), 'resonate:target': 't' }));
  }
  await Promise.all(['done', 'done:0', 'open'].map(settle));
  time.advance(2000);

  await Promise.all(Array.from({ length: 1024 }, async (_, index) => ask('promise.create', promise(`filler-${index}`, time.now()))));
  await Promise.all(Array.from({ length: 1024 }, async (_, index) => ask('promise.create', promise(`more-${index}`, time.now() + 1))));
  time.advance(1);
  await ask('promise.get', { id: 'x' });

  const statuses = await Promise.all(['done', 'done:0', 'open', 'open:0'].map(async (id) => (await ask('promise.get', { id })).head.status));
  expect(statuses).toEqual([404, 404, 200, 200]);
  await backend.close();
  const database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare('SELECT count(*) AS count FROM large').get()).toEqual({ count: 1 });
  database.close();
});

test('a large value stands beside its row and comes back whole', async () => {
  const path = await freshPath();
  await using promises = await openPromises({ mode: 'local', path, durability: 'process', maxValueCharacters: 2_000_000 });
  const large = promises.define('large', async (context, size: number) => (await context.step('large', () => 'ü'.repeat(size))).length);

  expect(await (await promises.start(large, 'a', 1_500_000)).result()).toBe(1_500_000);
  await expect((await promises.start(large, 'b', 2_000_001)).result()).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_VALUE_TOO_LARGE' });
  expect(statSync(path).size + statSync(`${path}-wal`).size).toBeLessThan(16_000_000);
});

test('a file of durable functions has one owner, and is no promise store', async () => {
  const path = await freshPath();
  const first = await openPromises({ mode: 'local', path });
  const again = async (): Promise<Promises> => openPromises({ mode: 'local', path });

  await expect(again()).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_LOCKED' });
  await first.close();

  await (await again()).close();
});

test('different ids of users are different ids of the protocol, and can be read back', () => {
  const ids = ['a', 'a b', 'a_20b', 'ä', 'a:b', 'a/b', '_', '__', '日本', 'a.b'];

  expect(new Set(ids.map(escape)).size).toBe(ids.length);
  expect(ids.map((id) => unescape(escape(id)))).toEqual(ids);
  expect(ids.map(escape).every((id) => /^[A-Za-z0-9_-]+$/u.test(id))).toBe(true);
});
