import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryEventStore, type Event, type EventStore } from '@holdfast/event-store';
import { runCodingWorkflow, type CodingTask, type CodingWorkflowOptions, type EventSink } from '@holdfast/orchestrator';
import { openPromises, type Promises, type Run } from '@holdfast/promises/durable';
import { expect, onTestFinished, test } from 'vitest';
import { Script } from '../task/script.ts';

const task: CodingTask = { taskId: 'knot', prompt: 'Tie a knot', approval: 'always' };

/** The log of a task: each event once, by its id, and all of them at hand. */
interface Log extends Required<EventSink> {
  readonly history: () => readonly Event[];
}

async function openLog(events: EventStore): Promise<Log> {
  const known = new Map<string, Event>();
  for await (const event of events.read({ taskId: 'knot' })) known.set(event.eventId, event);
  return {
    history: () => [...known.values()],
    find: (eventId) => known.get(eventId),
    append: async (taskId, event) => {
      const before = known.get(event.eventId);
      if (before) return before;
      const [stored] = await events.append(taskId, [event]);
      known.set(event.eventId, stored!);
      return stored!;
    },
  };
}

/** A place for promises, and an event store, that outlive a process. */
function place(): { readonly folder: string; readonly path: string; readonly events: EventStore } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-durable-'));
  const events = createMemoryEventStore();
  onTestFinished(async () => {
    await events.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, path: join(folder, 'promises.db'), events };
}

/** One process: the workflow as a durable function over the log. */
async function begin(script: Script, { path, events }: ReturnType<typeof place>, options: Partial<CodingWorkflowOptions> = {}): Promise<{ promises: Promises; run: Run<object> }> {
  const { history, ...store } = await openLog(events);
  const promises = await openPromises({ mode: 'local', path, durability: 'process' });
  onTestFinished(async () => promises.close());
  const coding = promises.define('coding', async (context, input: CodingTask) => {
    const { files, codeVersion } = await runCodingWorkflow(context, input, { coder: script, testRunner: script, store, history: history(), onEventFailure: 'abort', ...options });
    return { files: [...files], codeVersion };
  });
  return { promises, run: await promises.start(coding, 'knot', task) };
}

/** Answers the first question of the task. */
async function approve({ external }: Promises, events: EventStore): Promise<void> {
  for await (const { type, data } of events.subscribe({ taskId: 'knot' })) {
    if (type !== 'QUESTION_ASKED') continue;
    const { promiseId } = data as { readonly promiseId: string };
    expect(await external.pending({ kind: 'approval' })).toMatchObject([{ id: promiseId }]);
    await external.resolve(promiseId, true);
    return;
  }
}

async function typesOf(events: EventStore): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of events.read({ taskId: 'knot' })) if (type !== 'MODEL_CALLED') types.push(type);
  return types;
}

function faulty(modules = 1): Script {
  const script = new Script();
  script.faulty = 1;
  if (modules > 1) script.planned = { summary: 'Many', modules: Array.from({ length: modules }, (_, index) => ({ name: `m${index + 1}`, purpose: 'x', dependencies: [] })) };
  return script;
}

test.each(['plan', 'generate rope 1', 'test rope', 'generate rope 2'])('WF-23 closed at "%s", the workflow goes on in the next process, and what stands in the log is not done again', async (call) => {
  const here = place();
  const whole = ['plan', 'generate rope 1', 'test rope', 'generate rope 2', 'test rope'];
  const first = faulty();
  const held = first.hold(call);
  const before = await begin(first, here);
  await held.reached;
  await before.promises.close();

  const second = faulty();
  const { promises, run } = await begin(second, here);
  await approve(promises, here.events);

  expect(await run.result()).toEqual({ files: ['rope.ts', 'rope.test.ts'], codeVersion: 2 });
  const index = whole.indexOf(call);
  expect(first.calls).toEqual(whole.slice(0, index + 1));
  expect(second.calls).toEqual(whole.slice(index));
  expect((await typesOf(here.events)).filter((type) => type === 'TASK_STARTED' || type.startsWith('CORRECTION') || type === 'TASK_COMPLETE')).toEqual([
    'TASK_STARTED',
    'CORRECTION_STARTED',
    'CORRECTION_COMPLETED',
    'TASK_COMPLETE',
  ]);
});

test('WF-23 the code stands in the log alone, and the log is enough to go on from', async () => {
  const here = place();
  const before = await begin(faulty(), here);
  for await (const { type } of here.events.subscribe({ taskId: 'knot' })) if (type === 'QUESTION_ASKED') break;
  await before.promises.close();
  expect(readdirSync(here.folder).map((name) => readFileSync(join(here.folder, name), 'latin1').includes('export const version'))).not.toContain(true);
  const asked = await typesOf(here.events);
  for (const name of readdirSync(here.folder)) rmSync(join(here.folder, name));

  const second = faulty();
  const { promises, run } = await begin(second, here);
  await expect.poll(async () => promises.external.pending()).toHaveLength(1);
  await approve(promises, here.events);

  expect(await run.result()).toMatchObject({ codeVersion: 2 });
  expect(second.calls).toEqual([]);
  expect(await typesOf(here.events)).toEqual([...asked, 'QUESTION_ANSWERED', 'TASK_COMPLETE']);
});

test('WF-23 a long task is cut into runs that each know what was written before, also when they are closed in between', async () => {
  const here = place();
  const first = faulty(5);
  const held = first.hold('generate m4 1');
  const before = await begin(first, here, { maxSteps: 3 });
  await held.reached;
  await before.promises.close();

  const second = faulty(5);
  const { promises, run } = await begin(second, here, { maxSteps: 3 });
  await approve(promises, here.events);

  expect(await run.result()).toMatchObject({ codeVersion: 10, files: expect.arrayContaining(['m1.ts', 'm5.test.ts']) });
  expect(first.calls.filter((call) => call.startsWith('generate'))).toEqual(['m1 1', 'm1 2', 'm2 1', 'm2 2', 'm3 1', 'm3 2', 'm4 1'].map((name) => `generate ${name}`));
  expect(second.calls.filter((call) => call.startsWith('generate'))).toEqual(['m4 1', 'm4 2', 'm5 1', 'm5 2'].map((name) => `generate ${name}`));
  expect((await typesOf(here.events)).filter((type) => type === 'MODULE_STARTED')).toHaveLength(5);
});
