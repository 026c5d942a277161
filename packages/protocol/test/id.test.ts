import { isMoreUrgent, parseId, TaskPriority } from '@holdfast/protocol';
import { expect, test } from 'vitest';

test('EV-17 an id is normalised and otherwise kept as it is', () => {
  expect(parseId('Cafe\u0301 / 日本 .. %2f')).toBe('Café / 日本 .. %2f');
});

test.each(['', 'a'.repeat(257), 'a\u0000b', 'line\nbreak', '\u0085', '\ud800', '.', '..'])('EV-08 EV-43 %j is no id', (text) => {
  expect(() => parseId(text)).toThrow(expect.objectContaining({ code: 'HOLDFAST_PROTOCOL_INVALID_ID' }));
});

test('ORC-01 ORC-02 a lower priority value is more urgent', () => {
  expect(TaskPriority).toEqual({ CRITICAL: 0, HIGH: 10, MEDIUM: 20, LOW: 30, BACKGROUND: 40 });
  expect(isMoreUrgent(TaskPriority.CRITICAL, TaskPriority.HIGH)).toBe(true);
  expect(isMoreUrgent(TaskPriority.LOW, TaskPriority.LOW)).toBe(false);
});
