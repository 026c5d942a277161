/**
 * The host's half of the cancellation ladder. The worker's control thread takes the mild steps itself: it rejects the
 * cell's awaits, then has V8 terminate the thread. Only when no end arrives does the host signal the process group.
 */
export interface LadderOptions {
  /** Asks the worker to stop the cell. */
  readonly ask: () => Promise<void>;
  readonly signal: (signal: 'SIGTERM' | 'SIGKILL') => void;
  /** How long the worker may take, its own grace included. @default 3000 */
  readonly askGraceMs?: number;
  /** How long the process may take to end by itself. @default 500 */
  readonly termGraceMs?: number;
}

/** Climbs the ladder until the execution ended; settles then. */
export async function stopExecution(ended: Promise<unknown>, options: LadderOptions): Promise<void> {
  const { ask, signal, askGraceMs = 3000, termGraceMs = 500 } = options;
  await ask().catch(() => undefined); // a closed channel means that the process is ending, which the next steps see to
  if (await endsWithin(ended, askGraceMs)) return;
  signal('SIGTERM');
  if (await endsWithin(ended, termGraceMs)) return;
  signal('SIGKILL');
  await ended.catch(() => undefined); // how it ended is for whoever awaits the execution
}

async function endsWithin(ended: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const { promise: tooLate, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  try {
    return await Promise.race([
      ended.then(
        () => true,
        () => true,
      ),
      tooLate,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
