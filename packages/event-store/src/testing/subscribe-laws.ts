import assert from 'node:assert/strict';
import type { ContractCase } from '@holdfast/protocol/testing';
import type { EventStore } from '../store/event-store.ts';
import { assertFails, collect, law, note, range, sequences, upTo, type OpenEventStore } from './kit.ts';

/** What must hold of subscribing. */
export const subscribeLaws: readonly ContractCase<OpenEventStore>[] = [
  law('EV-53 a subscription catches up and goes on live, without a gap and without a duplicate', async (store) => {
    await appendMany(store, 50);
    const received: number[] = [];

    for await (const event of store.subscribe({ limit: 150 })) {
      received.push(event.sequenceNumber);
      if (received.length === 10) await appendMany(store, 50);
      if (received.length === 100) void appendMany(store, 50);
    }

    assert.deepEqual(received, upTo(150));
  }),

  law('EV-53 appends race with subscribers that start at different places, and each gets all that is after its place', async (store) => {
    const subscribers = range(10).map(async (index) => collect(store.subscribe({ afterSequence: index * 10, limit: 200 - index * 10 })));
    const writers = range(4).map(async () => appendMany(store, 50));

    const received = await Promise.all(subscribers);
    await Promise.all(writers);

    for (const [index, events] of received.entries()) assert.deepEqual(sequences(events), upTo(200).slice(index * 10));
  }),

  law('EV-45 EV-53 a subscription to one task and type is given no others', async (store) => {
    const receiving = collect(store.subscribe({ taskId: 'a', types: ['WANTED'], afterVersion: 1, limit: 2 }));
    await store.append('a', [note(0, 'WANTED')]);
    await store.append('b', [note(1, 'WANTED')]);
    await store.append('a', [note(2, 'OTHER')]);
    await store.append('a', [note(3, 'WANTED'), note(4, 'WANTED'), note(5, 'WANTED')]);

    assert.deepEqual(
      (await receiving).map((event) => event.data['index']),
      [3, 4],
    );
  }),

  law('EV-39 subscribers see nothing of an append that failed', async (store) => {
    const receiving = collect(store.subscribe({ limit: 2 }));
    await store.append('a', [note(0)]);
    await assertFails(async () => store.append('a', [note(1)], { expectedVersion: 0 }), 'HOLDFAST_EVENT_STORE_CONFLICT');
    await store.append('a', [note(2)]);

    assert.deepEqual(
      (await receiving).map((event) => event.data['index']),
      [0, 2],
    );
  }),

  law('a signal ends a subscription that waits, one that reads and one that never began', async (store) => {
    await appendMany(store, 3);
    const waiting = new AbortController();
    const caughtUp = Promise.withResolvers<void>();
    const collecting = (async () => {
      const received: number[] = [];
      for await (const event of store.subscribe({ signal: waiting.signal })) {
        received.push(event.sequenceNumber);
        if (event.sequenceNumber === 3) caughtUp.resolve();
      }
      return received;
    })();
    await caughtUp.promise;
    waiting.abort();
    assert.deepEqual(await collecting, [1, 2, 3]);

    const reading = new AbortController();
    const received: number[] = [];
    for await (const event of store.subscribe({ signal: reading.signal })) {
      received.push(event.sequenceNumber);
      reading.abort();
    }
    assert.deepEqual(received, [1]);

    assert.deepEqual(await collect(store.subscribe({ signal: AbortSignal.abort() })), []);
  }),

  law('a reader that leaves while it waits is let go', async (store) => {
    const iterator = store.subscribe()[Symbol.asyncIterator]();
    const next = iterator.next();

    await iterator.return?.();

    assert.deepEqual(await next, { done: true, value: undefined });
  }),

  law('closing the store ends its subscriptions', async (store) => {
    const receiving = collect(store.subscribe());
    await appendMany(store, 3);

    await store.close();

    assert.deepEqual(sequences(await receiving), upTo((await receiving).length));
  }),

  {
    name: 'EV-49 a subscription until an instant ends once the store has gone past it',
    run: async (open) => {
      let now = Date.parse('2026-03-01T12:00:00.000Z');
      const store = await open({ now: () => now });
      const receiving = collect(store.subscribe({ until: '2026-03-01' }));
      await store.append('a', [note(0)]);
      now += 86_400_000;

      await store.append('b', [note(1)]);

      assert.deepEqual(sequences(await receiving), [1]);
      await store.close();
    },
  },

  law('a slow reader holds up neither appends nor other readers', async (store) => {
    await appendMany(store, 1);
    const slow = store.subscribe()[Symbol.asyncIterator]();
    await slow.next();

    await appendMany(store, 99);

    assert.equal((await collect(store.subscribe({ limit: 100 }))).length, 100);
    const second = await slow.next();
    assert.equal(second.done === true ? undefined : second.value.sequenceNumber, 2);
    await slow.return?.();
  }),
];

async function appendMany(store: EventStore, count: number): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- each append waits for the one before it, so that readers come between
  for (const index of range(count)) await store.append('a', [note(index)]);
}
