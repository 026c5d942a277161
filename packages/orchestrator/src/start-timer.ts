/** The longest that a timer of the platform waits; with more it would call back at once. */
const longestMs = 2 ** 31 - 1;

/** Calls back once after the delay, however long that is, and returns what prevents it. Without end it never calls back. */
export function startTimer(callback: () => void, delayMs: number): () => void {
  if (delayMs === Number.POSITIVE_INFINITY) return () => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (leftMs: number): void => {
    timer = leftMs > longestMs ? setTimeout(() => wait(leftMs - longestMs), longestMs) : setTimeout(callback, leftMs);
  };
  wait(delayMs);
  return () => clearTimeout(timer);
}
