import { createMemoryEventStore, type Event } from '@holdfast/event-store';
import {
  createLocalContext,
  parsePlan,
  runCodingWorkflow,
  streamCodingWorkflow,
  toWorkflowEvent,
  type CodingWorkflowOptions,
  type EventSink,
  type WorkflowEvent,
} from '@holdfast/orchestrator';
import { expect, test } from 'vitest';
import { Script } from '../task/script.ts';

const task = { taskId: 'knot', prompt: 'Tie a knot' };
const options = (script: Script, more: Partial<CodingWorkflowOptions> = {}): CodingWorkflowOptions => ({ coder: script, testRunner: script, ...more });
const local = () => createLocalContext({ signal: new AbortController().signal });

const order = [
  'TASK_STARTED',
  'PLANNING_COMPLETE',
  'MODULE_STARTED',
  'MODULE_ITERATION',
  'MODEL_CALLED',
  'CODE_GENERATED',
  'TEST_STARTED',
  'TEST_FAILED',
  'BUG_REPORT_RECEIVED',
  'MODULE_ITERATION',
  'CORRECTION_STARTED',
  'MODEL_CALLED',
  'CORRECTION_COMPLETED',
  'TEST_STARTED',
  'TEST_PASSED',
  'MODULE_COMPLETE',
  'TASK_COMPLETE',
];

function faulty(): Script {
  const script = new Script();
  script.faulty = 1;
  return script;
}

test('WF-01 WF-02 WF-04 the workflow runs without a store, without listeners, and without options', async () => {
  expect(await runCodingWorkflow(local(), task, options(faulty()))).toEqual({
    summary: 'One module',
    folder: null,
    files: ['rope.ts', 'rope.test.ts'],
    codeVersion: 2,
    faults: { notStored: 0, notBroadcast: 0 },
  });
});

test('WF-03 WF-09 WF-12 each event is stored first and told after, in order', async () => {
  await using events = createMemoryEventStore();
  const told: { type: string; sequence: number; wasStored: boolean }[] = [];
  const store: EventSink = { append: async (taskId, event) => (await events.append(taskId, [event]))[0]! };
  const broadcast = async ({ type, sequenceNumber }: Event): Promise<void> => {
    told.push({ type, sequence: sequenceNumber, wasStored: (await events.head()) >= sequenceNumber });
  };

  await runCodingWorkflow(local(), task, options(faulty(), { store, broadcast }));

  expect(told.map(({ type }) => type)).toEqual(order);
  expect(told.map(({ sequence }) => sequence)).toEqual(order.map((_, index) => index + 1));
  expect(told.every(({ wasStored }) => wasStored)).toBe(true);
  const stored: string[] = [];
  for await (const { type } of events.read({ taskId: 'knot' })) stored.push(type);
  expect(stored).toEqual(order);
});

test('WF-05 a listener that fails is counted, and the workflow goes on', async () => {
  const faults: unknown[] = [];
  const { faults: counted } = await runCodingWorkflow(local(), task, options(faulty(), { broadcast: fail, onFault: (error) => faults.push(error) }));

  expect(counted).toEqual({ notStored: 0, notBroadcast: order.length });
  expect(faults).toHaveLength(order.length);
});

test('WF-06 a store that fails is counted and the workflow goes on, unless it was told to end then', async () => {
  const store: EventSink = {
    append: async () => {
      throw new Error('disk full');
    },
  };

  expect(await runCodingWorkflow(local(), task, options(faulty(), { store, onFault: () => undefined }))).toMatchObject({ codeVersion: 2, faults: { notStored: order.length } });
  await expect(runCodingWorkflow(local(), task, options(faulty(), { store, onEventFailure: 'abort' }))).rejects.toThrow('disk full');
});

test('WF-07 the short form of an event says what the stored one says', async () => {
  const stored: Event[] = [];
  await runCodingWorkflow(local(), task, options(faulty(), { broadcast: (event) => void stored.push(event) }));

  const streamed: WorkflowEvent[] = [];
  for await (const event of streamCodingWorkflow(task, options(faulty()))) streamed.push(event);

  expect(streamed.map(({ at: _when, ...rest }) => rest)).toEqual(stored.map((event) => toWorkflowEvent(event)).map(({ at: _when, ...rest }) => rest));
  expect(streamed.map(({ type }) => type)).toEqual(order);
  expect(streamed.map(({ version }) => version)).toEqual(order.map((_, index) => index + 1));
});

test('whoever stops reading stops the task', async () => {
  const script = new Script();
  const held = script.hold('generate rope 1');
  const reading = (async () => {
    for await (const { type } of streamCodingWorkflow(task, options(script))) if (type === 'MODEL_CALLED') break;
  })();
  await held.reached;

  await reading;

  held.open();
  await new Promise((resolve) => setImmediate(resolve));
  expect(script.calls).toEqual(['plan', 'generate rope 1']);
});

test('an error of a port fails the task with its reason, and comes through the stream after the last event', async () => {
  const script = new Script();
  script.plan = async () => {
    throw new Error('the model is asleep');
  };
  const seen: WorkflowEvent[] = [];

  await expect(
    (async () => {
      for await (const event of streamCodingWorkflow(task, options(script))) seen.push(event);
    })(),
  ).rejects.toThrow('the model is asleep');

  expect(seen.at(-1)).toMatchObject({ type: 'TASK_FAILED', message: 'the model is asleep' });
});

test('WF-10 versions of code rise by one over all modules, and each hash speaks of its code', async () => {
  const script = faulty();
  script.planned = {
    summary: 'Two',
    modules: [
      { name: 'rope', purpose: 'r', dependencies: [] },
      { name: 'knot', purpose: 'k', dependencies: ['rope'] },
    ],
  };
  const stored: Event[] = [];

  await runCodingWorkflow(local(), task, options(script, { broadcast: (event) => void stored.push(event) }));

  const generations = stored.filter(({ type }) => type === 'CODE_GENERATED' || type === 'CORRECTION_COMPLETED');
  expect(generations.map(({ codeVersion }) => codeVersion)).toEqual([1, 2, 3, 4]);
  expect(new Set(generations.map(({ codeHash }) => codeHash)).size).toBe(4);
  for (const event of stored.filter(({ type }) => type.startsWith('TEST_'))) {
    expect(event.codeHash).toBe(generations.find(({ codeVersion }) => codeVersion === event.codeVersion)?.codeHash);
  }
});

test('WF-21 a plan is put in an order in which each module comes after what it imports; a bad one is refused by name', () => {
  expect(names(module('c', 'b', 'a'), module('b', 'a'), module('a'))).toEqual(['a', 'b', 'c']);
  expect(() => names(module('a', 'b'), module('b', 'c'), module('c', 'a'))).toThrow('a → b → c → a');
  expect(() => names(module('a', 'a'))).toThrow('a → a');
  expect(() => names(module('a', 'gone'))).toThrow('module "a" imports "gone", which is not in the plan');
  expect(() => names(module('a'), module('a'))).toThrow('two modules have the same name');
  for (const name of ['', 'A', '../x', 'a b', '-a', 'a--b', 'x'.repeat(61)]) expect(() => names(module(name))).toThrow('Cannot follow the plan');
  expect(() => names()).toThrow('Cannot follow the plan');
});

function fail(): never {
  throw new Error('nobody there');
}

function module(name: string, ...dependencies: string[]): object {
  return { name, purpose: 'x', dependencies };
}

function names(...modules: object[]): string[] {
  return parsePlan({ summary: 's', modules }).modules.map(({ name }) => name);
}
