import { expect, test } from 'vitest';
import { z } from 'zod';
import { parsePart } from '../src/http/parse.ts';

const schema = z.strictObject({ code: z.string(), limits: z.strictObject({ timeoutMs: z.int() }).optional() });

test('what fits comes back parsed', () => {
  expect(parsePart('body', schema, { code: '1', limits: { timeoutMs: 5 } })).toEqual({ code: '1', limits: { timeoutMs: 5 } });
});

test.each([
  [{}, 'body.code'],
  [{ code: 1 }, 'body.code'],
  [{ code: '1', limits: { timeoutMs: 'soon' } }, 'body.limits.timeoutMs'],
  [{ code: '1', mode: 'fast' }, 'body'],
  [undefined, 'body'],
  [null, 'body'],
  ['text', 'body'],
])('SRV-32 %j is refused and the place named: %s', (value, path) => {
  expect(() => parsePart('body', schema, value)).toThrow(
    expect.objectContaining({
      code: 'HOLDFAST_SERVER_VALIDATION',
      message: expect.stringContaining(`Cannot accept request: ${path}: `),
      data: { issues: expect.arrayContaining([{ path, message: expect.any(String) }]) },
    }),
  );
});
