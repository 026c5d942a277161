import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { portableSha256, sha256 } from '../src/store/sha256.ts';

const expected = (text: string): string => createHash('sha256').update(text).digest('hex');

test('the portable hash is that of Node, at every length around a block and for any text', () => {
  for (let length = 0; length <= 200; length += 1) expect(portableSha256('x'.repeat(length))).toBe(expected('x'.repeat(length)));
  expect(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(portableSha256(text)).toBe(expected(text));
        expect(sha256(text)).toBe(expected(text));
      }),
      { numRuns: 300 },
    ),
  ).not.toThrow();
});
