import { buildContext, charsPer4, estimateTokens, type TokenEstimator } from '@holdfast/context-cache';
import { array, assert, boolean, constantFrom, double, integer, property, record, string } from 'fast-check';
import { expect, test } from 'vitest';
import { eventAt, historyOf } from './history.ts';

test('CTX-08 the four layers stand in their order, and the text is all of them', () => {
  const built = buildContext({ system: 'You write code.', state: 'Two modules done.', events: historyOf(2), current: eventAt(3), budgetTokens: 8192 });

  expect(built.layers.map(({ name }) => name)).toEqual(['system', 'state', 'events', 'current']);
  expect(built.text).toBe(built.layers.map(({ text }) => text).join('\n\n'));
  expect(built.layers[3].text).toBe('Current event:\n#3 MODULE_ITERATION v0 at 2026-01-01T00:00:00.000Z {}');
  expect(built.omitted).toEqual([]);
});

test('CTX-10 an empty history is a valid context', () => {
  const built = buildContext({ events: [], budgetTokens: 1000 });

  expect(built.text).toBe('No events yet');
  expect(built.layers).toHaveLength(4);
  expect(built.omitted).toEqual([]);
});

test('CTX-11 a long system prompt counts', () => {
  const system = 'word '.repeat(4000);

  const built = buildContext({ system, events: historyOf(1), budgetTokens: 8192, estimator: charsPer4 });

  expect(built.layers[0].tokens).toBe(5000);
  expect(built.tokens).toBeGreaterThan(5000);
  expect(built.tokens).toBe(charsPer4(built.text));
});

test('CTX-07 CTX-84 the context never exceeds its share of the budget, however tokens are counted', () => {
  const estimators: readonly TokenEstimator[] = [estimateTokens, charsPer4, (text) => text.length, (text) => text.split(/\s/u).length - (text === '' ? 1 : 0)];
  const text = string({ unit: 'binary', maxLength: 300 });
  const lines = array(text, { maxLength: 20 }).map((each) => each.join('\n'));

  assert(
    property(
      record({
        system: lines,
        state: lines,
        data: array(text, { maxLength: 30 }),
        hasCurrent: boolean(),
        budgetTokens: integer({ min: 0, max: 3000 }),
        fillRatio: double({ min: 0.01, max: 1, noNaN: true }),
        estimator: constantFrom(...estimators),
      }),
      ({ data, hasCurrent, ...given }) => {
        const events = historyOf(data.length, (place) => ({ note: data[place - 1] ?? '' }));
        const current = hasCurrent ? events.at(-1) : undefined;

        const built = buildContext({ ...given, events, ...(current && { current }) });

        expect(built.tokens).toBeLessThanOrEqual(given.budgetTokens * given.fillRatio);
        expect(built.tokens).toBe(given.estimator(built.text));
        expect(built.omitted.every(({ count }) => count > 0)).toBe(true);
        expect(built.omitted.some(({ layer }) => layer === 'system')).toBe(built.layers[0].text !== given.system);
      },
    ),
    { numRuns: 300 },
  );
});

test('when room is short the newest events win, and the text says how many are left out', () => {
  const built = buildContext({ events: historyOf(100), budgetTokens: 300 });

  const [count] = built.omitted.filter(({ unit }) => unit === 'events').map((omission) => omission.count);
  expect(built.text).toContain('#100 ');
  expect(built.text).not.toContain('#1 ');
  expect(built.text).toContain(`[${count} older events left out]`);
  expect(built.text.match(/^#\d+ /gmu)).toHaveLength(100 - (count ?? 0));
});

test('an event too large to be whole is there in short', () => {
  const events = historyOf(3, (place) => ({ code: 'x'.repeat(place === 2 ? 10_000 : 10) }));

  const built = buildContext({ events: events.slice(0, 2), current: eventAt(3, { code: 'y'.repeat(10_000) }), budgetTokens: 500 });

  expect(built.text).toMatch(/#1 .*\n#2 .*x…\n\nCurrent event:\n#3 .*y…$/u);
  expect(built.omitted).toContainEqual({ layer: 'current', unit: 'details', count: 1 });
  expect(built.omitted.some(({ layer, unit }) => layer === 'events' && unit === 'details')).toBe(true);
});

test('CTX-87 a text that is too long ends at a line, or at a word where no line fits', () => {
  const lines = buildContext({ system: Array.from({ length: 100 }, (_, at) => `Rule number ${at}.`).join('\n'), events: [], budgetTokens: 100 });
  const words = buildContext({ system: Array.from({ length: 400 }, (_, at) => `word${at}`).join(' '), events: [], budgetTokens: 100 });

  expect(lines.layers[0].text).toMatch(/^Rule number 0\.\n(?:Rule number \d+\.\n)*\[\d+ more lines left out\]$/u);
  expect(lines.omitted).toContainEqual({ layer: 'system', unit: 'lines', count: expect.any(Number) });
  expect(words.layers[0].text).toMatch(/^word0 (?:word\d+ )*\[\d+ more words left out\]$/u);
});

test('the current event is told once', () => {
  const events = historyOf(4);
  const current = events[3];

  const built = buildContext({ events, ...(current && { current }), budgetTokens: 8192 });

  expect(built.text.match(/#4 /gu)).toHaveLength(1);
});

test.each([
  { budgetTokens: -1 },
  { budgetTokens: Number.NaN },
  { budgetTokens: 100, fillRatio: 0 },
  { budgetTokens: 100, fillRatio: 1.5 },
])('what is no budget is refused: %o', (given) => {
  expect(() => buildContext({ events: [], ...given })).toThrow(RangeError);
});

test('CTX-07 a context that is counted by estimate leaves room for what the estimate may be off', () => {
  const state = Array.from({ length: 400 }, (_, at) => `line ${at}`).join('\n');

  assert(
    property(integer({ min: 0, max: 3000 }), constantFrom(0.8, 1), (budgetTokens, fillRatio) => {
      const { tokens } = buildContext({ state, events: [], budgetTokens, fillRatio });
      const counted = buildContext({ state, events: [], budgetTokens, fillRatio, estimator: (text) => estimateTokens(text) });

      expect(tokens * 1.2 + 1.5 * Math.sqrt(tokens)).toBeLessThanOrEqual(budgetTokens);
      expect(counted.tokens).toBeLessThanOrEqual(budgetTokens * fillRatio);
      expect(counted.tokens).toBeGreaterThanOrEqual(tokens);
    }),
    { numRuns: 100 },
  );
});
