import assert from 'node:assert/strict';
import type { ContractCase } from '@holdfast/protocol/testing';
import type { EventQuery, EventStore } from '../store/event-store.ts';
import { assertFails, collect, law, note, range, sequences, upTo, type OpenEventStore } from './kit.ts';

const firstOfMarch = Date.parse('2026-03-01T00:00:00.000Z');
const hourMs = 3_600_000;

/** What must hold of reading. */
export const readLaws: readonly ContractCase<OpenEventStore>[] = [
  law('EV-48 an empty store, and an unknown task, have no events', async (store) => {
    assert.deepEqual(await collect(store.read()), []);
    assert.deepEqual(await collect(store.read({ taskId: 'nobody' })), []);
    assert.equal(await store.head(), 0);
    assert.deepEqual(await store.streams(), []);
  }),

  law('EV-45 reading one task gives only that task, in order', async (store) => {
    await fill(store);

    assert.deepEqual(await numbers(store, { taskId: 'a' }), [1, 3, 5, 7, 9]);
    assert.deepEqual(await numbers(store, { taskId: 'b' }), [2, 4, 6, 8, 10]);
  }),

  law('EV-46 after a sequence number comes what is strictly greater', async (store) => {
    await fill(store);

    assert.deepEqual(await numbers(store, { afterSequence: 7 }), [8, 9, 10]);
    assert.deepEqual(await numbers(store, { taskId: 'a', afterSequence: 3 }), [5, 7, 9]);
    assert.deepEqual(await numbers(store, { taskId: 'a', afterSequence: 4 }), [5, 7, 9]);
    assert.deepEqual(await numbers(store, { afterSequence: 10 }), []);
    assert.deepEqual(await numbers(store, { afterSequence: 99 }), []);
  }),

  law('after a version comes what is later in its own stream', async (store) => {
    await fill(store);

    assert.deepEqual(await numbers(store, { taskId: 'b', afterVersion: 3 }), [8, 10]);
    assert.deepEqual(await numbers(store, { taskId: 'b', afterVersion: 1, afterSequence: 6 }), [8, 10]);
    assert.deepEqual(await numbers(store, { afterVersion: 4 }), [9, 10]);
    assert.deepEqual(await numbers(store, { taskId: 'b', afterVersion: 99 }), []);
  }),

  law('EV-47 a negative bound counts as 0, a bound that is no integer is refused', async (store) => {
    await fill(store);

    assert.deepEqual(await numbers(store, { afterSequence: -5, afterVersion: -1 }), upTo(10));
    const broken: readonly EventQuery[] = [
      { afterSequence: Number.NaN },
      { afterSequence: 1.5 },
      { afterVersion: Number.POSITIVE_INFINITY },
      { limit: -1 },
      { limit: 0.5 },
      { until: 'yesterday' },
      { until: '2026-02-30' },
      { since: 'tomorrow' },
      { untilSequence: -1 },
      { untilVersion: 0.5 },
      { taskId: '' },
    ];
    for (const query of broken) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a failure names its query
      await assertFails(() => store.read(query), 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT');
    }
  }),

  law('types and limit narrow what is read', async (store) => {
    await fill(store);

    assert.deepEqual(await numbers(store, { types: ['ODD'] }), [1, 3, 5, 7, 9]);
    assert.deepEqual(await numbers(store, { types: ['EVEN', 'ODD'], limit: 3 }), [1, 2, 3]);
    assert.deepEqual(await numbers(store, { taskId: 'a', types: ['EVEN'] }), []);
    assert.deepEqual(await numbers(store, { types: [] }), []);
    assert.deepEqual(await numbers(store, { limit: 0 }), []);
    assert.deepEqual(await numbers(store, { taskId: 'b', types: ['EVEN'], afterSequence: 2, limit: 2 }), [4, 6]);
  }),

  {
    name: 'EV-49 until an instant, itself included; a date without a time is the end of that day',
    run: async (open) => {
      let hour = -6;
      const store = await open({
        now: () => {
          hour += 6;
          return firstOfMarch + hour * hourMs;
        },
      });
      await fill(store);

      assert.deepEqual(await numbers(store, { until: '2026-03-01T06:00:00.000Z' }), [1, 2]);
      assert.deepEqual(await numbers(store, { until: '2026-03-01T07:59:00+02:00' }), [1]);
      assert.deepEqual(await numbers(store, { until: '2026-03-01' }), [1, 2, 3, 4]);
      assert.deepEqual(await numbers(store, { taskId: 'a', until: '2026-03-01', afterSequence: 1 }), [3]);
      assert.deepEqual(await numbers(store, { until: '2026-02-28' }), []);
      assert.deepEqual(await numbers(store, { until: '2027-01-01' }), upTo(10));
      await store.close();
    },
  },

  {
    name: 'since an instant, itself included; a date without a time is the start of that day',
    run: async (open) => {
      let hour = -6;
      const store = await open({
        now: () => {
          hour += 6;
          return firstOfMarch + hour * hourMs;
        },
      });
      await fill(store);

      assert.deepEqual(await numbers(store, { since: '2026-03-03T06:00:00.000Z' }), [10]);
      assert.deepEqual(await numbers(store, { since: '2026-03-03T07:59:00+02:00' }), [10]);
      assert.deepEqual(await numbers(store, { since: '2026-03-02' }), [5, 6, 7, 8, 9, 10]);
      assert.deepEqual(await numbers(store, { since: '2026-03-02', until: '2026-03-02', taskId: 'a' }), [5, 7]);
      assert.deepEqual(await numbers(store, { since: '2027-01-01' }), []);
      assert.deepEqual(await numbers(store, { since: '2026-02-28', limit: 2 }), [1, 2]);
      await store.close();
    },
  },

  law('up to a sequence number, and up to a version, both included', async (store) => {
    await fill(store);

    assert.deepEqual(await numbers(store, { untilSequence: 4 }), [1, 2, 3, 4]);
    assert.deepEqual(await numbers(store, { untilSequence: 7, afterSequence: 4, taskId: 'a' }), [5, 7]);
    assert.deepEqual(await numbers(store, { untilSequence: 0 }), []);
    assert.deepEqual(await numbers(store, { untilSequence: 99 }), upTo(10));
    assert.deepEqual(await numbers(store, { taskId: 'b', untilVersion: 2 }), [2, 4]);
    assert.deepEqual(await numbers(store, { untilVersion: 1 }), [1, 2]);
    assert.deepEqual(await numbers(store, { taskId: 'b', untilVersion: 4, afterVersion: 2 }), [6, 8]);
    assert.deepEqual(sequences(await collect(store.subscribe({ untilSequence: 3 }))), [1, 2, 3]);
  }),

  law('what belongs together by correlation, and what one event caused', async (store) => {
    const [first] = await store.append('a', [{ ...note(0), correlationId: 'request 1' }]);
    const causationId = first?.eventId ?? '';
    await store.append('b', [{ ...note(1), correlationId: 'request 1', causationId }, note(2)]);
    await store.append('a', [{ ...note(3), correlationId: 'request 2', causationId }]);

    assert.deepEqual(await numbers(store, { correlationId: 'request 1' }), [1, 2]);
    assert.deepEqual(await numbers(store, { correlationId: 'request 1', taskId: 'b' }), [2]);
    assert.deepEqual(await numbers(store, { causationId }), [2, 4]);
    assert.deepEqual(await numbers(store, { causationId: causationId.toUpperCase(), correlationId: 'request 2' }), [4]);
    assert.deepEqual(await numbers(store, { correlationId: 'nothing' }), []);
  }),

  law('one event is found by its id, in whatever case it is written; an unknown one, and what is no id, is not', async (store) => {
    await fill(store);
    const [, second] = await collect(store.read());

    assert.deepEqual(await store.findEvent(second?.eventId ?? ''), second);
    assert.deepEqual(await store.findEvent(second?.eventId.toUpperCase() ?? ''), second);
    assert.equal(await store.findEvent('0198a1b2-0000-7000-8000-000000000000'), undefined);
    assert.equal(await store.findEvent('not an id'), undefined);
    assert.equal(await store.findEvent(''), undefined);
  }),

  law('one task is found with where it begins and ends, an unknown one is not', async (store) => {
    await fill(store);

    assert.deepEqual(await store.findStream('b'), { taskId: 'b', streamVersion: 5, firstSequence: 2, lastSequence: 10 });
    assert.equal(await store.findStream('c'), undefined);
    await assertFails(async () => store.findStream(''), 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT');
  }),

  law('a read covers what was there at its call and may be walked twice', async (store) => {
    await fill(store);
    const events = store.read({ afterSequence: 8 });
    await store.append('a', [note(11)]);

    assert.deepEqual(sequences(await collect(events)), [9, 10]);
    assert.deepEqual(sequences(await collect(events)), [9, 10]);
  }),

  law('a long history is read whole, also one task of it', async (store) => {
    await Promise.all(range(1300).map(async (index) => store.append(`task-${index % 2}`, [note(index), note(index)])));

    assert.deepEqual(await numbers(store), upTo(2600));
    const own = await collect(store.read({ taskId: 'task-1', types: ['NOTE_TAKEN'] }));
    assert.deepEqual(
      own.map((event) => event.streamVersion),
      upTo(1300),
    );
    assert.equal((await numbers(store, { taskId: 'task-0', afterSequence: 1, limit: 1200 })).length, 1200);
  }),
];

/** Ten events, odd ones to task a, even ones to task b. */
async function fill(store: EventStore): Promise<void> {
  await Promise.all(
    upTo(10).map(async (index) => store.append(index % 2 === 1 ? 'a' : 'b', [note(index, index % 2 === 1 ? 'ODD' : 'EVEN')])),
  );
}

async function numbers(store: EventStore, query?: EventQuery): Promise<readonly number[]> {
  return sequences(await collect(store.read(query)));
}
