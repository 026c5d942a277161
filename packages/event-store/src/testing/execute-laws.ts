import assert from 'node:assert/strict';
import type { ContractCase } from '@holdfast/protocol/testing';
import type { NewEvent } from '../event.ts';
import type { Fold } from '../projection/projection.ts';
import { assertFails, collect, law, note, range, sequences, upTo, type OpenEventStore } from './kit.ts';

const counting: Fold<number> = { initial: () => 0, apply: (count) => count + 1 };

/** What must hold of decisions made inside the writer. */
export const executeLaws: readonly ContractCase<OpenEventStore>[] = [
  law('a decision is given the state of the task and its version, and what it decides is appended', async (store) => {
    await store.append('a', [note(0), note(1)]);
    await store.append('b', [note(2)]);

    const decided = await store.execute('a', counting, (count, stream) => [{ type: 'COUNTED', data: { count, ...stream } }]);

    assert.deepEqual(
      decided.map((event) => [event.sequenceNumber, event.streamVersion, event.data]),
      [[4, 3, { count: 2, taskId: 'a', streamVersion: 2 }]],
    );
    assert.deepEqual(await store.execute('nobody', counting, (count) => (count === 0 ? [] : [note(9)])), []);
    assert.equal(await store.head(), 4);
  }),

  law('EV-33 a hundred decisions at once about one task each see all those before them', async (store) => {
    await Promise.all(range(100).map(async () => store.execute('a', counting, (count) => [note(count)])));

    const events = await collect(store.read());
    assert.deepEqual(sequences(events), upTo(100));
    assert.deepEqual(
      events.map((event) => event.data['index']),
      range(100),
    );
  }),

  law('decisions see appends that were called before them and not those called after', async (store) => {
    const [, decided] = await Promise.all([
      store.append('a', [note(0), note(1), note(2)]),
      store.execute('a', counting, (count) => [note(count)]),
      store.append('a', [note(4)]),
    ]);

    assert.deepEqual(decided[0]?.data, { index: 3 });
  }),

  law('of a hundred that want the last seat one gets it', async (store) => {
    const seats: Fold<boolean> = { initial: () => false, apply: () => true };

    const outcomes = await Promise.all(range(100).map(async (index) => store.execute('seat', seats, (isTaken) => (isTaken ? [] : [note(index)]))));

    assert.equal(outcomes.flat().length, 1);
    assert.equal(await store.head(), 1);
  }),

  law('a decision that throws, or that decides what cannot be appended, keeps nothing and harms no neighbour', async (store) => {
    const refusal = new Error('not today');
    const refuse = (): never => {
      throw refusal;
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a caller without types may do
    const unawaited = (async () => [note(1)]) as unknown as () => readonly NewEvent[];

    const outcomes = await Promise.allSettled([
      store.append('a', [note(0)]),
      store.execute('a', counting, refuse),
      store.execute('a', counting, () => [note(1), { type: '', data: {} }]),
      store.execute('a', counting, unawaited),
      store.execute('a', counting, (count) => [note(count)]),
    ]);

    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled'],
    );
    assert.ok(outcomes[1]?.status === 'rejected' && outcomes[1].reason === refusal);
    await assertFails(async () => store.execute('a', counting, unawaited), 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT');
    assert.deepEqual(
      (await collect(store.read())).map((event) => event.data['index']),
      [0, 1],
    );
  }),

  law('two folds over one task do not see each other', async (store) => {
    const last: Fold<unknown> = { initial: () => null, apply: (_, event) => event.data['index'] };
    await store.append('a', [note(7), note(8)]);

    for (const _ of range(3)) {
      await store.execute('a', counting, (count) => [note(count * 100)]);
      await store.execute('a', last, (index) => [note(Number(index) + 1)]);
    }

    assert.deepEqual(
      (await collect(store.read())).map((event) => event.data['index']),
      [7, 8, 200, 201, 400, 401, 600, 601],
    );
  }),

  law('a task with a long history is decided about from all of it', async (store) => {
    await store.append('a', range(3000).map((index) => note(index)));
    await store.append('b', [note(0)]);

    const [decided] = await store.execute('a', counting, (count) => [note(count)]);

    assert.deepEqual([decided?.data['index'], decided?.streamVersion], [3000, 3001]);
  }),
];
