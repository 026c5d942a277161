import { resolveTimeoutMs } from '../config/executor-config.ts';

export interface CancellationSources {
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Tells when an execution has to stop, and on whose account. Gives what ends the listening.
 *
 * @throws RangeError or TypeError for a time limit that makes no sense
 */
export function listenForCancellation({ timeoutMs, signal }: CancellationSources, stop: (by: 'signal' | 'timeout') => void): () => void {
  const abort = (): void => stop('signal');
  const limitMs = resolveTimeoutMs(timeoutMs);
  const timer = limitMs === undefined ? undefined : setTimeout(() => stop('timeout'), limitMs);
  signal?.addEventListener('abort', abort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
}
