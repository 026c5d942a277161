import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryEventStore, type Event } from '@holdfast/event-store';
import { runCodingWorkflow, type CodingTask, type EventSink } from '@holdfast/orchestrator';
import { openPromises, type Promises } from '@holdfast/promises/durable';
import { expect, onTestFinished, test } from 'vitest';
import { Script } from '../task/script.ts';

const task: CodingTask = { taskId: 'knot', prompt: 'Tie a knot', approval: 'always' };

/** Keeps each event once, by its id. */
function once(events: ReturnType<typeof createMemoryEventStore>): EventSink {
  return {
    append: async (taskId, event) => {
      for await (const known of events.read({ taskId })) if (known.eventId === event.eventId) return known;
      const [stored] = await events.append(taskId, [event]);
      return stored as Event;
    },
  };
}

test('WF-23 the workflow is a durable function as it stands: closed in the middle, it goes on in the next process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-durable-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await using events = createMemoryEventStore();
  const open = async (script: Script): Promise<{ promises: Promises; start: () => ReturnType<Promises['start']> }> => {
    const promises = await openPromises({ mode: 'local', path: join(folder, 'promises.db'), durability: 'process' });
    const coding = promises.define('coding', async (context, input: CodingTask) => {
      const { summary, files, codeVersion } = await runCodingWorkflow(context, input, { coder: script, testRunner: script, store: once(events), onEventFailure: 'abort' });
      return { summary, files: [...files], codeVersion };
    });
    return { promises, start: async () => promises.start(coding, 'knot', task) };
  };
  const first = new Script();
  first.faulty = 1;
  const held = first.hold('generate rope 2');
  const before = await open(first);
  await before.start();
  await held.reached;
  await before.promises.close();

  const second = new Script();
  second.faulty = 1;
  const after = await open(second);
  const run = await after.start();
  for await (const { type, data } of events.subscribe({ taskId: 'knot' })) {
    if (type !== 'QUESTION_ASKED') continue;
    const { promiseId } = data as { readonly promiseId: string };
    expect(await after.promises.external.pending({ kind: 'approval' })).toMatchObject([{ id: promiseId }]);
    await after.promises.external.resolve(promiseId, true);
    break;
  }

  expect(await run.result()).toEqual({ summary: 'One module', files: ['rope.ts', 'rope.test.ts'], codeVersion: 2 });
  await after.promises.close();
  expect([...first.calls, ...second.calls]).toEqual(['plan', 'generate rope 1', 'test rope', 'generate rope 2', 'generate rope 2', 'test rope']);
  const types: string[] = [];
  for await (const { type } of events.read({ taskId: 'knot' })) if (type !== 'MODEL_CALLED') types.push(type);
  expect(types.filter((type) => type === 'TASK_STARTED' || type.startsWith('CORRECTION'))).toEqual(['TASK_STARTED', 'CORRECTION_STARTED', 'CORRECTION_COMPLETED']);
  expect(types.at(-1)).toBe('TASK_COMPLETE');
});
