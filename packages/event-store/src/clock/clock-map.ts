/**
 * A vector clock as data: process name to counter. Maps made here have no prototype, so a process may be called
 * `constructor` or `__proto__`; maps from elsewhere are read through own properties only.
 */

/** How much one event knows of each process. A missing process counts 0. */
export type ClockMap = Readonly<Record<string, number>>;

/** Most events carry no clock, and those share this one. */
const nothingKnown: ClockMap = Object.freeze(prototypeFree());

/**
 * A frozen copy of some counters.
 *
 * @throws RangeError when a counter is not an integer from 0 to 2^53-1, or a process has no name
 */
export function createClock(counters: ClockMap = {}): ClockMap {
  const processes = Object.keys(counters);
  if (processes.length === 0) return nothingKnown;
  const clock = prototypeFree();
  for (const process of processes) clock[named(process)] = checked(process, counters[process]);
  return Object.freeze(clock);
}

/**
 * The clock after one more step of a process.
 *
 * @throws RangeError at 2^53-1
 */
export function tick(clock: ClockMap, process: string): ClockMap {
  const next = counterOf(clock, named(process)) + 1;
  return Object.freeze(Object.assign(prototypeFree(), createClock(clock), createClock(Object.fromEntries([[process, next]]))));
}

/** The least clock that knows what both know. */
export function merge(left: ClockMap, right: ClockMap): ClockMap {
  const clock = Object.assign(prototypeFree(), createClock(left));
  for (const process of Object.keys(right)) {
    clock[named(process)] = Math.max(counterOf(left, process), counterOf(right, process));
  }
  return Object.freeze(clock);
}

/** The counter of one process, 0 where the clock does not know it. */
export function counterOf(clock: ClockMap, process: string): number {
  return Object.hasOwn(clock, process) ? checked(process, clock[process]) : 0;
}

function prototypeFree(): Record<string, number> {
  const clock: Record<string, number> = Object.create(null);
  return clock;
}

function named(process: string): string {
  if (process.length > 0) return process;
  throw new RangeError('Cannot count a process without a name');
}

function checked(process: string, counter: unknown): number {
  if (typeof counter === 'number' && Number.isSafeInteger(counter) && counter >= 0) return counter;
  throw new RangeError(`Cannot count process ${JSON.stringify(process)} as ${String(counter)}: a counter is an integer from 0 to 2^53-1`);
}
