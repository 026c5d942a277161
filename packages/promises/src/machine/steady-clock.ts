/** A clock that goes on from `start` with the given one, and stands still where that one is set back. */
export function createSteadyClock(now: () => number, start: number): () => number {
  let seen = now();
  let instant = Math.max(start, seen);
  return () => {
    const current = now();
    instant += Math.max(0, current - seen);
    seen = current;
    return instant;
  };
}
