import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { InstantText } from '../src/store/sqlite/instant-text.ts';

test('instants are written as Date writes them, in whatever order they come', () => {
  const text = new InstantText();
  const bounds = [-1, 0, 1, 86_399_999, 86_400_000, 253_402_300_799_999, 253_402_300_800_000, 8.64e15, -8.64e15, -62_198_755_200_000];
  for (const ms of bounds) expect(text.of(ms)).toBe(new Date(ms).toISOString());
  expect(() =>
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 1.7e12, max: 1.7e12 + 2e8 })), (ms) => text.of(ms) === new Date(ms).toISOString()),
      { numRuns: 2000 },
    ),
  ).not.toThrow();
});
