// What user code may ask of its host, and a person who answers.
import assert from 'node:assert/strict';
//#region grant
import { createMemoryPromiseStore } from '@holdfast/promises';
import { approveCapability, CapabilityRegistry } from '@holdfast/promises/capabilities';

const promises = createMemoryPromiseStore();
const registry = new CapabilityRegistry({ promises });
registry.register(approveCapability());

const session = registry.forSession({ grants: ['human'] }); // A session takes this as its `capabilities`.
//#endregion
const request = { requestId: 'message-1', sessionId: 's1', executionId: 'e1', capability: 'approve', input: { text: 'Delete 3 files?' } };
//#region answer
const answer = session.request(request, { signal: new AbortController().signal }); // What `capabilities.approve(…)` does.
//#endregion
while ((await promises.pending()).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
//#region resolve
const [open] = await promises.pending({ kind: 'approve' });
await promises.resolve(open?.id ?? '', { approved: true });
//#endregion
assert.deepEqual(await answer, { approved: true });
await promises.close();
