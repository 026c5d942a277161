import { createEvent, EventType, isEventType, parseEvent, type EventInput, type JsonObject } from '@holdfast/event-store';
import { expect, test } from 'vitest';

const nowMs = Date.parse('2026-03-01T12:00:00.000Z');
const now = () => nowMs;
const uuid = '0198a1b2-0000-4000-8000-000000000001';

function create(change: Partial<Record<keyof EventInput, unknown>> = {}) {
  return createEvent({ taskId: 'task', type: 'TASK_STARTED', data: {}, ...change } as EventInput, { now });
}

const refused = (field: string) => expect.objectContaining({ code: 'HOLDFAST_EVENT_STORE_INVALID_EVENT', data: expect.objectContaining({ field }) }) as Error;

test('EV-02 EV-03 there are eighteen event types, each its own name', () => {
  expect(Object.entries(EventType).every(([name, type]) => name === type)).toBe(true);
  expect(Object.keys(EventType)).toEqual([
    'TASK_CREATED', 'TASK_STARTED', 'PLANNING_COMPLETE', 'MODULE_STARTED', 'MODULE_ITERATION', 'MODULE_COMPLETE', 'CODE_GENERATED',
    'TEST_STARTED', 'TEST_PASSED', 'TEST_FAILED', 'BUG_REPORT_RECEIVED', 'CORRECTION_STARTED', 'CORRECTION_COMPLETED',
    'USER_INTERVENTION', 'DEAD_CODE_ANALYSIS', 'TASK_COMPLETE', 'TASK_FAILED', 'TASK_CANCELLED',
  ]); // prettier-ignore
  expect(isEventType('TASK_FAILED')).toBe(true);
  expect(isEventType('constructor')).toBe(false);
});

test('EV-18 an event has every field, with defaults for those that were not given', () => {
  const event = create();

  expect(event).toEqual({
    eventId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    type: 'TASK_STARTED',
    taskId: 'task',
    sequenceNumber: 0,
    streamVersion: 0,
    codeVersion: 0,
    codeHash: null,
    vectorClock: {},
    causationId: null,
    correlationId: null,
    timestamp: '2026-03-01T12:00:00.000Z',
    data: {},
  });
});

test('EV-04 EV-76 an event cannot be changed, and neither can the caller change it afterwards', () => {
  const data = { list: [{ deep: 1 }] };
  const vectorClock = { p: 1 };
  const event = create({ data, vectorClock });
  data.list.push({ deep: 2 });
  vectorClock.p = 9;

  expect(event).toMatchObject({ data: { list: [{ deep: 1 }] }, vectorClock: { p: 1 } });
  expect(() => Object.assign(event, { type: 'OTHER' })).toThrow(TypeError);
  expect(() => Object.assign(event.vectorClock, { p: 2 })).toThrow(TypeError);
  expect(() => Object.assign((event.data['list'] as object[])[0] as object, { deep: 2 })).toThrow(TypeError);
});

test('EV-06 an event survives JSON', () => {
  const event = create({ eventId: uuid, vectorClock: { ['__proto__']: 3 }, data: { ['__proto__']: { a: [1, null] }, text: '\ud800' } });

  const back = parseEvent(JSON.parse(JSON.stringify(event)));

  expect(JSON.stringify(back)).toBe(JSON.stringify(event));
  expect(back).toEqual(event);
  expect(Object.isFrozen(back)).toBe(true);
});

test('EV-07 ids sort by the time of their making', () => {
  const instants = [0, 1, 255, 65_536, nowMs, nowMs + 1, 2 ** 48 - 1];

  const ids = instants.map((instant) => createEvent({ taskId: 't', type: 'T', data: {} }, { now: () => instant }).eventId);

  expect(ids.toSorted()).toEqual(ids);
});

