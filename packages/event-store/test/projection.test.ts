import {
  createEvent,
  createMemoryEventStore,
  emptyState,
  EventType,
  projectState,
  projectTask,
  rebuildState,
  type Event,
  type EventInput,
  type TaskState,
} from '@holdfast/event-store';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

type Line = Partial<Omit<EventInput, 'type'>> & { type: string };

/** A history with numbers as a store would give them. */
function history(...lines: readonly (Line | string)[]): Event[] {
  return lines.map((line, index) =>
    createEvent({ taskId: 'task', data: {}, sequenceNumber: index + 1, streamVersion: index + 1, ...(typeof line === 'string' ? { type: line } : line) }),
  );
}

const messages = (state: TaskState) => state.warnings.map((warning) => `${warning.sequenceNumber}: ${warning.message}`);

test('EV-54 EV-57 a task runs from creation to completion', () => {
  const state = rebuildState(
    history(
      'TASK_CREATED',
      'TASK_STARTED',
      'PLANNING_COMPLETE',
      { type: 'MODULE_STARTED', data: { module: 'parser' } },
      { type: 'MODULE_ITERATION', data: { module: 'parser' } },
      { type: 'CODE_GENERATED', codeVersion: 1, vectorClock: { coder: 1 } },
      { type: 'TEST_STARTED', codeVersion: 1 },
      { type: 'TEST_PASSED', codeVersion: 1, vectorClock: { tester: 4 } },
      { type: 'MODULE_COMPLETE', data: { module: 'parser' } },
      { type: 'DEAD_CODE_ANALYSIS', codeVersion: 1 },
      'USER_INTERVENTION',
      'TASK_COMPLETE',
    ),
  );

  expect(state).toMatchObject({
    taskId: 'task',
    status: 'completed',
    hasCode: true,
    codeVersion: 1,
    modules: { parser: { status: 'complete', iterations: 1 } },
    tests: { started: 1, passed: 1, failed: 0 },
    interventions: 1,
    vectorClock: { coder: 1, tester: 4 },
    lastSequence: 12,
    streamVersion: 12,
    ignored: 0,
    warningCount: 0,
  });
});

test.each([['TASK_CREATED', 'created'], ['TASK_STARTED', 'running'], ['TASK_COMPLETE', 'completed'], ['TASK_FAILED', 'failed'], ['TASK_CANCELLED', 'cancelled']])(
  'EV-57 after %s a task is %s',
  (type, status) => {
    expect(rebuildState(history(type)).status).toBe(status);
  },
);

test('EV-55 a correction replaces the code that was generated', () => {
  const state = rebuildState(
    history(
      { type: 'CODE_GENERATED', codeVersion: 1, codeHash: 'aa' },
      { type: 'TEST_FAILED', codeVersion: 1 },
      { type: 'BUG_REPORT_RECEIVED', codeVersion: 1 },
      { type: 'CORRECTION_STARTED', codeVersion: 1 },
      { type: 'CORRECTION_COMPLETED', codeVersion: 2, codeHash: 'bb' },
    ),
  );

  expect(state).toMatchObject({ codeVersion: 2, codeHash: 'bb', correcting: false, tests: { failed: 0 }, bugReports: 0, warningCount: 0 });
});

test('EV-56 what speaks of replaced code is counted and changes nothing else', () => {
  const current = history({ type: 'CODE_GENERATED', codeVersion: 3, codeHash: 'cc' });
  const stale = ['CODE_GENERATED', 'BUG_REPORT_RECEIVED', 'TEST_FAILED', 'CORRECTION_STARTED', 'CORRECTION_COMPLETED'];

  const state = rebuildState([...current, ...history('PAD', ...stale.map((type) => ({ type, codeVersion: 2, codeHash: 'dd' }))).slice(1)]);

  expect(state).toMatchObject({ codeVersion: 3, codeHash: 'cc', ignored: 5, bugReports: 0, tests: { failed: 0 }, correcting: false });
});

test('EV-56 what speaks of the task and not of its code is never stale', () => {
  const state = rebuildState(history({ type: 'CODE_GENERATED', codeVersion: 3 }, { type: 'TASK_COMPLETE', codeVersion: 0 }));

  expect(state).toMatchObject({ status: 'completed', ignored: 0 });
});

test('EV-57 unknown types are counted and crash nothing', () => {
  const state = rebuildState(history('EXECUTION_STARTED', 'EXECUTION_STARTED', '__proto__', 'constructor'));

  expect(JSON.stringify(state.unknownTypes)).toBe('{"EXECUTION_STARTED":2,"__proto__":1,"constructor":1}');
  expect(state.lastSequence).toBe(4);
});

test('EV-58 no events, or an unknown task, is the empty state', async () => {
  const store = createMemoryEventStore();

  expect(rebuildState([], 'task')).toEqual(emptyState('task'));
  expect(await projectTask(store, 'task')).toEqual(emptyState('task'));
  expect(emptyState('task')).toMatchObject({ taskId: 'task', status: 'unknown', hasCode: false, codeVersion: 0, lastSequence: 0 });
});

test('EV-59 order comes from the sequence, not from the list nor the timestamps', () => {
  const events = history(
    { type: 'TASK_CREATED', timestamp: '2026-01-03T00:00:00Z' },
    { type: 'TASK_STARTED', timestamp: '2026-01-02T00:00:00Z' },
    { type: 'TASK_FAILED', timestamp: '2026-01-01T00:00:00Z' },
  );

  expect(rebuildState(events.toReversed())).toEqual(rebuildState(events));
  expect(rebuildState(events).status).toBe('failed');
});

