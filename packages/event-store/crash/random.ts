/** A number from 0 to below 1, the same sequence for the same seed: Mulberry32, by Tommy Ettinger, public domain. */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_00_00_00_00;
  };
}

/** An integer from 0 to below `end`. */
export function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}
