import { compare, concurrent, createClock, happensBefore, lessOrEqual, makeProcessId, merge, tick, VectorClock, type ClockMap } from '@holdfast/event-store';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const max = Number.MAX_SAFE_INTEGER;
const processName = fc.constantFrom('p1', 'p2', 'p3', 'constructor', '__proto__', 'hasOwnProperty', 'toString');
const clock = fc.array(fc.tuple(processName, fc.integer({ min: 0, max: 3 })), { maxLength: 5 }).map((entries) => createClock(Object.fromEntries(entries)));
const counter = (of: ClockMap, process: string) => (Object.hasOwn(of, process) ? of[process] : 0);
const isEmpty = (of: ClockMap) => Object.values(of).every((count) => count === 0);

function holds<Values extends [unknown, ...unknown[]]>(law: fc.IPropertyWithHooks<Values>): void {
  expect(() => fc.assert(law, { numRuns: 500 })).not.toThrow();
}

test('EV-19 a clock made here is frozen and has no prototype', () => {
  const made = [createClock(), createClock({ a: 1 }), tick({}, 'a'), merge({ a: 1 }, {})];

  expect(made.map((each) => Object.getPrototypeOf(each) as unknown)).toEqual([null, null, null, null]);
  expect(made.every((each) => Object.isFrozen(each))).toBe(true);
});

test('EV-20 a tick raises one counter by exactly one and leaves its argument alone', () => {
  holds(
    fc.property(clock, processName, (before, process) => {
      const copy = JSON.stringify(before);
      const after = tick(before, process);
      expect(counter(after, process)).toBe((counter(before, process) ?? 0) + 1);
      expect(Object.keys(after).filter((name) => name !== process && counter(after, name) !== counter(before, name))).toEqual([]);
      expect(lessOrEqual(before, after) && !lessOrEqual(after, before)).toBe(true);
      expect(JSON.stringify(before)).toBe(copy);
    }),
  );
});

test('EV-21 merge is commutative, associative, idempotent and the least upper bound', () => {
  holds(
    fc.property(clock, clock, clock, (a, b, c) => {
      expect(merge(a, b)).toEqual(merge(b, a));
      expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
      expect(merge(a, a)).toEqual(a);
      expect(lessOrEqual(a, merge(a, b)) && lessOrEqual(b, merge(a, b))).toBe(true);
      expect(lessOrEqual(merge(a, b), c)).toBe(lessOrEqual(a, c) && lessOrEqual(b, c));
      for (const name of Object.keys(merge(a, b))) expect(merge(a, b)[name]).toBe(Math.max(counter(a, name) ?? 0, counter(b, name) ?? 0));
    }),
  );
});

test('EV-22 EV-23 EV-24 EV-28 EV-32 comparing follows the definition', () => {
  holds(
    fc.property(clock, clock, (a, b) => {
      const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
      const less = names.every((name) => (counter(a, name) ?? 0) <= (counter(b, name) ?? 0));
      const greater = names.every((name) => (counter(a, name) ?? 0) >= (counter(b, name) ?? 0));
      const silent = isEmpty(a) || isEmpty(b);
      const expected = less && greater ? 'equal' : less && !silent ? 'before' : greater && !silent ? 'after' : 'concurrent';

      expect(compare(a, b)).toBe(expected);
      expect(happensBefore(a, b)).toBe(expected === 'before');
      expect(concurrent(a, b)).toBe(expected === 'equal' || expected === 'concurrent');
    }),
  );
});

test('EV-22 happens-before is a strict partial order', () => {
  holds(
    fc.property(clock, clock, clock, (a, b, c) => {
      expect(happensBefore(a, a)).toBe(false);
      expect(happensBefore(a, b) && happensBefore(b, a)).toBe(false);
      expect(happensBefore(a, b) && happensBefore(b, c) && !happensBefore(a, c)).toBe(false);
      expect(concurrent(a, b)).toBe(concurrent(b, a));
    }),
  );
});

