import assert from 'node:assert/strict';
import { createSession } from '@holdfast/executor';

await using session = await createSession();
//#region cancel
await session.execute('const found = [1, 2, 3];');

const waiting = await session.execute(
  `try { await new Promise(() => {}) } finally { console.log('cleaned up') }`,
  { timeoutMs: 100 },
);
// waiting.cancelled is { by: 'timeout', step: 'signal', namespaceKept: true }, and its finally ran

const looping = await session.execute('for (;;) {}', { timeoutMs: 100 });
// looping.cancelled is { by: 'timeout', step: 'terminate', namespaceKept: true }

const { value } = await session.execute('found.length'); // 3: the variables are still there
//#endregion
assert.deepEqual(waiting.cancelled, { by: 'timeout', step: 'signal', namespaceKept: true });
assert.equal(waiting.stdout, 'cleaned up\n');
assert.deepEqual(looping.cancelled, { by: 'timeout', step: 'terminate', namespaceKept: true });
assert.equal(value, 3);
