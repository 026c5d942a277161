import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TaskPriority } from '@holdfast/protocol';

const directory = await mkdtemp(join(tmpdir(), 'holdfast-example-'));
//#region task
import { createMemoryEventStore } from '@holdfast/event-store';
import { SessionManager } from '@holdfast/executor';
import { createDemoCoder, createSessionTestRunner, TaskManager } from '@holdfast/orchestrator';
import { openPromises } from '@holdfast/promises/durable';

await using events = createMemoryEventStore();
await using promises = await openPromises({ mode: 'memory' });
await using sessions = new SessionManager();
const testRunner = createSessionTestRunner({ sessions, directory });
await using tasks = await TaskManager.open({ events, promises, coding: { coder: createDemoCoder(), testRunner } });

const { taskId } = await tasks.submit({ prompt: 'demo', priority: 'HIGH' });
for await (const { type } of tasks.watch(taskId)) {
  if (type === 'QUESTION_ASKED') await tasks.intervene(taskId, { kind: 'approve' });
}
const { status, result } = await tasks.get(taskId);
//#endregion
assert.equal(status, 'completed');
assert.equal(result?.files.length, 4);

//#region queue
import { BackpressureMonitor, TaskQueue } from '@holdfast/orchestrator';

await using queue: TaskQueue = new TaskQueue({ capacity: 100, maxRunning: 5, onChange: () => monitor.check() });
const monitor = new BackpressureMonitor({ fill: () => queue.fill, onAlert: ({ level }) => console.error(`The queue is ${level}`) });

const sum = await queue.run({ id: 'sum', priority: TaskPriority.HIGH, timeoutMs: 1000, run: ({ signal }) => add(signal) });
//#endregion
assert.equal(sum, 3);

async function add(signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  return 1 + 2;
}
await rm(directory, { recursive: true, force: true });
