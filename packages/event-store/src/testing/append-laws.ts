import assert from 'node:assert/strict';
import type { ContractCase } from '@holdfast/protocol/testing';
import { isVersionConflict } from '../errors.ts';
import type { Event, NewEvent } from '../event.ts';
import { assertFails, collect, law, note, range, sequences, upTo, type OpenEventStore } from './kit.ts';

const noon = Date.parse('2026-03-01T12:00:00.000Z');

/** What must hold of appending. */
export const appendLaws: readonly ContractCase<OpenEventStore>[] = [
  law('EV-34 EV-36 sequence numbers are global, stream versions are of one task, both from 1 without a gap', async (store) => {
    const first = await store.append('a', [note(0), note(1)]);
    const second = await store.append('b', [note(2)]);
    const third = await store.append('a', [note(3)]);

    const numbers = [...first, ...second, ...third].map((event) => [event.taskId, event.sequenceNumber, event.streamVersion]);
    assert.deepEqual(numbers, [
      ['a', 1, 1],
      ['a', 2, 2],
      ['b', 3, 1],
      ['a', 4, 3],
    ]);
    assert.equal(await store.head(), 4);
    assert.deepEqual(await store.streams(), [
      { taskId: 'a', streamVersion: 3, firstSequence: 1, lastSequence: 4 },
      { taskId: 'b', streamVersion: 1, firstSequence: 3, lastSequence: 3 },
    ]);
  }),

  law('EV-33 EV-35 ten writers at once get ten numbers', async (store) => {
    const appended = await Promise.all(range(10).map(async (index) => store.append(`task-${index}`, [note(index)])));

    assert.deepEqual(sequences(appended.flat()), upTo(10));
  }),

  law('EV-33 EV-35 a hundred parallel appends to one task give exactly 1 to 100, in the order of the calls', async (store) => {
    const appended = await Promise.all(range(100).map(async (index) => store.append('a', [note(index)])));

    assert.deepEqual(sequences(appended.flat()), upTo(100));
    assert.deepEqual(
      appended.flat().map((event) => event.data['index']),
      range(100),
    );
    assert.deepEqual(await collect(store.read()), appended.flat());
  }),

  law('EV-35 ten writers of ten events each, one after the other, give a hundred numbers', async (store) => {
    const write = async (writer: number): Promise<readonly Event[]> => {
      const own: Event[] = [];
      // oxlint-disable-next-line no-await-in-loop -- each writer waits for its last append
      for (const index of range(10)) own.push(...(await store.append(`task-${writer}`, [note(index)])));
      return own;
    };

    const appended = await Promise.all(range(10).map(write));

    assert.deepEqual(
      appended.flat().map((event) => event.sequenceNumber).toSorted((left, right) => left - right),
      upTo(100),
    );
    for (const own of appended) {
      assert.deepEqual(
        own.map((event) => event.streamVersion),
        upTo(10),
      );
    }
  }),

  law('EV-34 an append that is refused keeps nothing and consumes no number', async (store) => {
    await store.append('a', [note(0)]);

    await assertFails(async () => store.append('a', [note(1), { type: '', data: {} }]), 'HOLDFAST_EVENT_STORE_INVALID_EVENT');
    await assertFails(async () => store.append('a', [note(1)], { expectedVersion: 7 }), 'HOLDFAST_EVENT_STORE_CONFLICT');

    assert.equal(await store.head(), 1);
    const [next] = await store.append('a', [note(2)]);
    assert.deepEqual([next?.sequenceNumber, next?.streamVersion], [2, 2]);
  }),

  law('a conflict says what was expected and what is', async (store) => {
    await store.append('a', [note(0), note(1)], { expectedVersion: 0 });

    const failure = await store.append('a', [note(2)], { expectedVersion: 0 }).catch((error: unknown) => error);

    assert.ok(isVersionConflict(failure));
    assert.deepEqual(failure.data, { taskId: 'a', expected: 0, actual: 2 });
    await store.append('a', [note(2)], { expectedVersion: 2 });
    assert.equal(await store.head(), 3);
  }),

  law('of appends that expect the same version one wins and none of the others harms a neighbour', async (store) => {
    const outcomes = await Promise.allSettled([
      ...range(5).map(async (index) => store.append('a', [note(index)], { expectedVersion: 0 })),
      store.append('b', [note(9)]),
    ]);

    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ['fulfilled', 'rejected', 'rejected', 'rejected', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(sequences(await collect(store.read())), [1, 2]);
  }),

  law('appending nothing changes nothing and still checks the version', async (store) => {
    assert.deepEqual(await store.append('a', []), []);
    await assertFails(async () => store.append('a', [], { expectedVersion: 1 }), 'HOLDFAST_EVENT_STORE_CONFLICT');

    assert.equal(await store.head(), 0);
    assert.deepEqual(await store.streams(), []);
  }),

  law('EV-11 a caller cannot set the numbers', async (store) => {
    const forged: NewEvent = Object.assign(note(0), { sequenceNumber: 5 });

    await assertFails(async () => store.append('a', [forged]), 'HOLDFAST_EVENT_STORE_INVALID_EVENT');
  }),

  law('EV-08 EV-43 EV-44 a task id that is none is refused, a strange one is kept apart from all others', async (store) => {
    for (const bad of ['', 'a'.repeat(257), 'a\u0000b', '\ud800']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a failure names its id
      await assertFails(async () => store.append(bad, [note(0)]), 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT');
    }
    const strange = ['../../etc/passwd', '..%2f', 'a/b', 'a\\b', 'a%', "a'; --", '__proto__', 'Cafe\u0301', 'A', 'a'];
    await Promise.all(strange.map(async (taskId, index) => store.append(taskId, [note(index)])));

    const found = await Promise.all(strange.map(async (taskId) => collect(store.read({ taskId }))));
    assert.deepEqual(
      found.map((events) => events.map((event) => event.data['index'])),
      range(strange.length).map((index) => [index]),
    );
    assert.equal((await collect(store.read({ taskId: 'Caf\u00e9' }))).length, 1);
  }),

  law('EV-37 EV-76 what is read back is what was appended, deep-frozen', async (store) => {
    const data = { text: 'ü \u0000 \ud83d\ude00 \ud800', list: [1.5, -0, null, true, [{}]], ['__proto__']: { constructor: 1e21 } };
    const cause = '0198a1b2-0000-7000-8000-000000000001';
    const appended = await store.append('a', [
      {
        type: 'CODE_GENERATED',
        data,
        codeVersion: 3,
        codeHash: 'ab'.repeat(32),
        vectorClock: { ['__proto__']: 1, constructor: 2 },
        causationId: cause,
        correlationId: 'request 1',
      },
    ]);

    const [read] = await collect(store.read());

    assert.deepEqual([read], appended);
    assert.equal(JSON.stringify(read), JSON.stringify(appended[0]));
    for (const event of [read, appended[0]]) assertFrozen(event);
  }),

  law(
    'EV-42 data beyond the limit is refused, data at the limit is kept',
    async (store) => {
      const fits = { type: 'NOTE_TAKEN', data: { text: 'x'.repeat(1000 - '{"text":""}'.length) } };
      const tooLarge = { type: 'NOTE_TAKEN', data: { text: 'ü'.repeat(500) } };

      await assertFails(async () => store.append('a', [note(0), tooLarge]), 'HOLDFAST_EVENT_STORE_EVENT_TOO_LARGE');
      await store.append('a', [fits]);

      assert.equal(await store.head(), 1);
    },
    { maxEventBytes: 1000 },
  ),

  law('EV-16 EV-42 ten megabytes of data are kept', async (store) => {
    const text = 'x'.repeat(10 * 1024 * 1024);
    await store.append('a', [{ type: 'NOTE_TAKEN', data: { text } }]);

    const [event] = await collect(store.read());

    assert.equal(event?.data['text'], text);
  }),

  {
    name: 'timestamps never run backwards, whatever the clock does',
    run: async (open) => {
      const clock = [noon, noon - 3_600_000, noon + 1, noon + 86_400_000, noon + 2];
      const store = await open({ now: () => clock.shift() ?? noon });
      for (const index of range(5)) await store.append('a', [note(index)]); // oxlint-disable-line no-await-in-loop -- in this order

      const instants = (await collect(store.read())).map((event) => Date.parse(event.timestamp) - noon);

      assert.deepEqual(instants, [0, 0, 1, 86_400_000, 86_400_000]);
      await store.close();
    },
  },

  {
    name: 'ids and time come from the options',
    run: async (open) => {
      const eventId = '0198a1b2-0000-7000-8000-000000000002';
      const store = await open({ now: () => noon, newId: () => eventId });

      const [event] = await store.append('a', [note(0)]);

      assert.deepEqual([event?.eventId, event?.timestamp], [eventId, '2026-03-01T12:00:00.000Z']);
      await store.close();
    },
  },

  {
    name: 'closing finishes what was called before it and refuses what comes after; closing twice is no error',
    run: async (open) => {
      const store = await open();
      const early = store.append('a', [note(0)]);
      await store.close();
      await store.close();

      assert.equal((await early).length, 1);
      await assertFails(async () => store.append('a', [note(1)]), 'HOLDFAST_EVENT_STORE_CLOSED');
      await assertFails(() => store.read(), 'HOLDFAST_EVENT_STORE_CLOSED');
      await assertFails(() => store.subscribe(), 'HOLDFAST_EVENT_STORE_CLOSED');
      await assertFails(async () => store.head(), 'HOLDFAST_EVENT_STORE_CLOSED');
      await assertFails(async () => store.streams(), 'HOLDFAST_EVENT_STORE_CLOSED');
    },
  },
];

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  assert.ok(Object.isFrozen(value));
  for (const part of Object.values(value)) assertFrozen(part);
}
