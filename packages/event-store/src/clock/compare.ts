/**
 * What two vector clocks say about who knew of whom (Fidge, Mattern 1988).
 *
 * One rule is ours: a clock without a counter above 0 carries no causal information, so it neither precedes nor
 * follows another. The textbook's `{}` below everything is {@link lessOrEqual}, the order under which `merge` is a join.
 */
import { counterOf, type ClockMap } from './clock-map.ts';

/** How the left clock stands to the right one. */
export type ClockOrder = 'before' | 'after' | 'equal' | 'concurrent';

/** @throws RangeError when a counter is not an integer from 0 to 2^53-1 */
export function compare(left: ClockMap, right: ClockMap): ClockOrder {
  const less = lessOrEqual(left, right);
  const greater = lessOrEqual(right, left);
  if (less && greater) return 'equal';
  if (less === greater || isEmpty(left) || isEmpty(right)) return 'concurrent';
  return less ? 'before' : 'after';
}

/** Tells whether what `left` stands for could have caused what `right` stands for. False for equals and for empty clocks. */
export function happensBefore(left: ClockMap, right: ClockMap): boolean {
  return compare(left, right) === 'before';
}

/** Tells whether neither could have caused the other; so true for equals and for empty clocks. */
export function concurrent(left: ClockMap, right: ClockMap): boolean {
  const order = compare(left, right);
  return order === 'equal' || order === 'concurrent';
}

/** Tells whether every counter of `left` is at most that of `right`. */
export function lessOrEqual(left: ClockMap, right: ClockMap): boolean {
  return Object.keys(left).every((process) => counterOf(left, process) <= counterOf(right, process));
}

function isEmpty(clock: ClockMap): boolean {
  return Object.keys(clock).every((process) => counterOf(clock, process) === 0);
}
