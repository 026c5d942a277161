/**
 * The state of a task as a fold over its events, one at a time and in sequence order, so that any way of cutting a
 * history into batches gives the same state. Nothing here reads a clock, and no event can make it crash: what is
 * stale is counted, what is unknown is noted, what is malformed is skipped field by field.
 */
import { z } from 'zod';
import { merge } from '../clock/clock-map.ts';
import { lessOrEqual } from '../clock/compare.ts';
import { eventStoreError } from '../errors.ts';
import { isEventType, type EventType } from '../event-type.ts';
import type { Event } from '../event.ts';
import { isSameHash } from '../ordering.ts';
import { noTests, withEntry, type ModuleState, type TaskState } from './task-state.ts';

const maxWarnings = 100;
const moduleName = z.string().min(1).max(256);

/** Types that speak of one generation of code. What they say is worth nothing once that code is replaced. */
const codeBound: ReadonlySet<EventType> = new Set<EventType>([
  'CODE_GENERATED',
  'TEST_STARTED',
  'TEST_PASSED',
  'TEST_FAILED',
  'BUG_REPORT_RECEIVED',
  'CORRECTION_STARTED',
  'CORRECTION_COMPLETED',
  'DEAD_CODE_ANALYSIS',
]);

/**
 * The state after one more event. An event that is in the state already changes nothing, so redelivery is harmless.
 *
 * @throws HOLDFAST_EVENT_STORE_DUPLICATE_SEQUENCE when two events claim the same place
 * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT for an event of another task, or one that was not appended
 */
export function projectState(state: TaskState, event: Event): TaskState {
  assertBelongs(state, event);
  if (event.sequenceNumber <= state.lastSequence) {
    if (event.sequenceNumber === state.lastSequence) assertSame(state, event);
    return state;
  }
  const notes: string[] = [];
  const change = changeOf(state, event, notes);
  const { sequenceNumber } = event;
  return Object.freeze({
    ...state,
    ...change,
    vectorClock: lessOrEqual(event.vectorClock, state.vectorClock) ? state.vectorClock : merge(state.vectorClock, event.vectorClock),
    streamVersion: event.streamVersion,
    lastSequence: sequenceNumber,
    lastEventId: event.eventId,
    updatedAt: event.timestamp,
    ...(notes.length > 0 && {
      warnings: Object.freeze(
        [...state.warnings, ...notes.map((message) => Object.freeze({ sequenceNumber, message }))].slice(0, maxWarnings),
      ),
      warningCount: state.warningCount + notes.length,
    }),
  });
}

type Change = Partial<TaskState>;
type Rule = (state: TaskState, event: Event, notes: string[]) => Change;

const rules: Readonly<Record<EventType, Rule>> = {
  TASK_CREATED: () => ({ status: 'created' }),
  TASK_STARTED: () => ({ status: 'running' }),
  TASK_COMPLETE: () => ({ status: 'completed' }),
  TASK_FAILED: () => ({ status: 'failed' }),
  TASK_CANCELLED: () => ({ status: 'cancelled' }),
  PLANNING_COMPLETE: () => ({}),
  MODULE_STARTED: moduleRule((module) => ({ ...module, status: 'started' })),
  MODULE_ITERATION: moduleRule((module) => ({ ...module, iterations: module.iterations + 1 })),
  MODULE_COMPLETE: moduleRule((module) => ({ ...module, status: 'complete' })),
  CODE_GENERATED: adoptCode,
  CORRECTION_STARTED: (state, event, notes) => {
    noteAhead(state, event, notes);
    return { correcting: true };
  },
  CORRECTION_COMPLETED: (state, event, notes) => {
    if (!state.correcting) notes.push('A correction was completed that was never started');
    return { ...adoptCode(state, event, notes), correcting: false };
  },
  TEST_STARTED: testRule('started'),
  TEST_PASSED: testRule('passed'),
  TEST_FAILED: testRule('failed'),
  BUG_REPORT_RECEIVED: (state, event, notes) => {
    noteAhead(state, event, notes);
    return { bugReports: state.bugReports + 1 };
  },
  USER_INTERVENTION: (state) => ({ interventions: state.interventions + 1 }),
  DEAD_CODE_ANALYSIS: () => ({}),
};

function changeOf(state: TaskState, event: Event, notes: string[]): Change {
  const { type } = event;
  if (!isEventType(type)) return { unknownTypes: withEntry(state.unknownTypes, [type, (state.unknownTypes[type] ?? 0) + 1]) };
  if (codeBound.has(type) && event.codeVersion < state.codeVersion) return { ignored: state.ignored + 1 };
  return rules[type](state, event, notes);
}

/** The code of a version is what the first event says; a second one may repeat it, not replace it. */
function adoptCode(state: TaskState, event: Event, notes: string[]): Change {
  if (!state.hasCode || event.codeVersion > state.codeVersion) {
    return { hasCode: true, codeVersion: event.codeVersion, codeHash: event.codeHash, tests: noTests, bugReports: 0 };
  }
  if (event.codeHash !== null && state.codeHash !== null && !isSameHash(event.codeHash, state.codeHash)) {
    notes.push(`Code version ${event.codeVersion} was given twice with different code; the first holds`);
  }
  return {};
}

function testRule(outcome: keyof TaskState['tests']): Rule {
  return (state, event, notes) => {
    noteAhead(state, event, notes);
    return { tests: Object.freeze({ ...state.tests, [outcome]: state.tests[outcome] + 1 }) };
  };
}

function moduleRule(next: (module: ModuleState) => ModuleState): Rule {
  return (state, event, notes) => {
    const named = moduleName.safeParse(Object.hasOwn(event.data, 'module') ? event.data['module'] : undefined);
    if (!named.success) {
      notes.push(`${event.type} names no module`);
      return {};
    }
    const module = state.modules[named.data] ?? { status: 'started', iterations: 0 };
    return { modules: withEntry(state.modules, [named.data, Object.freeze(next(module))]) };
  };
}

function noteAhead(state: TaskState, event: Event, notes: string[]): void {
  if (event.codeVersion > state.codeVersion) notes.push(`${event.type} speaks of code version ${event.codeVersion}, which was not generated yet`);
}

function assertBelongs(state: TaskState, event: Event): void {
  if (event.taskId === state.taskId && event.sequenceNumber > 0) return;
  const problem = event.sequenceNumber > 0 ? `it belongs to ${JSON.stringify(event.taskId)}` : 'it was not appended';
  throw eventStoreError(
    'HOLDFAST_EVENT_STORE_INVALID_ARGUMENT',
    `Cannot project event "${event.eventId}" onto ${JSON.stringify(state.taskId)}: ${problem}`,
  );
}

function assertSame(state: TaskState, event: Event): void {
  if (event.eventId === state.lastEventId) return;
  throw duplicateSequence(event.sequenceNumber, [state.lastEventId, event.eventId]);
}

/** @internal */
export function duplicateSequence(sequenceNumber: number, eventIds: readonly (string | null)[]): Error {
  const names = eventIds.map((id) => JSON.stringify(id)).join(' and ');
  return eventStoreError('HOLDFAST_EVENT_STORE_DUPLICATE_SEQUENCE', `Cannot order events: ${names} both have sequence number ${sequenceNumber}`, {
    data: { sequenceNumber, eventIds },
  });
}
