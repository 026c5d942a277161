import type { ExecutionResult } from './execution-result.ts';
import type { Metrics } from './metrics.ts';

/** Counts a cell that ended. */
export function measureResult(metrics: Metrics, { status, executionTimeMs, queuedTimeMs, cancelled, outputPending }: ExecutionResult): void {
  metrics.count('executions');
  metrics.count(`executions.${status}`);
  metrics.record('executions.durationMs', executionTimeMs);
  metrics.record('executions.queuedMs', queuedTimeMs);
  if (cancelled) metrics.count(`cancellations.${cancelled.step}`);
  if (outputPending) metrics.count('output.drainTimeouts');
}