test.each([
  ['EV-07', 'eventId', ''],
  ['EV-07', 'eventId', null],
  ['EV-07', 'eventId', 'no-uuid'],
  ['EV-08', 'taskId', ''],
  ['EV-08', 'taskId', null],
  ['EV-08', 'taskId', 7],
  ['EV-17', 'taskId', 'a\u0007b'],
  ['EV-43', 'taskId', 'a'.repeat(1000)],
  ['EV-05', 'type', ''],
  ['EV-09', 'timestamp', 'yesterday'],
  ['EV-09', 'timestamp', '2026-03-01T12:00:00'],
  ['EV-11', 'sequenceNumber', -1],
  ['EV-11', 'sequenceNumber', 1.5],
  ['EV-12', 'codeVersion', -1],
  ['EV-12', 'codeVersion', 0.5],
  ['EV-13 EV-29', 'vectorClock', { p: -1 }],
  ['EV-13', 'vectorClock', { p: '1' }],
  ['EV-13', 'vectorClock', { '': 1 }],
  ['EV-13', 'vectorClock', [1]],
  ['EV-14', 'causationId', 'no-uuid'],
  ['EV-71', 'codeHash', ''],
])('%s %s %j is refused', (_id, field, value) => {
  expect(() => create({ [field]: value })).toThrow(refused(field));
});

test.each(['', 'event-1', '0198A1B2-0000-7000-8000-000000000001', `0198a1b2-0000-7000-8000-00000000000"`])('EV-07 a source of ids that gives %j is refused', (id) => {
  expect(() => createEvent({ taskId: 't', type: 'T', data: {} }, { newId: () => id })).toThrow(refused('eventId'));
});

test('EV-05 a field that no event has is refused', () => {
  expect(() => createEvent({ taskId: 't', type: 'T', data: {}, extra: 1 } as EventInput)).toThrow(refused(''));
});

test('EV-09 a timestamp is kept in UTC with milliseconds', () => {
  expect(create({ timestamp: '2026-03-01T10:00:00+02:00' }).timestamp).toBe('2026-03-01T08:00:00.000Z');
});

const ahead = (ms: number) => new Date(nowMs + ms).toISOString();

test('EV-10 a timestamp more than 5 s ahead is refused when an event is made and accepted when it is read back', () => {
  expect(create({ timestamp: ahead(5000) }).timestamp).toBe(ahead(5000));
  expect(() => create({ timestamp: ahead(5001) })).toThrow(refused('timestamp'));
  expect(parseEvent({ ...create(), timestamp: '2999-01-01T00:00:00.000Z' }).timestamp).toBe('2999-01-01T00:00:00.000Z');
  expect(() => createEvent({ taskId: 't', type: 'T', data: {} }, { now: () => Number.NaN })).toThrow(refused('timestamp'));
});

test('EV-11 EV-13 EV-14 zero, an empty clock and no cause are fine', () => {
  expect(create({ sequenceNumber: 0, vectorClock: {}, causationId: null })).toMatchObject({ sequenceNumber: 0, vectorClock: {}, causationId: null });
});

const cycle: { self?: unknown } = {};
cycle.self = [cycle];
let deep: unknown = 1;
for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];

test.each([
  ['a function', { a: [() => 1] }, 'data.a.0'],
  ['a symbol', { a: Symbol('s') }, 'data.a'],
  ['a bigint', { a: { b: 1n } }, 'data.a.b'],
  ['a cycle', cycle, 'data.self.0'],
  ['NaN', { a: Number.NaN }, 'data.a'],
  ['Infinity', { a: Number.NEGATIVE_INFINITY }, 'data.a'],
  ['undefined in an array', { a: [undefined] }, 'data.a.0'],
  ['undefined in an object', { a: undefined }, 'data.a'],
  ['a date', { a: new Date(0) }, 'data.a'],
  ['a map', { a: new Map() }, 'data.a'],
  ['bottomless nesting', { a: deep }, 'data.a.0.0'],
  ['an array', [1], 'data'],
  ['null', null, 'data'],
  ['text', 'text', 'data'],
])('EV-15 data with %s is refused with its path', (_name, data, field) => {
  expect(() => create({ data })).toThrow(refused(field));
});

test('EV-15 EV-16 any JSON is accepted as data, whatever its size; the same object may stand in it twice', () => {
  const shared = { x: [1] };
  const data: JsonObject = { empty: {}, twice: [shared, shared], large: 'x'.repeat(2_000_000) };

  expect(create({ data }).data).toEqual(data);
});

test('EV-17 a task id is normalised and otherwise kept', () => {
  expect(create({ taskId: 'Cafe\u0301 / 日本 ../%2f' }).taskId).toBe('Café / 日本 ../%2f');
});

test('errors name the field and what is wrong with it', () => {
  expect(() => create({ data: { a: [1n] } })).toThrow('Cannot accept event: "data.a.0": JSON has no bigint');
});
