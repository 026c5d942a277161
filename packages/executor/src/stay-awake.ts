/** How long a thread waits awake for an answer: longer than most cells take to run, and nothing beside a person's pause. */
export const wakefulMs = 5;

/**
 * Keeps the event loop of this thread turning for a moment. A thread that sleeps takes longer to wake up than most
 * cells take to run, and a cell crosses three threads.
 *
 * @returns what lets it sleep again
 */
export function stayAwake(forMs: number): () => void {
  const until = performance.now() + forMs;
  let next = setImmediate(turn);
  return () => clearImmediate(next);

  function turn(): void {
    if (performance.now() < until) next = setImmediate(turn);
  }
}
