// From plain execute to durable functions, step by step: quoted by docs/migration-to-durable.md.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDurableExecute,
  createMemoryCellCheckpoints,
  defineDurableExecute,
  MigrationAdapter,
  openPromises,
  type CellExecutor,
  type Dependency,
  type ExecuteFn,
} from '@holdfast/promises/durable';
//#region plain
import { createSession } from '@holdfast/executor';

const session = await createSession({ sessionId: 'shop' });
const plain = await session.execute('const prices = [9.5, 140]; prices.length');
//#endregion
assert.equal(plain.value, 2);

//#region port
const direct: ExecuteFn = async ({ code, executionId }, { signal }) => session.execute(code, { executionId, signal });

const { signal } = new AbortController();
const same = await direct({ sessionId: 'shop', executionId: 'order-1', code: 'prices.length' }, { signal });
//#endregion
assert.equal(same.value, 2);

const folder = mkdtempSync(join(tmpdir(), 'holdfast-migration-'));
//#region wrap
const promises = await openPromises({ mode: 'local', path: join(folder, 'promises.db') });
const executor: Dependency<CellExecutor> = { name: 'executor', lifetime: 'run', create: () => ({ execute: direct }) };
const checkpoints = createMemoryCellCheckpoints(); // Keep them in a file, as the tour does, so that they outlive the process.
const durable = createDurableExecute(promises, defineDurableExecute(promises, { executor, checkpoints }));

const order = { sessionId: 'shop', executionId: 'order-2', code: 'await Promise.resolve(prices[1])' };
const once = await durable(order, { signal });
const again = await durable(order, { signal }); // The same id is the same execution: nothing runs.
//#endregion
assert.deepEqual([once.value, again.value], [140, 140]);

//#region adapter
const { execute } = new MigrationAdapter({
  direct,
  durable,
  modeOf: (code) => (/\bawait\b/u.test(code) ? 'top_level_await' : 'simple_sync'),
});

const quick = await execute({ sessionId: 'shop', executionId: 'order-3', code: 'prices[0]' }, { signal }); // direct
const lasting = await execute({ sessionId: 'shop', executionId: 'order-4', code: 'await prices[0]' }, { signal }); // durable
//#endregion
assert.deepEqual([quick.value, lasting.value], [9.5, 9.5]);
await assert.rejects(promises.result('order-3'));
assert.equal((await promises.result<{ value: unknown }>('order-4')).value, 9.5);

await promises.close();
await session.close();
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
console.log('from direct to durable: every step gave the same values');