const action = fc.record({ actor: fc.integer({ min: 0, max: 3 }), from: fc.option(fc.nat({ max: 30 })) });

test('EV-22 clocks order the events of a run exactly as its messages do', () => {
  const names = ['constructor', '__proto__', 'p1', 'p2'];
  holds(
    fc.property(fc.array(action, { minLength: 1, maxLength: 25 }), (actions) => {
      const events: { clock: ClockMap; causes: Set<number> }[] = [];
      const last = new Map<string, number>();
      for (const { actor, from } of actions) {
        const process = names[actor] as string;
        const parents = [last.get(process), from ?? undefined].filter((parent) => parent !== undefined && parent < events.length) as number[];
        const known = parents.map((parent) => events[parent] as (typeof events)[number]);
        const merged = known.reduce<ClockMap>((sum, parent) => merge(sum, parent.clock), createClock());
        const causes = new Set(parents);
        for (const parent of known) for (const cause of parent.causes) causes.add(cause);
        last.set(process, events.length);
        events.push({ clock: tick(merged, process), causes });
      }
      for (const [left, a] of events.entries()) {
        for (const b of events) expect(happensBefore(a.clock, b.clock)).toBe(b.causes.has(left));
      }
    }),
  );
});

test.each<[string, ClockMap, ClockMap, ReturnType<typeof compare>]>([
  ['EV-24', {}, { p1: 1 }, 'concurrent'],
  ['EV-24', { p1: 1 }, {}, 'concurrent'],
  ['EV-24', {}, {}, 'equal'],
  ['EV-25', { p1: 3 }, { p1: 5 }, 'before'],
  ['EV-25', { p1: 5 }, { p1: 3 }, 'after'],
  ['EV-26', { p1: 1 }, { p2: 1 }, 'concurrent'],
  ['EV-27', { p1: 1 }, { p1: 1, p2: 1 }, 'before'],
  ['EV-28', { p1: 1 }, { p1: 1 }, 'equal'],
  ['EV-32', { p1: 0 }, {}, 'equal'],
  ['EV-32', { p1: 0, p2: 1 }, { p2: 2 }, 'before'],
])('%s %j against %j is %s', (_id, left, right, order) => {
  expect(compare(left, right)).toBe(order);
  expect(concurrent(left, right)).toBe(order === 'equal' || order === 'concurrent');
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null])('EV-29 EV-31 a counter of %s is refused everywhere', (bad) => {
  const broken = { p1: bad } as ClockMap;

  for (const use of [
    () => createClock(broken),
    () => tick(broken, 'p1'),
    () => merge(broken, {}),
    () => merge({}, broken),
    () => compare(broken, { p1: 1 }),
    () => compare({}, broken),
    () => new VectorClock(broken),
  ]) {
    expect(use).toThrow(RangeError);
  }
});

test('EV-30 each start of a process counts under a name of its own', () => {
  expect(makeProcessId('worker')).toMatch(/^worker-[0-9a-f]{8}$/);
  expect(makeProcessId('worker')).not.toBe(makeProcessId('worker'));
});

test('EV-31 the largest counter is 2^53-1, and it cannot tick on', () => {
  expect(tick({ p1: max - 1 }, 'p1')).toEqual({ p1: max });
  expect(() => tick({ p1: max }, 'p1')).toThrow(RangeError);
  expect(compare({ p1: max - 1 }, { p1: max })).toBe('before');
});

test('EV-19 the class says what the functions say', () => {
  const a = new VectorClock({ p1: 1 });
  const b = a.tick('__proto__').merge(new VectorClock({ constructor: 2 }));

  expect(JSON.stringify(b)).toBe('{"p1":1,"__proto__":1,"constructor":2}');
  expect([a.compare(b), a.happensBefore(b), a.concurrent(b)]).toEqual(['before', true, false]);
  expect(Object.isFrozen(a)).toBe(true);
});
