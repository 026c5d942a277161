export interface CancellationSources {
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Tells when an execution has to stop, and on whose account. Gives what ends the listening. */
export function listenForCancellation({ timeoutMs, signal }: CancellationSources, stop: (by: 'signal' | 'timeout') => void): () => void {
  const abort = (): void => stop('signal');
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop('timeout'), timeoutMs);
  signal?.addEventListener('abort', abort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
}
