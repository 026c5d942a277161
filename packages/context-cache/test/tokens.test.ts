import { charsPer4, createEstimator, createExactCounter, estimatorFor, type TokenizerFamily } from '@holdfast/context-cache';
import { assert, check, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import counts from './token-counts.json' with { type: 'json' };

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

const recorded = Object.entries(counts).flatMap(([kind, { text: sample, tokens }]) => Object.entries(tokens).map(([family, exact]) => ({ kind, family, sample, exact })));

test.each(recorded.filter(({ kind }) => kind !== 'german'))('CTX-01 CTX-02 the estimate of $kind for $family is less than 30 % off what the tokenizer counts', ({ family, sample, exact }) => {
  expect(Math.abs(createEstimator(family as TokenizerFamily)(sample) / exact - 1)).toBeLessThan(0.3);
});

test('CTX-01 over all kinds together the estimate is within 20 % for every tokenizer', () => {
  for (const [family, samples] of Map.groupBy(recorded, (each) => each.family)) {
    const estimated = samples.reduce((sum, { sample }) => sum + createEstimator(family as TokenizerFamily)(sample), 0);
    const exact = samples.reduce((sum, each) => sum + each.exact, 0);

    expect(Math.abs(estimated / exact - 1)).toBeLessThan(0.2);
  }
});

test('CTX-01 ten thousand characters are about 2500 tokens, also where they are no words', () => {
  expect(createEstimator('o200k')('a'.repeat(10_000))).toBe(2500);
  expect(estimatorFor('mistral:7b')('a'.repeat(10_000))).toBe(2500);
});

test('a model has the estimator of its tokenizer, and an exact tokenizer can take its place', () => {
  const { sample = '' } = recorded.find(({ kind }) => kind === 'event') ?? {};

  expect(estimatorFor('mistral:7b')(sample)).toBe(createEstimator('mistral')(sample));
  expect(estimatorFor('library/qwen3:8b')(sample)).toBe(createEstimator('qwen3')(sample));
  expect(estimatorFor('claude-opus-5')(sample)).toBeGreaterThan(estimatorFor('gpt-5')(sample));
  expect(createExactCounter((given) => new Uint8Array(given.split(' ').length))('three words here')).toBe(3);
});
