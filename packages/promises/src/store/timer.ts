/** The longest delay that a timer of the runtime can take; a longer one would fire at once. */
export const longestDelayMs = 2 ** 31 - 1;

export type SetTimer = (callback: () => void, delayMs: number) => () => void;

/** A timer that keeps no process alive. */
export function setUnreferencedTimer(callback: () => void, delayMs: number): () => void {
  const timer: unknown = setTimeout(callback, delayMs);
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') timer.unref();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each runtime has its own type for what setTimeout returns
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
}

/** Takes any delay: a long one is waited for in pieces, and one without end needs no timer. */
export function inPieces(setTimer: SetTimer): SetTimer {
  return (callback, delayMs) => {
    let left = delayMs;
    let cancel: (() => void) | undefined;
    const next = (): void => {
      const piece = Math.min(left, longestDelayMs);
      left -= piece;
      cancel = setTimer(left > 0 ? next : callback, piece);
    };
    if (delayMs !== Number.POSITIVE_INFINITY) next();
    return () => cancel?.();
  };
}
