import { createClock, merge, tick, type ClockMap } from './clock-map.ts';
import { compare, concurrent, happensBefore, type ClockOrder } from './compare.ts';

/** The clock functions as methods of an immutable value, for those who like them chained. */
export class VectorClock {
  readonly counters: ClockMap;

  /** @throws RangeError when a counter is not an integer from 0 to 2^53-1 */
  constructor(counters: ClockMap = {}) {
    this.counters = createClock(counters);
    Object.freeze(this);
  }

  tick(process: string): VectorClock {
    return new VectorClock(tick(this.counters, process));
  }

  merge(other: VectorClock): VectorClock {
    return new VectorClock(merge(this.counters, other.counters));
  }

  compare(other: VectorClock): ClockOrder {
    return compare(this.counters, other.counters);
  }

  happensBefore(other: VectorClock): boolean {
    return happensBefore(this.counters, other.counters);
  }

  concurrent(other: VectorClock): boolean {
    return concurrent(this.counters, other.counters);
  }

  toJSON(): ClockMap {
    return this.counters;
  }
}
