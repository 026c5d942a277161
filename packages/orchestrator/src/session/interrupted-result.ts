import type { ExecutionResult } from '@holdfast/executor';

/** The result of an execution that has no end of its own, because what ran it is gone. */
export function interruptedResult(executionId: string, sessionId: string, message: string): ExecutionResult {
  return {
    executionId,
    sessionId,
    status: 'error',
    mode: 'unknown',
    value: null,
    repr: '',
    error: { name: 'Interrupted', message, stack: '', notes: [] },
    stdout: '',
    stderr: '',
    executionTimeMs: 0,
    queuedTimeMs: 0,
  };
}
