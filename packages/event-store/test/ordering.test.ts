import { checkReport, createEvent, isReportValidForCurrentCode, type CodeReference } from '@holdfast/event-store';
import { expect, test } from 'vitest';

const hash = 'ab'.repeat(32);
const other = 'cd'.repeat(32);
const correction: CodeReference = { codeVersion: 2, codeHash: hash, vectorClock: { fixer: 2, tester: 1 } };

test.each<[string, CodeReference, string, boolean]>([
  ['EV-66 EV-69 all three agree', { codeVersion: 2, codeHash: hash, vectorClock: { fixer: 2, tester: 2 } }, 'current', true],
  ['EV-67 an older version', { codeVersion: 1, codeHash: hash, vectorClock: { fixer: 2, tester: 2 } }, 'stale_version', false],
  ['EV-67 an equal version does not rescue an older clock', { codeVersion: 2, codeHash: hash, vectorClock: { tester: 1 } }, 'before_correction', false],
  ['EV-68 written before the correction', { codeVersion: 2, codeHash: hash, vectorClock: { fixer: 1, tester: 1 } }, 'before_correction', false],
  ['EV-69 other code', { codeVersion: 2, codeHash: other, vectorClock: { fixer: 2, tester: 2 } }, 'hash_mismatch', false],
  ['EV-69 the same digits in upper case', { codeVersion: 2, codeHash: hash.toUpperCase(), vectorClock: { fixer: 2, tester: 2 } }, 'current', true],
  ['EV-70 concurrent and the same hash', { codeVersion: 2, codeHash: hash, vectorClock: { tester: 2 } }, 'current', true],
  ['EV-70 concurrent and another hash', { codeVersion: 2, codeHash: other, vectorClock: { tester: 2 } }, 'hash_mismatch', false],
  ['EV-70 equal clocks and the same hash', { ...correction }, 'current', true],
  ['EV-70 equal clocks and another hash', { ...correction, codeHash: other }, 'hash_mismatch', false],
  ['EV-71 no hash in the report', { codeVersion: 2, codeHash: null, vectorClock: { tester: 2 } }, 'hash_unavailable', true],
  ['EV-71 no hash, older clock', { codeVersion: 2, vectorClock: { tester: 1 } }, 'before_correction', false],
  ['EV-72 ahead of the correction', { codeVersion: 3, codeHash: hash, vectorClock: { fixer: 3 } }, 'report_ahead', false],
  ['EV-24 an empty clock proves nothing, so the hash decides', { codeVersion: 2, codeHash: hash, vectorClock: {} }, 'current', true],
])('%s: %o', (_name, report, reason, valid) => {
  expect(checkReport(report, correction)).toEqual({ valid, reason });
  expect(isReportValidForCurrentCode(report, correction)).toBe(valid);
});

test('EV-71 with no hash on either side version and clock decide', () => {
  const bare = { codeVersion: 1, vectorClock: { a: 1 } };

  expect(checkReport({ ...bare, vectorClock: { a: 2 } }, bare)).toEqual({ valid: true, reason: 'hash_unavailable' });
  expect(checkReport(bare, { ...bare, vectorClock: { a: 2 } })).toEqual({ valid: false, reason: 'before_correction' });
});

const reportAt = (timestamp: string) =>
  createEvent({ taskId: 't', type: 'BUG_REPORT_RECEIVED', data: {}, codeVersion: 2, codeHash: hash, vectorClock: { x: 1 }, timestamp });

test('EV-73 EV-74 neither causation nor timestamps count', () => {
  expect(checkReport(reportAt('1999-01-01T00:00:00Z'), reportAt('2020-01-01T00:00:00Z')).reason).toBe('current');
  expect(checkReport(reportAt('2020-01-01T00:00:00Z'), reportAt('1999-01-01T00:00:00Z')).reason).toBe('current');
});
