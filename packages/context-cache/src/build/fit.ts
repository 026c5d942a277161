/** Finding how much of something fits, when the only question one can ask is whether this much does. */

/** The largest count for which `fits` holds, or undefined when not even 0 does; asks about log2(count) times. */
export function largestFitting(count: number, fits: (count: number) => boolean): number | undefined {
  if (fits(count)) return count;
  if (!fits(0)) return undefined;
  let [low, high] = [0, count];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