test('EV-60 two events with one sequence number are an error that names both', () => {
  const [first, second] = history('TASK_CREATED', { type: 'TASK_STARTED', sequenceNumber: 1 }) as [Event, Event];
  const failure = expect.objectContaining({
    code: 'HOLDFAST_EVENT_STORE_DUPLICATE_SEQUENCE',
    data: { sequenceNumber: 1, eventIds: [first.eventId, second.eventId] },
  }) as Error;

  expect(() => rebuildState([first, second])).toThrow(failure);
  expect(() => [first, second].reduce(projectState, emptyState('task'))).toThrow(failure);
});

test('EV-61 a cause that is nowhere to be found is tolerated', () => {
  const state = rebuildState(history({ type: 'TASK_STARTED', causationId: '0198a1b2-0000-4000-8000-000000000009' }, { type: 'TASK_FAILED', causationId: null }));

  expect(state.status).toBe('failed');
});

test('EV-62 a correction that was completed without a start is applied and noted', () => {
  const state = rebuildState(history({ type: 'CORRECTION_COMPLETED', codeVersion: 2 }));

  expect(state.codeVersion).toBe(2);
  expect(messages(state)).toEqual(['1: A correction was completed that was never started']);
});

test.each([{}, { module: 7 }, { module: '' }, { module: null }])('EV-63 a module event with data %j changes no module and is noted', (data) => {
  const state = rebuildState(history({ type: 'MODULE_STARTED', data }));

  expect(Object.keys(state.modules)).toEqual([]);
  expect(messages(state)).toEqual(['1: MODULE_STARTED names no module']);
});

test('EV-63 a module may have any name', () => {
  const state = rebuildState(history(...['__proto__', 'constructor'].map((module) => ({ type: 'MODULE_STARTED', data: { module } }))));

  expect(Object.keys(state.modules)).toEqual(['__proto__', 'constructor']);
});

const code = (codeHash: string | null) => ({ type: 'CODE_GENERATED', codeVersion: 1, codeHash });

test('EV-65 a version given twice is nothing new with the same hash and a noted conflict with another', () => {
  expect(rebuildState(history(code('aa'), code('aa'), code('AA'), code(null)))).toMatchObject({ codeHash: 'aa', warningCount: 0 });
  expect(rebuildState(history(code('aa'), code('bb')))).toMatchObject({ codeHash: 'aa', warningCount: 1 });
});

test('EV-65 the first version may be 0', () => {
  expect(rebuildState(history({ type: 'CODE_GENERATED', codeVersion: 0, codeHash: 'aa' }))).toMatchObject({ hasCode: true, codeVersion: 0, codeHash: 'aa' });
});

test('EV-72 a report on code that was not generated yet is noted', () => {
  expect(rebuildState(history({ type: 'BUG_REPORT_RECEIVED', codeVersion: 4 })).warningCount).toBe(1);
});

test('an event of another task, or one that was not appended, is refused', () => {
  const refused = expect.objectContaining({ code: 'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT' }) as Error;

  expect(() => rebuildState(history('TASK_CREATED'), 'other')).toThrow(refused);
  expect(() => rebuildState(history({ type: 'TASK_CREATED', sequenceNumber: 0 }))).toThrow(refused);
});

test('warnings are kept up to a hundred and counted beyond', () => {
  const state = rebuildState(history(...Array.from({ length: 250 }, () => 'MODULE_STARTED')));

  expect([state.warnings.length, state.warningCount]).toEqual([100, 250]);
});

const line = fc.record({
  type: fc.constantFrom(...Object.values(EventType), 'OTHER'),
  codeVersion: fc.integer({ min: 0, max: 4 }),
  codeHash: fc.constantFrom(null, 'aa', 'bb'),
  data: fc.constantFrom({}, { module: 'a' }, { module: '__proto__' }, { module: 3 }),
  vectorClock: fc.constantFrom({}, { p: 1 }, { p: 2, q: 1 }),
});

test('EV-54 any way of cutting a history into batches gives the same frozen state, redelivered events included', () => {
  const law = fc.property(fc.array(line, { maxLength: 40 }), fc.array(fc.nat({ max: 40 })), (lines, cuts) => {
    const events = history(...lines);
    const whole = rebuildState(events, 'task');
    let state = emptyState('task');
    for (const cut of [...cuts.toSorted((left, right) => left - right), events.length]) {
      state = events.slice(Math.max(0, state.lastSequence - 1), Math.max(cut, state.lastSequence)).reduce(projectState, state);
    }
    expect(state).toEqual(whole);
    expect([state, state.modules, state.tests, state.warnings, state.unknownTypes, state.vectorClock].every((part) => Object.isFrozen(part))).toBe(true);
  });

  expect(() => fc.assert(law, { numRuns: 300 })).not.toThrow();
});

test('a task is projected from a store, now and as of an instant', async () => {
  let now = Date.parse('2026-03-01T12:00:00Z');
  const store = createMemoryEventStore({ now: () => now });
  await store.append('task', [{ type: 'TASK_CREATED', data: {} }]);
  await store.append('other', [{ type: 'TASK_FAILED', data: {} }]);
  now += 86_400_000;
  await store.append('task', [{ type: 'TASK_STARTED', data: {} }]);

  expect((await projectTask(store, 'task')).status).toBe('running');
  expect((await projectTask(store, 'task', { until: '2026-03-01' })).status).toBe('created');
});
