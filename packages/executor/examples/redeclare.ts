import assert from 'node:assert/strict';
import { createSession } from '@holdfast/executor';

await using session = await createSession();
//#region redeclare
await session.execute('const rate = 1; const total = (count: number) => count * rate;');
await session.execute('const rate = 2;'); // again, also with another kind: let, class, function
const { value } = await session.execute('total(21)'); // 42: earlier functions see the new value
const { error } = await session.execute('rate = 3'); // a constant stays one
//#endregion
assert.equal(value, 42);
assert.equal(error?.name, 'TypeError');
assert.deepEqual(error?.span, { file: 'cell-4.ts', line: 1, column: 6 });
