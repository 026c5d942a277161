import assert from 'node:assert/strict';
import { createSession } from '@holdfast/executor';

await using session = await createSession();
//#region exit
const { status, exitCode } = await session.execute(`console.error('no input'); process.exit(3); console.log('never');`);
const next = await session.execute('1 + 1'); // the session lives
//#endregion
assert.equal(status, 'ok');
assert.equal(exitCode, 3);
assert.equal(next.value, 2);
