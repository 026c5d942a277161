import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { isHoldfastError, type JsonValue } from '@holdfast/protocol';
import type { ContractCase } from '@holdfast/protocol/testing';
import type { PromiseStore, PromiseStoreTime } from '../store/promise-store.ts';
import { createFakeTime, type FakeTime } from './fake-time.ts';

/** Opens one fresh, empty store on the given time. */
export type OpenPromiseStore = (time: Required<PromiseStoreTime>) => Promise<PromiseStore>;

/** What every promise store must do. Run each case with any test runner. */
export const promiseStoreContract: readonly ContractCase<OpenPromiseStore>[] = [
  law('PR-01 a promise is created under the given id with its data, and can be awaited', async (store) => {
    const record = await store.create({ ...question, timeoutMs: 1000 });
    const waiting = store.wait('q1');

    await store.resolve('q1', { decision: 'yes' });

    assert.deepEqual(record, {
      id: 'q1',
      kind: 'approval',
      data: { text: 'Deploy?', to: ['eu', 'us'] },
      createdAt: '2026-01-01T00:00:00.000Z',
      deadline: '2026-01-01T00:00:01.000Z',
      state: 'pending',
    });
    assert.deepEqual(await waiting, { decision: 'yes' });
  }),
  law('PR-02 the first settlement wins, later ones and unknown ids are ignored and counted', async (store) => {
    await store.create(question);

    assert.equal(await store.resolve('q1', 1), true);
    assert.equal(await store.resolve('q1', 2), false);
    assert.equal(await store.reject('q1', new Error('late')), false);
    assert.equal(await store.cancel('q1', 'late'), false);
    assert.equal(await store.resolve('unknown', 1), false);
    assert.equal(await store.resolve('\ud800', 1), false);

    assert.equal(await store.wait('q1'), 1);
    assert.equal(store.ignoredSettlements(), 5);
  }),
  law('PR-06 a rejection keeps name, message, code, notes and data of the error', async (store) => {
    await store.create(question);
    const waiting = store.wait('q1');
    const cause = Object.assign(new RangeError('No budget left'), { code: 'BUDGET', notes: ['ask finance'], data: { left: 0 } });

    assert.equal(await store.reject('q1', cause), true);

    const error = { name: 'RangeError', message: 'No budget left', code: 'BUDGET', notes: ['ask finance'], data: { left: 0 } };
    const thrown = await failure(waiting, 'HOLDFAST_PROMISES_REJECTED');
    assert.deepEqual(thrown.data, { id: 'q1', kind: 'approval', error });
    assert.ok(thrown.cause instanceof Error && thrown.cause !== cause);
    assert.deepEqual(Object.entries(error).filter(([field, value]) => !isDeepStrictEqual(Reflect.get(thrown.cause ?? {}, field), value)), []);
  }),
  law('PR-06 a cancelled promise says why', async (store) => {
    await store.create(question);
    const waiting = store.wait('q1');

    assert.equal(await store.cancel('q1', 'the task was stopped'), true);

    const thrown = await failure(waiting, 'HOLDFAST_PROMISES_CANCELLED');
    assert.match(thrown.message, /the task was stopped/u);
    assert.equal((await store.get('q1')).state, 'cancelled');
  }),
  law('PR-07 creating the same promise again gives the existing one, pending or settled', async (store) => {
    const first = await store.create({ ...question, timeoutMs: 1000 });

    assert.deepEqual(await store.create({ ...question, data: { to: ['eu', 'us'], text: 'Deploy?' } }), first);
    await store.resolve('q1', 'yes');

    assert.equal((await store.create(question)).state, 'resolved');
    assert.equal(await store.wait('q1'), 'yes');
    assert.equal(store.pendingHighWaterMark(), 1);
  }),
  law('PR-07 creating another promise under a taken id is an error and changes nothing', async (store) => {
    await store.create(question);

    await failure(store.create({ ...question, data: { text: 'Delete?' } }), 'HOLDFAST_PROMISES_DUPLICATE');
    await failure(store.create({ ...question, kind: 'input' }), 'HOLDFAST_PROMISES_DUPLICATE');

    assert.deepEqual((await store.get('q1')).data, question.data);
  }),
  law('PR-07 ids that look alike and are composed differently are one id', async (store) => {
    await store.create({ ...question, id: 'caf\u00e9' });

    assert.equal((await store.create({ ...question, id: 'cafe\u0301' })).id, 'caf\u00e9');
    assert.equal(await store.resolve('cafe\u0301', 1), true);
  }),
  law('PR-08 a timeout rejects whoever waits, and the late answer is ignored and counted', async (store, time) => {
    await store.create({ ...question, timeoutMs: 30_000 });
    const waiting = store.wait('q1');

    time.advance(29_999);
    assert.equal((await store.get('q1')).state, 'pending');
    time.advance(1);

    await failure(waiting, 'HOLDFAST_PROMISES_TIMEOUT');
    assert.equal(await store.resolve('q1', 'late'), false);
    assert.equal(store.ignoredSettlements(), 1);
    assert.deepEqual(await store.pending(), []);
    assert.deepEqual(time.timers(), []);
  }),
  law('PR-08 an answer after the deadline is late even if the timer has not fired', async (store, time) => {
    await store.create({ ...question, timeoutMs: 1000 });
    const waiting = store.wait('q1');

    time.jump(1000);

    assert.equal(await store.resolve('q1', 'late'), false);
    await failure(waiting, 'HOLDFAST_PROMISES_TIMEOUT');
  }),
  law('PR-08 deadlines pass in their order, whatever the order of creation', async (store, time) => {
    for (const [id, timeoutMs] of [['c', 3000], ['a', 1000], ['b', 2000], ['never', undefined]] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      await store.create({ ...question, id, ...(timeoutMs !== undefined && { timeoutMs }) });
    }

    time.advance(1999);
    assert.deepEqual(await pendingIds(store), ['c', 'b', 'never']);
    time.advance(1);
    assert.deepEqual(await pendingIds(store), ['c', 'never']);
    time.advance(10_000);
    assert.deepEqual(await pendingIds(store), ['never']);
  }),
  law('PR-08 a deadline beyond the longest timer holds', async (store, time) => {
    const year = 365 * 86_400_000;
    await store.create({ ...question, timeoutMs: year });

    assert.ok(time.timers().every((delay) => delay < 2 ** 31));
    time.advance(year - 1);
    assert.equal((await store.get('q1')).state, 'pending');
    time.advance(1);
    assert.equal((await store.get('q1')).state, 'timedout');
  }),
  law('PR-09 what is pending is listed oldest first with its data, by kind where asked', async (store) => {
    await store.create({ ...question, id: 'z' });
    await store.create({ ...question, id: 'm', kind: 'input' });
    await store.create({ ...question, id: 'a' });
    await store.resolve('z', null);

    const pending = await store.pending();

    assert.deepEqual(pending.map(({ id, kind, data, state }) => ({ id, kind, data, state })), [
      { id: 'm', kind: 'input', data: question.data, state: 'pending' },
      { id: 'a', kind: 'approval', data: question.data, state: 'pending' },
    ]);
    assert.deepEqual(await store.pending({ kind: 'input' }), pending.slice(0, 1));
    assert.deepEqual(await store.pending({ kind: 'other' }), []);
  }),
  law('PR-27 settled before it is awaited, while it is awaited, and awaited twice', async (store) => {
    await store.create({ ...question, id: 'before' });
    await store.create({ ...question, id: 'during' });

    await store.resolve('before', null);
    const during = [store.wait('during'), store.wait('during')];
    await store.resolve('during', [1]);

    assert.deepEqual(await Promise.all([store.wait('before'), store.wait('before'), ...during, store.wait('during')]), [null, null, [1], [1], [1]]);
  }),
  law('PR-27 rejected and timed out before it is awaited', async (store, time) => {
    await store.create({ ...question, id: 'rejected' });
    await store.create({ ...question, id: 'timedout', timeoutMs: 1 });
    await store.reject('rejected', { message: 'no' });
    time.advance(1);

    await failure(store.wait('rejected'), 'HOLDFAST_PROMISES_REJECTED');
    await failure(store.wait('timedout'), 'HOLDFAST_PROMISES_TIMEOUT');
  }),
  law('PR-27 every JSON value comes back as it was given, and the giver can no longer change it', async (store) => {
    const value = { text: '\u0000 "\u{1f600}"', number: -1.5e-7, list: [null, true, []], ['__proto__']: { deep: {} } };
    const given = structuredClone(value);
    await store.create({ ...question, data: given });
    await store.resolve('q1', given);
    given.list.length = 0;

    assert.deepEqual(await store.wait('q1'), value);
    assert.deepEqual((await store.get('q1')).data, value);
    assert.ok(Object.isFrozen(await store.wait('q1')));
  }),
  law('an aborted wait ends with the reason of its signal and leaves the promise as it is', async (store) => {
    await store.create(question);
    const controller = new AbortController();
    const reason = new Error('enough');
    const [aborted, other] = [store.wait('q1', { signal: controller.signal }), store.wait('q1')];

    controller.abort(reason);

    await assert.rejects(aborted, (error) => error === reason);
    await assert.rejects(store.wait('q1', { signal: controller.signal }), (error) => error === reason);
    await store.resolve('q1', 'yes');
    assert.equal(await other, 'yes');
  }),
  law('an unknown promise cannot be read or waited for', async (store) => {
    assert.equal(await store.find('unknown'), undefined);
    await failure(store.get('unknown'), 'HOLDFAST_PROMISES_NOT_FOUND');
    await failure(store.wait('unknown'), 'HOLDFAST_PROMISES_NOT_FOUND');
  }),
  law('what cannot be kept is refused, and nothing is kept of it', async (store) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the types forbid is what must be refused
    const notJson = new Map() as unknown as JsonValue;
    await failure(store.create({ ...question, data: notJson }), 'HOLDFAST_PROMISES_NOT_JSON');
    await failure(store.create({ ...question, data: { number: Number.NaN } }), 'HOLDFAST_PROMISES_NOT_JSON');
    await failure(store.create({ ...question, id: '' }), 'HOLDFAST_PROTOCOL_INVALID_ID');
    await failure(store.create({ ...question, id: '\ud800' }), 'HOLDFAST_PROMISES_INVALID_ID');
    await assert.rejects(store.create({ ...question, timeoutMs: -1 }), RangeError);
    await assert.rejects(store.create({ ...question, timeoutMs: Number.NaN }), RangeError);
    await assert.rejects(store.create({ ...question, timeoutMs: Number.POSITIVE_INFINITY }), RangeError);

    assert.deepEqual(await store.pending(), []);
    await store.create(question);
    await failure(store.resolve('q1', notJson), 'HOLDFAST_PROMISES_NOT_JSON');
    assert.equal((await store.get('q1')).state, 'pending');
  }),
  law('PR-39 PR-42 closing tells whoever waits, stops every timer, and refuses what comes after', async (store, time) => {
    await store.create({ ...question, timeoutMs: 1000 });
    const waiting = [store.wait('q1'), store.wait('q1')].map(async (each) => failure(each, 'HOLDFAST_PROMISES_CLOSED'));

    await Promise.all([store.close(), store.close()]);

    await Promise.all(waiting);
    assert.deepEqual(time.timers(), []);
    const after = [store.create({ ...question, id: 'q2' }), store.resolve('q1', 1), store.wait('q1'), store.find('q1'), store.pending()];
    await Promise.all(after.map(async (each) => failure(each, 'HOLDFAST_PROMISES_CLOSED')));
  }),
  law('PR-40 the high-water mark is the most that were pending at one time', async (store) => {
    assert.equal(store.pendingHighWaterMark(), 0);
    for (const id of ['a', 'b', 'a']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      await store.create({ ...question, id });
    }
    await store.resolve('a', 1);
    await store.cancel('b', 'done');
    await store.create({ ...question, id: 'c' });

    assert.equal(store.pendingHighWaterMark(), 2);
  }),
  law('PR-43 of an answer and a close the first wins, and of two answers', async (store) => {
    await store.create(question);
    const waiting = store.wait('q1');

    const answers = await Promise.all([store.resolve('q1', 'first'), store.resolve('q1', 'second'), store.close()]);

    assert.deepEqual(answers, [true, false, undefined]);
    assert.equal(await waiting, 'first');
  }),
];

const question = { id: 'q1', kind: 'approval', data: { text: 'Deploy?', to: ['eu', 'us'] } };

function law(name: string, prove: (store: PromiseStore, time: FakeTime) => Promise<void>): ContractCase<OpenPromiseStore> {
  return {
    name,
    run: async (open) => {
      const time = createFakeTime();
      await using store = await open(time);
      await prove(store, time);
    },
  };
}

async function pendingIds(store: PromiseStore): Promise<string[]> {
  return (await store.pending()).map(({ id }) => id);
}

async function failure(work: Promise<unknown>, code: string): Promise<Error & { readonly data?: unknown }> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  assert.ok('error' in outcome, `expected ${code}`);
  assert.ok(isHoldfastError(outcome.error, code), `expected ${code}, got ${String(outcome.error)}`);
  return outcome.error;
}
