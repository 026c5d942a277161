// A question that outlives the process that asked it.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
//#region ask
import { createExternalPromise } from '@holdfast/promises';
import { openSqlitePromiseStore } from '@holdfast/promises/sqlite';

const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'promises.db');
const before = await openSqlitePromiseStore({ path });
const question = { id: 'deploy-7', kind: 'approval', data: { text: 'Deploy version 7?' }, timeoutMs: 86_400_000 };
await createExternalPromise(before, question);
await before.close(); // The process ends here, or is killed.

const after = await openSqlitePromiseStore({ path });
const { promise } = await createExternalPromise(after, question); // The same id, so the same question.

const [open] = await after.pending({ kind: 'approval' }); // What a person is shown,
await after.resolve('deploy-7', { approved: true }); // and what they answer.

const answer = await promise;
//#endregion
assert.deepEqual(open?.data, { text: 'Deploy version 7?' });
assert.deepEqual(answer, { approved: true });
//#region late
const counted = await after.resolve('deploy-7', { approved: false });
//#endregion
assert.equal(counted, false);
//#region timeout
import { isHoldfastError } from '@holdfast/protocol';

const { promise: unanswered } = await createExternalPromise(after, { kind: 'approval', data: 'Anyone?', timeoutMs: 0 });
const failure = await unanswered.catch((error: unknown) => error);

assert.ok(isHoldfastError(failure, 'HOLDFAST_PROMISES_TIMEOUT'));
//#endregion
await after.close();
