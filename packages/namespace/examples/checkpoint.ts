import assert from 'node:assert/strict';
//#region checkpoint
import { types } from 'node:util';
import { decodeCheckpoint, encodeCheckpoint, Namespace } from '@holdfast/namespace';

const orders = new Map([['a', { total: 20n }]]);
const entries = Object.entries({ orders, latest: orders.get('a'), job: Promise.resolve() });
const { bytes, skipped } = encodeCheckpoint(
  entries.map(([name, value]) => ({ name, binding: 'property', value })),
  { types },
);
// skipped is [{ name: 'job', reason: 'a Promise' }]

const fresh = new Namespace({});
for (const { name, value } of decodeCheckpoint(bytes).entries) fresh.update({ [name]: value });
// fresh.get('latest') is the very object that fresh.get('orders') holds
//#endregion
assert.deepEqual(skipped, [{ name: 'job', reason: 'a Promise' }]);
assert.equal(fresh.get('latest'), (fresh.get('orders') as typeof orders).get('a'));
