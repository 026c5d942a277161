import assert from 'node:assert/strict';
import type { ContractCase } from '@holdfast/protocol/testing';
import type { Projection } from '../projection/projection.ts';
import { assertFails, note, noteWithId, range, type OpenEventStore } from './kit.ts';

/** Sums the indexes of a task's notes; refuses an index below 0. */
const sums: Projection<{ sum: number }> = {
  name: 'sums',
  types: ['NOTE_TAKEN'],
  initial: () => ({ sum: 0 }),
  apply: ({ sum }, { data }) => {
    const index = Number(data['index']);
    if (index < 0) throw new Error('an index below 0');
    return { sum: sum + index };
  },
};

/** Counts all events by type, with states that are no JSON by themselves. */
const counts: Projection<Map<string, number>> = {
  name: 'counts',
  keyOf: (event) => (event.type === 'UNCOUNTED' ? undefined : 'all'),
  initial: () => new Map(),
  apply: (before, { type }) => new Map([...before, [type, (before.get(type) ?? 0) + 1]]),
  encode: (map) => Object.fromEntries(map),
  decode: (encoded) => new Map(Object.entries(typeof encoded === 'object' && encoded !== null ? encoded : {}).map(([type, count]) => [type, Number(count)])),
};

/** What must hold of projections that move with the events. */
export const inlineLaws: readonly ContractCase<OpenEventStore>[] = [
  {
    name: 'an inline projection is up to date when the append is acknowledged',
    run: async (open) => {
      const store = await open({ inline: [sums, counts] });

      for (const index of range(3)) {
        await store.append('a', [note(index + 1), { type: 'OTHER', data: {} }]);
        assert.deepEqual((await store.consumers.findState('sums', 'a'))?.state, { sum: [1, 3, 6][index] });
      }
      await store.append('b', [note(10), { type: 'UNCOUNTED', data: {} }]);

      assert.deepEqual(await store.consumers.findState('sums', 'a'), { key: 'a', sequenceNumber: 5, state: { sum: 6 } });
      assert.deepEqual(await store.consumers.findState('sums', 'b'), { key: 'b', sequenceNumber: 7, state: { sum: 10 } });
      assert.deepEqual(await store.consumers.findState('counts', 'all'), { key: 'all', sequenceNumber: 7, state: { NOTE_TAKEN: 4, OTHER: 3 } });
      assert.equal(await store.consumers.position('sums'), 8);
      await store.close();
    },
  },

  {
    name: 'EV-35 appends of one turn all go into an inline projection, each once',
    run: async (open) => {
      const store = await open({ inline: [sums, counts] });
      const repeated = noteWithId(1);

      await Promise.all([...range(50).map(async (index) => store.append(`task-${index % 3}`, [note(1)])), store.append('task-0', [repeated]), store.append('task-0', [repeated])]);

      assert.deepEqual((await store.consumers.findState('counts', 'all'))?.state, { NOTE_TAKEN: 51 });
      assert.deepEqual((await store.consumers.findState('sums', 'task-0'))?.state, { sum: 18 });
      await store.close();
    },
  },

  {
    name: 'an append that an inline projection fails at is refused, and its neighbours go on',
    run: async (open) => {
      const store = await open({ inline: [counts, sums] });

      const outcomes = await Promise.allSettled([store.append('a', [note(1)]), store.append('a', [note(5), note(-1)]), store.append('a', [note(2)])]);

      assert.deepEqual(
        outcomes.map((outcome) => outcome.status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      await assertFails(async () => store.append('a', [note(-1)]), 'HOLDFAST_EVENT_STORE_PROJECTION_FAILED');
      assert.equal(await store.head(), 2);
      assert.deepEqual((await store.consumers.findState('sums', 'a'))?.state, { sum: 3 });
      assert.deepEqual((await store.consumers.findState('counts', 'all'))?.state, { NOTE_TAKEN: 2 });
      await store.close();
    },
  },

  {
    name: 'an append that is refused for its version leaves an inline projection as it was',
    run: async (open) => {
      const store = await open({ inline: [sums] });
      await store.append('a', [note(1)]);

      await assertFails(async () => store.append('a', [note(2)], { expectedVersion: 0 }), 'HOLDFAST_EVENT_STORE_CONFLICT');

      assert.deepEqual((await store.consumers.findState('sums', 'a'))?.state, { sum: 1 });
      await store.close();
    },
  },
];
