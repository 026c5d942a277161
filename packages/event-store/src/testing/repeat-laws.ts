import assert from 'node:assert/strict';
import type { ContractCase } from '@holdfast/protocol/testing';
import { assertFails, collect, law, note, noteWithId, range, sequences, upTo, type OpenEventStore } from './kit.ts';

/** What must hold of appends that are repeated. */
export const repeatLaws: readonly ContractCase<OpenEventStore>[] = [
  law('an append whose ids are stored already gives what was stored and consumes no number', async (store) => {
    const first = await store.append('a', [noteWithId(1), noteWithId(2)]);
    await store.append('b', [note(0)]);

    assert.deepEqual(await store.append('a', [noteWithId(1), noteWithId(2)]), first);
    assert.deepEqual(await store.append('a', [noteWithId(2)]), first.slice(1));

    assert.equal(await store.head(), 3);
    assert.deepEqual(sequences(await store.append('a', [noteWithId(3)])), [4]);
  }),

  law('a repeated append is known also when it expects a version that is gone', async (store) => {
    const first = await store.append('a', [noteWithId(1)], { expectedVersion: 0 });
    await store.append('a', [note(9)]);

    assert.deepEqual(await store.append('a', [noteWithId(1)], { expectedVersion: 0 }), first);
    assert.deepEqual(await store.append('a', [noteWithId(1)], { expectedVersion: 2 }), first);
    assert.equal(await store.head(), 2);
  }),

  law('an append that is made twice at the same time is stored once, and both callers get the same events', async (store) => {
    const outcomes = await Promise.all(range(10).map(async () => store.append('a', [noteWithId(1), noteWithId(2)])));

    for (const outcome of outcomes) assert.deepEqual(outcome, outcomes[0]);
    assert.deepEqual(sequences(await collect(store.read())), [1, 2]);
  }),

  law('an id that was given by the store is known as well', async (store) => {
    const [stored] = await store.append('a', [note(1)]);

    assert.deepEqual(await store.append('a', [{ ...note(1), eventId: stored?.eventId ?? '' }]), [stored]);
    assert.equal(await store.head(), 1);
  }),

  law('letters of an id in the other case are the same id; the order of names in the data does not matter', async (store) => {
    const eventId = 'abcdefab-0000-7000-8000-000000000000';
    const first = await store.append('a', [{ type: 'T', eventId, data: { left: 1, right: { up: 2, down: 3 } } }]);

    assert.deepEqual(await store.append('a', [{ type: 'T', eventId: eventId.toUpperCase(), data: { right: { down: 3, up: 2 }, left: 1 } }]), first);
  }),

  law('an id that stands for another event refuses the append, and nothing of it is kept', async (store) => {
    await store.append('a', [noteWithId(1)]);

    const refused = [
      async () => store.append('b', [noteWithId(1)]),
      async () => store.append('a', [{ ...noteWithId(1), type: 'OTHER' }]),
      async () => store.append('a', [{ ...noteWithId(1), data: { index: 2 } }]),
      async () => store.append('a', [noteWithId(1), noteWithId(2)]),
      async () => store.append('a', [noteWithId(2), noteWithId(1)]),
      async () => store.append('a', [noteWithId(1), note(2)]),
      async () => store.append('a', [noteWithId(3), noteWithId(3)]),
    ];
    for (const append of refused) await assertFails(append, 'HOLDFAST_EVENT_STORE_DUPLICATE_EVENT');

    assert.equal(await store.head(), 1);
    assert.deepEqual(sequences(await store.append('a', [noteWithId(2), noteWithId(3)])), [2, 3]);
  }),

  law('ids are known however long ago they were stored', async (store) => {
    for (const index of range(60)) {
      await Promise.all(range(100).map(async (each) => store.append(`task-${each % 7}`, [noteWithId(index * 100 + each)])));
    }

    const again = await Promise.all([0, 1, 4095, 4096, 5000, 5999].map(async (index) => store.append(`task-${(index % 100) % 7}`, [noteWithId(index)])));
    assert.deepEqual(
      again.flat().map((event) => event.data['index']),
      [0, 1, 4095, 4096, 5000, 5999],
    );
    assert.deepEqual(sequences(await collect(store.read())), upTo(6000));
  }),
];
