import assert from 'node:assert/strict';
import { createSession } from '@holdfast/executor';

//#region checkpoint
const session = await createSession();
await session.execute(`
  const orders = new Map([['a', { total: 20 }]]);
  const sum = () => [...orders.values()].reduce((all, { total }) => all + total, 0);
  const timer = setTimeout(() => {}, 1000);
`);
const { checkpoint, skipped } = await session.checkpoint(); // skipped is [{ name: 'timer', reason: 'a Timeout' }]
await session.close();

const later = await createSession();
await later.restore(checkpoint); // merges into what is there
const { value } = await later.execute('sum()'); // 20
//#endregion
await later.close();
assert.deepEqual(skipped, [{ name: 'timer', reason: 'a Timeout' }]);
assert.equal(value, 20);
