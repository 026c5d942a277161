import assert from 'node:assert/strict';
import type { ContractCase } from '@holdfast/protocol/testing';
import type { ConsumerState } from '../store/consumers.ts';
import type { EventStore } from '../store/event-store.ts';
import { assertFails, law, note, range, upTo, type OpenEventStore } from './kit.ts';

/** What must hold of checkpoints and snapshots. */
export const consumerLaws: readonly ContractCase<OpenEventStore>[] = [
  law('a consumer stands where it said, and at 0 before it said anything', async (store) => {
    await store.append('a', [note(0), note(1)]);
    assert.equal(await store.consumers.position('mailer'), 0);

    await store.consumers.save('mailer', { sequenceNumber: 2 });
    await store.consumers.save('other', { sequenceNumber: 1 });

    assert.equal(await store.consumers.position('mailer'), 2);
    await store.consumers.save('mailer', { sequenceNumber: 1 });
    assert.equal(await store.consumers.position('mailer'), 1);
  }),

  law('a place that the store has not reached, or that is none, is refused', async (store) => {
    await store.append('a', [note(0)]);

    for (const sequenceNumber of [2, -1, 0.5, Number.NaN]) {
      await assertFails(async () => store.consumers.save('mailer', { sequenceNumber }), 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT');
      await assertFails(
        async () => store.consumers.save('mailer', { states: [{ key: 'a', sequenceNumber, state: {} }] }),
        'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT',
      );
    }
    for (const name of ['', 'a\u0000b', 'a'.repeat(257)]) {
      await assertFails(async () => store.consumers.save(name, { sequenceNumber: 1 }), 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT');
      await assertFails(async () => store.consumers.position(name), 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT');
      await assertFails(
        async () => store.consumers.save('mailer', { states: [{ key: name, sequenceNumber: 1, state: {} }] }),
        'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT',
      );
    }
    assert.equal(await store.consumers.position('mailer'), 0);
  }),

  law('states are kept with their place, frozen, and only the keys that are saved change', async (store) => {
    await store.append('a', [note(0), note(1), note(2)]);
    await store.consumers.save('counts', { sequenceNumber: 2, states: ['b', '__proto__', 'a'].map((key) => state(key, 1)) });
    await store.consumers.save('counts', { states: [{ key: 'a', sequenceNumber: 3, state: { list: [1, { deep: true }], text: 'ü' } }] });

    assert.equal(await store.consumers.position('counts'), 2);
    assert.deepEqual(await store.consumers.findState('counts', 'a'), { key: 'a', sequenceNumber: 3, state: { list: [1, { deep: true }], text: 'ü' } });
    assert.deepEqual(await store.consumers.findState('counts', '__proto__'), state('__proto__', 1));
    assert.equal(await store.consumers.findState('counts', 'c'), undefined);
    assert.equal(await store.consumers.findState('others', 'a'), undefined);
    assert.deepEqual(
      (await states(store, 'counts')).map(({ key }) => key),
      ['__proto__', 'a', 'b'],
    );
  }),

  law('a state that is no JSON is refused with nothing kept', async (store) => {
    await store.append('a', [note(0)]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a caller without types may do
    const broken = { when: new Date(0) } as unknown as null;

    await assertFails(
      async () => store.consumers.save('counts', { sequenceNumber: 1, states: [state('a', 1), { key: 'b', sequenceNumber: 1, state: broken }] }),
      'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT',
    );

    assert.equal(await store.consumers.position('counts'), 0);
    assert.deepEqual(await states(store, 'counts'), []);
  }),

  law('of two that run under one name one finds out, and what it wanted to save is not kept', async (store) => {
    await store.append('a', [note(0), note(1), note(2)]);
    const save = async (afterSequence: number, sequenceNumber: number): Promise<void> =>
      store.consumers.save('counts', { afterSequence, sequenceNumber, states: [state('a', sequenceNumber)] });

    await save(0, 2);
    await assertFails(async () => save(0, 3), 'HOLDFAST_EVENT_STORE_CONSUMER_CONFLICT');
    const outcomes = await Promise.allSettled([save(2, 3), save(2, 3)]);

    assert.deepEqual(outcomes.map((outcome) => outcome.status).toSorted(), ['fulfilled', 'rejected']);
    assert.deepEqual(await states(store, 'counts'), [state('a', 3)]);
  }),

  law('one consumer takes the place of another in one step', async (store) => {
    await store.append('a', [note(0), note(1)]);
    await store.consumers.save('counts', { sequenceNumber: 1, states: [state('old', 1), state('both', 1)] });
    await store.consumers.save('counts-new', { sequenceNumber: 2, states: [state('new', 2), state('both', 2)] });

    await store.consumers.replace('counts', 'counts-new');

    assert.equal(await store.consumers.position('counts'), 2);
    assert.deepEqual(await states(store, 'counts'), [state('both', 2), state('new', 2)]);
    assert.equal(await store.consumers.position('counts-new'), 0);
    assert.deepEqual(await states(store, 'counts-new'), []);
    await store.consumers.replace('counts', 'counts');
    assert.equal(await store.consumers.position('counts'), 2);
    await store.consumers.remove('counts');
    assert.equal(await store.consumers.position('counts'), 0);
    assert.deepEqual(await states(store, 'counts'), []);
  }),

  law('many states are listed whole, each once', async (store) => {
    await store.append('a', [note(0)]);
    const keys = range(2500).map((index) => `task-${index}`);

    await store.consumers.save('counts', { states: keys.map((key) => state(key, 1)) });

    assert.deepEqual(
      (await states(store, 'counts')).map(({ key }) => key),
      keys.toSorted(),
    );
  }),

  law('saves and appends of one turn each have an outcome of their own', async (store) => {
    const outcomes = await Promise.allSettled([
      store.append('a', [note(0)]),
      store.consumers.save('counts', { sequenceNumber: 1 }),
      store.consumers.save('counts', { sequenceNumber: 9 }),
      store.append('a', [note(1)], { expectedVersion: 7 }),
      store.consumers.save('counts', { afterSequence: 1, sequenceNumber: 1, states: upTo(3).map((index) => state(`key-${index}`, 1)) }),
    ]);

    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled'],
    );
    assert.equal((await states(store, 'counts')).length, 3);
  }),
];

function state(key: string, sequenceNumber: number): ConsumerState {
  return { key, sequenceNumber, state: { of: key } };
}

async function states(store: EventStore, consumer: string): Promise<readonly ConsumerState[]> {
  const found: ConsumerState[] = [];
  for await (const each of store.consumers.states(consumer)) found.push(each);
  return found.toSorted((left, right) => (left.key < right.key ? -1 : 1));
}
