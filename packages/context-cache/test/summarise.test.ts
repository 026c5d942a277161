import { estimateTokens, summariseEvents } from '@holdfast/context-cache';
import { rebuildState } from '@holdfast/event-store';
import { array, assert, dictionary, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { eventAt, historyOf } from './history.ts';

test('CTX-13 fifty events of ten thousand tokens become less than a fifth', () => {
  const events = historyOf(50, (place) => ({ module: `module${place % 5}`, note: 'iteration', code: `export const value = ${place};\n`.repeat(28) }));
  const whole = summariseEvents(events, { keepRecent: 50 }).text;

  const summary = summariseEvents(events).text;

  expect(estimateTokens(whole)).toBeGreaterThan(10_000);
  expect(estimateTokens(whole) / estimateTokens(summary)).toBeGreaterThanOrEqual(5);
});

test('CTX-14 the header says modules, iterations, version and status', () => {
  const events = [
    eventAt(1, {}, 'TASK_STARTED'),
    eventAt(2, { module: 'parser' }, 'MODULE_STARTED'),
    eventAt(3, { module: 'parser' }),
    eventAt(4, { module: 'printer' }),
    eventAt(5, { module: 'parser' }),
    eventAt(6, {}, 'CODE_GENERATED', 3),
  ];

  expect(summariseEvents(events).header).toBe('Status running, 2 modules, 3 iterations, code version 3');
  expect(summariseEvents(events.slice(-1), { taskState: rebuildState(events) }).header).toBe(summariseEvents(events).header);
});

test('CTX-15 of twenty events the last five stay whole, the others become lines, in their order', () => {
  const events = historyOf(20, (place) => ({ module: 'm', text: `${place}`.repeat(200) }));

  const { header, lines, recent, text } = summariseEvents(events.toReversed());

  expect(lines.map((line) => Number(/^#(\d+)/u.exec(line)?.[1]))).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  expect(recent.map((entry) => JSON.parse(entry.slice(entry.indexOf('{'))))).toEqual(events.slice(15).map(({ data }) => data));
  expect(text).toBe([header, ...lines, ...recent].join('\n'));
});

test('CTX-16 a line is one line, whatever is in the event', () => {
  const anyText = string({ unit: 'binary' });
  assert(
    property(array(dictionary(anyText, anyText), { minLength: 1, maxLength: 8 }), (data) => {
      const { lines, recent, text } = summariseEvents(historyOf(data.length, (place) => data[place - 1] ?? {}), { keepRecent: 2 });

      expect(text.split(/[\n\r\u0085\u2028\u2029]/u)).toHaveLength(1 + lines.length + recent.length);
      expect(lines.every((line) => line.length <= 72 && line.isWellFormed())).toBe(true);
    }),
  );
});

test('CTX-17 three events are three whole events', () => {
  const { lines, recent } = summariseEvents(historyOf(3));

  expect([lines.length, recent.length]).toEqual([0, 3]);
});

test('CTX-19 a long field is cut in a line and whole among the recent', () => {
  const [older, newer] = ['a'.repeat(500), 'b'.repeat(500)];
  const { lines, recent } = summariseEvents([eventAt(1, { code: older, module: 'm' }), eventAt(2, { code: newer })], { keepRecent: 1, maxFieldCharacters: 10 });

  expect(lines).toEqual(['#1 MODULE_ITERATION v0 code=aaaaaaaaa… module=m']);
  expect(recent[0]).toContain(newer);
});

test('CTX-20 no events are a short summary and no error', () => {
  expect(summariseEvents([])).toEqual({ header: 'No events yet', lines: [], recent: [], text: 'No events yet' });
});
