import { runInNewContext } from 'node:vm';
import { errorFactory, fromWireError, HoldfastError, isHoldfastError, toWireError } from '@holdfast/protocol';
import { expect, test } from 'vitest';

const makeError = errorFactory({
  HOLDFAST_TEST_FULL: { meaning: 'No room.', mend: 'Come back later', retriable: true },
});

test('an error carries its code, its row and its cause', () => {
  const cause = new Error('disk');
  const error = makeError('HOLDFAST_TEST_FULL', 'Cannot append: full', { cause, data: { free: 0 } });

  expect(error).toMatchObject({ name: 'HoldfastError', code: 'HOLDFAST_TEST_FULL', hint: 'Come back later', retriable: true, cause, data: { free: 0 } });
});

test('an error of another realm or copy is recognised, a stranger is not', () => {
  const foreign: unknown = runInNewContext(`const e = new Error('x'); e.code = 'HOLDFAST_TEST_FULL'; e[Symbol.for('holdfast.error')] = true; e`);

  expect(foreign instanceof HoldfastError).toBe(false);
  expect(isHoldfastError(foreign, 'HOLDFAST_TEST_FULL')).toBe(true);
  expect(isHoldfastError(foreign, 'HOLDFAST_TEST_OTHER')).toBe(false);
  expect(isHoldfastError(Object.assign(new Error('x'), { code: 'HOLDFAST_TEST_FULL' }))).toBe(false);
  expect(isHoldfastError(null)).toBe(false);
});

test('the wire form keeps what the other side may know and nothing else', () => {
  const wire = toWireError(makeError('HOLDFAST_TEST_FULL', 'Cannot append: full', { cause: new Error('/secret/path') }));

  expect(wire).toEqual({ code: 'HOLDFAST_TEST_FULL', message: 'Cannot append: full', retriable: true, hint: 'Come back later' });
  expect(toWireError(fromWireError(wire))).toEqual(wire);
  expect(JSON.stringify(toWireError(new Error('/secret/path')))).not.toContain('secret');
});
