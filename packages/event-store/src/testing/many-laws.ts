import assert from 'node:assert/strict';
import type { ContractCase } from '@holdfast/protocol/testing';
import { assertFails, collect, law, note, noteWithId, range, sequences, upTo, type OpenEventStore } from './kit.ts';

/** What must hold of appends to several streams. */
export const manyLaws: readonly ContractCase<OpenEventStore>[] = [
  law('an append to several tasks stands in the order given, without another between its events', async (store) => {
    const [appended] = await Promise.all([
      store.appendMany([
        { taskId: 'a', events: [note(0)] },
        { taskId: 'b', events: [note(1), note(2)] },
        { taskId: 'a', events: [note(3)] },
      ]),
      store.append('c', [note(4)]),
    ]);

    assert.deepEqual(
      appended.map((event) => [event.taskId, event.sequenceNumber, event.streamVersion]),
      [
        ['a', 1, 1],
        ['b', 2, 1],
        ['b', 3, 2],
        ['a', 4, 2],
      ],
    );
    assert.deepEqual(sequences(await collect(store.read({ taskId: 'c' }))), [5]);
  }),

  law('EV-34 when one task of an append has moved on, none of the tasks gets anything', async (store) => {
    await store.append('b', [note(0)]);

    await assertFails(
      async () =>
        store.appendMany([
          { taskId: 'a', events: [note(1)], expectedVersion: 0 },
          { taskId: 'b', events: [note(2)], expectedVersion: 0 },
        ]),
      'HOLDFAST_EVENT_STORE_CONFLICT',
    );
    await assertFails(
      async () =>
        store.appendMany([
          { taskId: 'a', events: [note(1)] },
          { taskId: 'b', events: [{ type: '', data: {} }] },
        ]),
      'HOLDFAST_EVENT_STORE_INVALID_EVENT',
    );

    assert.equal(await store.head(), 1);
    assert.equal(await store.findStream('a'), undefined);
    assert.deepEqual(sequences(await store.append('a', [note(3)], { expectedVersion: 0 })), [2]);
  }),

  law('versions are judged as if the tasks came one after the other', async (store) => {
    const appended = await store.appendMany([
      { taskId: 'a', events: [note(0), note(1)], expectedVersion: 0 },
      { taskId: 'a', events: [note(2)], expectedVersion: 2 },
      { taskId: 'a', events: [], expectedVersion: 'exists' },
    ]);

    assert.deepEqual(sequences(appended), [1, 2, 3]);
    assert.deepEqual(await store.appendMany([]), []);
  }),

  law('an append to several tasks is repeated as a whole or not at all', async (store) => {
    const appends = [
      { taskId: 'a', events: [noteWithId(1)], expectedVersion: 0 },
      { taskId: 'b', events: [noteWithId(2)], expectedVersion: 0 },
    ];
    const first = await store.appendMany(appends);

    assert.deepEqual(await store.appendMany(appends), first);
    await assertFails(async () => store.appendMany([...appends, { taskId: 'c', events: [noteWithId(3)] }]), 'HOLDFAST_EVENT_STORE_DUPLICATE_EVENT');
    assert.equal(await store.head(), 2);
  }),

  law('EV-35 a hundred appends to the same two tasks at once leave both without gaps', async (store) => {
    await Promise.all(range(100).map(async (index) => store.appendMany(['a', 'b'].map((taskId) => ({ taskId, events: [note(index)] })))));

    const events = await collect(store.read());
    assert.deepEqual(sequences(events), upTo(200));
    for (const taskId of ['a', 'b']) {
      assert.deepEqual(
        events.filter((event) => event.taskId === taskId).map((event) => event.streamVersion),
        upTo(100),
      );
    }
  }),

  law('"exists" wants a task with events, 0 wants one without, a number exactly that version', async (store) => {
    await assertFails(async () => store.append('a', [note(0)], { expectedVersion: 'exists' }), 'HOLDFAST_EVENT_STORE_CONFLICT');
    await assertFails(async () => store.append('a', [note(0)], { expectedVersion: 1 }), 'HOLDFAST_EVENT_STORE_CONFLICT');
    await store.append('a', [note(0)], { expectedVersion: 0 });
    await assertFails(async () => store.append('a', [note(1)], { expectedVersion: 0 }), 'HOLDFAST_EVENT_STORE_CONFLICT');
    await assertFails(async () => store.append('a', [note(1)], { expectedVersion: 2 }), 'HOLDFAST_EVENT_STORE_CONFLICT');
    await store.append('a', [note(1)], { expectedVersion: 'exists' });
    await store.append('a', [note(2)], { expectedVersion: 2 });
    for (const broken of [-1, 0.5, Number.NaN]) {
      await assertFails(async () => store.append('a', [note(3)], { expectedVersion: broken }), 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT');
    }

    assert.equal(await store.head(), 3);
  }),
];
