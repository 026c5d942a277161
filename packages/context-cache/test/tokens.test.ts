import { charsPer4 } from '@holdfast/context-cache';
import { assert, check, property, string } from 'fast-check';
import { expect, test } from 'vitest';

const text = string({ unit: 'binary' });

test.each([
  ['', 0],
  ['a', 1],
  ['four', 1],
  ['fours', 2],
  ['x'.repeat(10_000), 2500],
])('CTX-01 charsPer4 counts a quarter of its characters: %#', (given, tokens) => {
  expect(charsPer4(given)).toBe(tokens);
});

test.each([
  ['Chinese', '写一个解析器', 6],
  ['Japanese', 'パーサーを書く', 7],
  ['Korean', '파서를 쓴다', 6],
  ['beyond the basic plane', '\u{20000}\u{20001}', 2],
  ['accents', 'naïve café', 3],
  ['Cyrillic', 'напиши', 3],
  ['an emoji', '🎉', 2],
  ['emoji in a row', '🎉🎉🎉', 6],
  ['a flag', '🇩🇪', 3],
  ['two joined to one', '👩\u200d👧', 3],
  ['a family', '👨‍👩‍👧‍👦', 4],
  ['a skin tone', '👍🏽', 3],
  ['mixed', 'ok 🎉 写', 4],
])('CTX-02 %s', (_, given, tokens) => {
  expect(charsPer4(given)).toBe(tokens);
});

test('CTX-01 only the empty text has no tokens', () => {
  assert(property(text, (given) => (charsPer4(given) === 0) === (given === '')));
  expect(charsPer4('\u200d')).toBe(1);
});

test.each(['binary', 'grapheme'] as const)('CTX-02 a longer text never counts less, and never more than its parts: %s', (unit) => {
  const part = string({ unit });
  const holds = property(part, part, (left, right) => {
    const [both, parts] = [charsPer4(left + right), [charsPer4(left), charsPer4(right)] as const];
    return both >= Math.max(...parts) && both <= parts[0] + parts[1];
  });

  expect(check(holds, { numRuns: 500 })).toMatchObject({ failed: false, counterexample: null });
});
