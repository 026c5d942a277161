import { EventType } from '@holdfast/event-store';
import { parsePriority, priorityForEvent, shouldPreempt, TaskQueue } from '@holdfast/orchestrator';
import { isMoreUrgent, TaskPriority } from '@holdfast/protocol';
import { expect, test } from 'vitest';

const levels = Object.values(TaskPriority);

test('ORC-01 there are five priorities of 0, 10, 20, 30 and 40', () => {
  expect(TaskPriority).toEqual({ CRITICAL: 0, HIGH: 10, MEDIUM: 20, LOW: 30, BACKGROUND: 40 });
});

test('ORC-02 a lower value is more urgent', () => {
  expect(isMoreUrgent(TaskPriority.CRITICAL, TaskPriority.HIGH)).toBe(true);
  expect(isMoreUrgent(TaskPriority.HIGH, TaskPriority.CRITICAL)).toBe(false);
  expect(isMoreUrgent(TaskPriority.LOW, TaskPriority.LOW)).toBe(false);
});

test('ORC-03 people come first, then code, then tidying up; each of the eighteen types has a priority', () => {
  expect(priorityForEvent({ type: 'USER_INTERVENTION' })).toBe(TaskPriority.CRITICAL);
  expect(priorityForEvent({ type: 'CODE_GENERATED' })).toBe(TaskPriority.HIGH);
  expect(priorityForEvent({ type: 'CODE_GENERATION' })).toBe(TaskPriority.HIGH);
  expect(priorityForEvent({ type: 'DEAD_CODE_ANALYSIS' })).toBe(TaskPriority.LOW);
  for (const type of Object.values(EventType)) expect([type, priorityForEvent({ type })]).not.toEqual([type, TaskPriority.BACKGROUND]);
});

test('ORC-04 ORC-05 an unknown type, no type and no event are background', () => {
  for (const event of [{ type: 'SOMETHING_ELSE' }, { type: 'constructor' }, { type: 7 }, {}, null, undefined]) expect(priorityForEvent(event)).toBe(TaskPriority.BACKGROUND);
});

test('ORC-06 only the five are priorities, by number or by name', async () => {
  for (const level of levels) expect(parsePriority(level)).toBe(level);
  for (const name of Object.keys(TaskPriority)) expect(parsePriority(name)).toBe(TaskPriority[name as keyof typeof TaskPriority]);
  for (const wrong of [-10, 101, 15, Number.NaN, '10', 'high', 'toString', null, undefined, {}]) expect(() => parsePriority(wrong)).toThrow(RangeError);

  await using queue = new TaskQueue();
  await expect(queue.submit({ id: 'odd', run: () => 1, priority: -10 as TaskPriority })).rejects.toThrow('Cannot use priority -10');
  expect(queue.stats().queued).toBe(0);
});

test('ORC-07 a running task makes way for one that is 20 points more urgent, and not for one of 10', () => {
  const pairs = levels.flatMap((incoming) => levels.map((running) => [incoming, running] as const));
  expect(pairs.filter(([incoming, running]) => shouldPreempt(incoming, running))).toEqual([
    [0, 20],
    [0, 30],
    [0, 40],
    [10, 30],
    [10, 40],
    [20, 40],
  ]);
});
