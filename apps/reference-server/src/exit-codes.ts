import type { ExecutionResult } from '@holdfast/orchestrator';

/** How a command ends that was ended from outside, as shells count it. */
export const endedBy = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 } as const;

const timedOut = 124;

/** How a program ends that ran as a cell. */
export function exitCodeOfResult({ status, cancelled, exitCode }: ExecutionResult): number {
  if (exitCode !== undefined) return exitCode & 255;
  if (cancelled) return cancelled.by === 'timeout' ? timedOut : 1;
  return status === 'ok' ? 0 : 1;
}
