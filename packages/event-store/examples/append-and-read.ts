import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkReport, compare, isVersionConflict, merge, projectTask, tick, type Event, type EventStore } from '@holdfast/event-store';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';

const folder = await mkdtemp(join(tmpdir(), 'holdfast-example-'));

//#region first
const store = await openSqliteEventStore({ path: join(folder, 'events.db') });

await store.append('task-1', [
  { type: 'TASK_CREATED', data: { prompt: 'Sort a list' } },
  { type: 'CODE_GENERATED', codeVersion: 1, data: { file: 'sort.ts' } },
]);

for await (const event of store.read({ taskId: 'task-1' })) {
  console.log(event.sequenceNumber, event.type, event.data);
}
//#endregion

//#region conflict
async function completeOnce(events: EventStore, taskId: string, version: number): Promise<string> {
  try {
    await events.append(taskId, [{ type: 'TASK_COMPLETE', data: {} }], { expectedVersion: version });
    return 'completed';
  } catch (error) {
    if (!isVersionConflict(error)) throw error;
    return `the task is at version ${error.data.actual} by now`;
  }
}
//#endregion

//#region subscribe
const live: Event[] = [];
const following = (async () => {
  for await (const event of store.subscribe({ taskId: 'task-1', afterVersion: 1, limit: 2 })) live.push(event);
})();
//#endregion

const outcomes = await Promise.all([completeOnce(store, 'task-1', 2), completeOnce(store, 'task-1', 2)]);
await following;

//#region state
const state = await projectTask(store, 'task-1');
console.log(state.status, state.codeVersion);
//#endregion

//#region clock
const coder = tick({}, 'coder-1');
const tester = tick(merge(coder, {}), 'tester-1');
console.log(compare(coder, tester), compare(tester, tick(coder, 'coder-1')));
//#endregion

//#region report
const correction = { codeVersion: 2, codeHash: null, vectorClock: { 'coder-1': 2 } };
const report = { codeVersion: 2, codeHash: null, vectorClock: { 'coder-1': 1 } };
console.log(checkReport(report, correction));
//#endregion

await store.close();
await rm(folder, { recursive: true });

assert.deepEqual(outcomes, ['completed', 'the task is at version 3 by now']);
assert.deepEqual(
  live.map((event) => [event.sequenceNumber, event.type]),
  [
    [2, 'CODE_GENERATED'],
    [3, 'TASK_COMPLETE'],
  ],
);
assert.deepEqual([state.status, state.codeVersion], ['completed', 1]);
assert.deepEqual([compare(coder, tester), compare(tester, tick(coder, 'coder-1'))], ['before', 'concurrent']);
assert.deepEqual(checkReport(report, correction), { valid: false, reason: 'before_correction' });
