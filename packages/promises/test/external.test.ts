import { createExternalPromise, createMemoryPromiseStore } from '@holdfast/promises';
import { createFakeTime } from '@holdfast/promises/testing';
import { expect, expectTypeOf, test } from 'vitest';

const decision = {
  parse: (value: unknown): 'yes' | 'no' => {
    if (value === 'yes' || value === 'no') return value;
    throw new TypeError('neither yes nor no');
  },
};

test('PR-11 the promise is kept before its id is known, so an answer at once is not lost', async () => {
  const store = createMemoryPromiseStore();

  const { id, promise } = await createExternalPromise(store, { kind: 'approval', data: 'Deploy?', schema: decision, newId: () => 'q1' });

  expect(await store.resolve(id, 'yes')).toBe(true);
  expect(await promise).toBe('yes');
  expect(id).toBe('q1');
  expectTypeOf(promise).toEqualTypeOf<Promise<'yes' | 'no'>>();
});

test('an answer that the schema refuses is an error with that of the schema as its cause', async () => {
  const store = createMemoryPromiseStore();
  const { id, promise } = await createExternalPromise(store, { kind: 'approval', data: null, schema: decision });

  await store.resolve(id, 'perhaps');

  await expect(promise).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_UNEXPECTED_VALUE', cause: expect.any(TypeError) });
});

test('PR-12 an answer at the last moment counts, one at the deadline does not', async () => {
  const time = createFakeTime();
  const store = createMemoryPromiseStore(time);
  const inTime = await createExternalPromise(store, { kind: 'approval', data: null, timeoutMs: 30_000 });
  const late = await createExternalPromise(store, { kind: 'approval', data: null, timeoutMs: 30_000 });

  time.advance(29_999);
  await store.resolve(inTime.id, 'yes');
  time.advance(1);
  await store.resolve(late.id, 'yes');

  expect(await inTime.promise).toBe('yes');
  await expect(late.promise).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_TIMEOUT' });
});

test('asking again under the same id waits for the same answer', async () => {
  const store = createMemoryPromiseStore();
  const ask = async () => createExternalPromise(store, { id: 'deploy-7', kind: 'approval', data: null });
  const [first, second] = [await ask(), await ask()];

  await store.resolve('deploy-7', 'yes');

  expect(await Promise.all([first.promise, second.promise])).toEqual(['yes', 'yes']);
  expect(store.pendingHighWaterMark()).toBe(1);
});
