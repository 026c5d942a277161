/** When a schedule is due, and what becomes of occurrences that nobody was there for. */
import { CronExpressionParser, type CronExpression } from 'cron-parser';
import { promisesError } from '../errors.ts';

/** What to do with occurrences that passed while no process was there: run all, the last one, or none. */
export type MissedPolicy = 'all' | 'latest' | 'skip';

export interface Cron {
  readonly cron: string;
  readonly timeZone: string;
}

/** Later than this it counts as missed, in milliseconds. */
const patienceMs = 60_000;
/** So many are begun at once; the others follow. */
const mostAtOnce = 100;

/** The first instant after the given one. @throws HOLDFAST_PROMISES_INVALID_SCHEDULE */
export function nextAfter(schedule: Cron, instant: number): number {
  return parse(schedule, instant).next().getTime();
}

/** Which occurrences to begin, of those from `at` until now, and which one to wait for then. */
export function occurrencesDue(schedule: Cron, missed: MissedPolicy, at: number, now: number): { readonly begin: readonly number[]; readonly next: number } {
  if (missed === 'all') return allDue(schedule, at, now);
  const last = parse(schedule, now + 1).prev().getTime();
  const isBegun = last >= at && (missed === 'latest' || now - last <= patienceMs);
  return { begin: isBegun ? [last] : [], next: nextAfter(schedule, Math.max(now, at - 1)) };
}

function allDue(schedule: Cron, at: number, now: number): { readonly begin: readonly number[]; readonly next: number } {
  const begin: number[] = [];
  let next = at;
  while (next <= now && begin.length < mostAtOnce) {
    begin.push(next);
    next = nextAfter(schedule, next);
  }
  return { begin, next };
}

function parse({ cron, timeZone }: Cron, instant: number): CronExpression {
  try {
    // The parser makes up fields that are missing.
    if (!/^\S+(?:\s+\S+){4,5}$/u.test(cron)) throw new TypeError('It has five fields, or six with seconds first');
    // The parser draws a value for `H`, and another one each time it is asked. Thursday is fine.
    if (cron.replaceAll(/THU/giu, '').includes('H')) throw new TypeError('It has an "H", which names no instant');
    return CronExpressionParser.parse(cron, { currentDate: new Date(instant), tz: timeZone });
  } catch (cause) {
    throw promisesError('HOLDFAST_PROMISES_INVALID_SCHEDULE', `Cannot use schedule "${cron}" in time zone "${timeZone}"`, { cause, data: { cron, timeZone } });
  }
}
