/** The first integer in `low..high` for which the claim holds, or `high + 1`; the claim must stay true once it is. */
export function partitionPoint(low: number, high: number, holds: (value: number) => boolean): number {
  let from = low;
  let to = high + 1;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
