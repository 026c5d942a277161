import type { SetTimer } from '../store/timer.ts';

/** Resolves after the delay, or as soon as one of the signals is aborted. */
export function pause(delayMs: number, setTimer: SetTimer, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = setTimer(end, delayMs);
    for (const signal of signals) signal.addEventListener('abort', end, { once: true });
    if (signals.some(({ aborted }) => aborted)) end();
  });
}
