import assert from 'node:assert/strict';
import { createSession } from '@holdfast/executor';

await using session = await createSession();
//#region imports
await session.execute(`import { basename, join as joinPath } from 'node:path';`);
const { value } = await session.execute(`basename(joinPath('reports', 'may.csv'))`); // 'may.csv'
//#endregion
assert.equal(value, 'may.csv');
