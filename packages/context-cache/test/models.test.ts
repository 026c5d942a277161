import { contextBudget, mistral7b, qwen38b, routeModel } from '@holdfast/context-cache';
import { expect, test } from 'vitest';

test.each([
  ['CTX-54', mistral7b, 8192, 4000, 4800],
  ['CTX-55', qwen38b, 32_768, 12_000, 13_000],
] as const)('%s the parts of the profile add up to the window', (_, profile, window, current, budget) => {
  const { system, task, generation, buffer } = profile;
  const parts = Object.values(profile.current).reduce((sum, part) => sum + part, 0);

  expect(parts).toBe(current);
  expect(system + task + parts + generation + buffer).toBe(window);
  expect(profile.contextTokens).toBe(window);
  expect(contextBudget(profile)).toBe(budget);
});

test.each([
  ['CTX-03', 0, 'mistral:7b', 'mistral:7b'],
  ['CTX-03', 6553, 'mistral:7b', 'mistral:7b'],
  ['CTX-03', 6554, 'mistral:7b', 'qwen3:8b'],
  ['CTX-04', 7000, 'mistral:7b', 'qwen3:8b'],
  ['CTX-04', 7500, 'mistral:7b', 'qwen3:8b'],
  ['CTX-05', 26_214, 'qwen3:8b', 'qwen3:8b'],
  ['CTX-05', 28_000, 'qwen3:8b', 'claude'],
  ['CTX-05', 30_000, 'qwen3:8b', 'claude'],
  ['CTX-06', 12_500, 'mistral:7b', 'qwen3:8b'],
  ['CTX-06', 50_000, 'mistral:7b', 'claude'],
])('%s %i tokens go from %s to %s', (_, tokens, from, to) => {
  const ladder = [mistral7b, qwen38b, { model: 'claude', contextTokens: 200_000 }];

  expect(routeModel(tokens, from, { ladder })).toBe(to);
});

test('CTX-03 exactly 80 % still fits, one token more does not', () => {
  const ladder = [
    { model: 'small', contextTokens: 1000 },
    { model: 'large', contextTokens: 2000 },
  ];

  expect([routeModel(800, 'small', { ladder }), routeModel(801, 'small', { ladder })]).toEqual(['small', 'large']);
});

test('CTX-05 CTX-07 where no larger model is configured the context is refused', () => {
  expect(() => routeModel(28_000, 'qwen3:8b')).toThrow(expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_TOO_LARGE', data: { tokens: 28_000, model: 'qwen3:8b', fillRatio: 0.8 } }));
  expect(() => routeModel(1, 'unheard:of')).toThrow(expect.objectContaining({ code: 'HOLDFAST_CONTEXT_CACHE_UNKNOWN_MODEL' }));
});
