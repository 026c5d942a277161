import { createMemoryPromiseStore } from '@holdfast/promises';
import { openPromises } from '@holdfast/promises/durable';
import { openSqlitePromiseStore } from '@holdfast/promises/sqlite';
import { promiseStoreContract, type OpenPromiseStore } from '@holdfast/promises/testing';
import { describe, expect, test } from 'vitest';
import { freshPath } from './folder.ts';
import { storeOf } from './store-of.ts';

const adapters: { adapter: string; open: OpenPromiseStore }[] = [
  { adapter: 'memory', open: async (time) => createMemoryPromiseStore(time) },
  { adapter: 'sqlite', open: async (time) => openSqlitePromiseStore({ ...time, path: await freshPath(), durability: 'process' }) },
  { adapter: 'durable, in memory', open: async (time) => storeOf(await openPromises({ ...time, mode: 'memory' })) },
  { adapter: 'durable, in a file', open: async (time) => storeOf(await openPromises({ ...time, mode: 'local', path: await freshPath(), durability: 'process' })) },
];

describe.each(adapters)('PR-03 promise store: $adapter', ({ open }) => {
  test.each(promiseStoreContract)('$name', async (law) => {
    await expect(law.run(open)).resolves.toBeUndefined();
  });
});

test('memory forgets the promises that settled first once there are too many', async () => {
  const store = createMemoryPromiseStore({ maxSettled: 2 });
  const create = async (id: string) => store.create({ id, kind: 'input', data: null });
  await Promise.all(['a', 'b', 'c', 'open'].map(create));

  await Promise.all(['b', 'a', 'c'].map(async (id) => store.resolve(id, id)));

  expect(await store.find('b')).toBeUndefined();
  expect(await Promise.all([store.wait('a'), store.wait('c')])).toEqual(['a', 'c']);
  expect(await store.pending()).toHaveLength(1);
});
