import assert from 'node:assert/strict';
import type { ContractCase } from '@holdfast/protocol/testing';
import { chainText, genesisHash } from '../store/chain.ts';
import type { EventRecord } from '../store/event-record.ts';
import type { EventStore } from '../store/event-store.ts';
import { sha256 } from '../store/sha256.ts';
import { assertFails, collect, law, note, noteWithId, range, sequences, type OpenEventStore } from './kit.ts';

/** What must hold of the records that events are kept as, and of taking them over. */
export const recordLaws: readonly ContractCase<OpenEventStore>[] = [
  law('each record has a hash over itself and the record before it', async (store) => {
    await fill(store);

    let hash = genesisHash;
    for (const record of await records(store)) {
      assert.equal(record.json, JSON.stringify(record.event.data));
      assert.equal(record.schemaVersion, 1);
      hash = sha256(chainText(hash, record.event, record.schemaVersion, record.json));
      assert.equal(record.hash, hash);
    }
    assert.deepEqual(
      (await records(store)).map(({ event }) => event),
      await collect(store.read()),
    );
  }),

  law('records are read between two places', async (store) => {
    await fill(store);
    const all = await records(store);

    assert.deepEqual(await records(store, { afterSequence: 3, untilSequence: 5 }), all.slice(3, 5));
    assert.deepEqual(await records(store, { afterSequence: 8 }), all.slice(8));
    assert.deepEqual(await records(store, { afterSequence: 99 }), []);
    await assertFails(() => store.records({ afterSequence: -1 }), 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT');
  }),

  {
    name: 'EV-37 a store that takes over the records of another is equal to it and goes on from there',
    run: async (open) => {
      const [source, copy] = [await open(), await open()];
      await fill(source);
      const all = await records(source);

      assert.equal(await copy.restore(all.slice(0, 4)), 4);
      assert.equal(await copy.restore(all), 6);
      assert.equal(await copy.restore(all.slice(2, 8)), 0);

      assert.deepEqual(await records(copy), all);
      assert.deepEqual(await collect(copy.read()), await collect(source.read()));
      assert.deepEqual(await copy.streams(), await source.streams());
      const [next] = await copy.append('b', [note(99)]);
      assert.deepEqual([next?.sequenceNumber, next?.streamVersion], [11, 6]);
      assert.equal((await copy.append('a', [noteWithId(1)]))[0]?.sequenceNumber, 1);
      await source.close();
      await copy.close();
    },
  },

  {
    name: 'records that do not continue the history are refused whole',
    run: async (open) => {
      const [source, copy, other] = [await open(), await open(), await open()];
      await fill(source);
      await other.append('z', [note(0)]);
      const all = await records(source);
      const [first, second, third] = all;
      assert.ok(first && second && third);
      const forged = { ...second, event: { ...second.event, codeVersion: 7 } };
      const renamed = { ...second, json: second.json.replace('2', '3') };

      for (const broken of [[second], [first, third], [second, first], [first, forged], [first, renamed], [{ ...first, hash: genesisHash }]]) {
        await assertFails(async () => copy.restore(broken), 'HOLDFAST_EVENT_STORE_CHAIN_BROKEN');
      }
      await assertFails(async () => other.restore(all), 'HOLDFAST_EVENT_STORE_CHAIN_BROKEN');

      assert.equal(await copy.head(), 0);
      assert.equal(await other.head(), 1);
      for (const store of [source, copy, other]) await store.close();
    },
  },

  {
    name: 'data of an earlier schema is read in the present one, and kept as it was',
    run: async (open) => {
      const older = await open();
      await older.append('a', [{ type: 'MEASURED', data: { seconds: 2 } }, note(0)]);
      const kept = await records(older);
      await older.close();
      const upcasters = {
        MEASURED: [(data: Readonly<Record<string, unknown>>) => ({ ms: Number(data['seconds']) * 1000 }), ({ ms }: { ms?: unknown }) => ({ ms: Number(ms), unit: 'ms' })],
      };
      const newer = await open({ upcasters });

      await newer.restore(kept);
      await newer.append('a', [{ type: 'MEASURED', data: { ms: 5, unit: 'ms' } }]);

      const present = [{ ms: 2000, unit: 'ms' }, { index: 0 }, { ms: 5, unit: 'ms' }];
      const read = await collect(newer.read());
      assert.deepEqual(
        read.map((event) => event.data),
        present,
      );
      assert.ok(Object.isFrozen(read[0]?.data));
      assert.deepEqual(
        (await collect(newer.subscribe({ taskId: 'a', limit: 3 }))).map((event) => event.data),
        present,
      );
      assert.deepEqual(
        (await records(newer)).map(({ event, schemaVersion }) => [event.data, schemaVersion]),
        [
          [{ seconds: 2 }, 1],
          [{ index: 0 }, 1],
          [{ ms: 5, unit: 'ms' }, 3],
        ],
      );
      const sum = { initial: () => 0, apply: (total: number, event: { data: Readonly<Record<string, unknown>> }) => total + Number(event.data['ms'] ?? 0) };
      const [decided] = await newer.execute('a', sum, (total) => [note(total)]);
      assert.deepEqual(decided?.data, { index: 2005 });
      await newer.close();
    },
  },

  {
    name: 'an event of a newer schema, and one whose upcaster fails, is named; others can still be read',
    run: async (open) => {
      const newest = await open({ upcasters: { MEASURED: [(data) => data, (data) => data] } });
      await newest.append('a', [{ type: 'MEASURED', data: {} }]);
      await newest.append('b', [note(0)]);
      const kept = await records(newest);
      await newest.close();

      const store = await open({ upcasters: { MEASURED: [(data) => data] } });
      await store.restore(kept);
      await assertFails(async () => collect(store.read()), 'HOLDFAST_EVENT_STORE_CANNOT_UPCAST');
      assert.deepEqual(sequences(await collect(store.read({ taskId: 'b' }))), [2]);
      await store.close();

      const unknowing = await open();
      await unknowing.restore(kept);
      assert.deepEqual(sequences(await collect(unknowing.read())), [1, 2]);
      await unknowing.close();
    },
  },
];

/** Ten events, odd ones to task a, even ones to task b, all with ids of ours. */
async function fill(store: EventStore): Promise<void> {
  for (const index of range(10)) {
    await store.append(index % 2 === 0 ? 'a' : 'b', [{ ...noteWithId(index + 1), vectorClock: { p1: index } }]);
  }
}

async function records(store: EventStore, query?: Parameters<EventStore['records']>[0]): Promise<readonly EventRecord[]> {
  const found: EventRecord[] = [];
  for await (const record of store.records(query)) found.push(record);
  return found;
}
