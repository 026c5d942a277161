/**
 * Whether a report still speaks of the code that is there now. Three witnesses must agree: the code version, the
 * vector clock and the code's hash. Timestamps and causation ids are not asked; they prove nothing about order.
 */
import { happensBefore } from './clock/compare.ts';
import type { ClockMap } from './clock/clock-map.ts';

/** What an event says of the code it speaks of. Every `Event` fits. */
export interface CodeReference {
  readonly codeVersion: number;
  readonly codeHash?: string | null;
  readonly vectorClock: ClockMap;
}

/**
 * Why a report counts or does not.
 *
 * - `current`: all three agree.
 * - `hash_unavailable`: version and clock agree, and at least one side has no hash to compare.
 * - `stale_version`: it speaks of an older generation.
 * - `report_ahead`: it speaks of a generation that this correction does not know; something is out of order.
 * - `before_correction`: whoever wrote it could not know of the correction.
 * - `hash_mismatch`: same version, other code.
 */
export type ReportReason = 'current' | 'hash_unavailable' | 'stale_version' | 'report_ahead' | 'before_correction' | 'hash_mismatch';

export interface ReportCheck {
  readonly valid: boolean;
  readonly reason: ReportReason;
}

/** Judges a report against the newest correction or generation. */
export function checkReport(report: CodeReference, correction: CodeReference): ReportCheck {
  if (report.codeVersion < correction.codeVersion) return { valid: false, reason: 'stale_version' };
  if (report.codeVersion > correction.codeVersion) return { valid: false, reason: 'report_ahead' };
  if (happensBefore(report.vectorClock, correction.vectorClock)) return { valid: false, reason: 'before_correction' };
  if (!report.codeHash || !correction.codeHash) return { valid: true, reason: 'hash_unavailable' };
  if (!isSameHash(report.codeHash, correction.codeHash)) return { valid: false, reason: 'hash_mismatch' };
  return { valid: true, reason: 'current' };
}

/** {@link checkReport} for those who need no reason. */
export function isReportValidForCurrentCode(report: CodeReference, correction: CodeReference): boolean {
  return checkReport(report, correction).valid;
}

/** Hexadecimal digits mean the same in either case. */
export function isSameHash(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
