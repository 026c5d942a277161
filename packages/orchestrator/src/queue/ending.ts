/** Why a task ended without a result. */
import { orchestratorError } from '../errors.ts';

export function cancelledError(id: string, by: string): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_TASK_CANCELLED', `Cannot finish task "${id}": it was cancelled by ${by}`, { data: { taskId: id, by } });
}

/** The reason that the signal of a task gives which makes way for another, and will run again. */
export function makingWayError(id: string): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_TASK_CANCELLED', `Cannot go on with task "${id}": it makes way for a more urgent one`, {
    data: { taskId: id, by: 'preemption' },
  });
}

export function timeoutError(id: string, timeoutMs: number): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_TASK_TIMED_OUT', `Cannot finish task "${id}": it took longer than ${timeoutMs} ms`, {
    data: { taskId: id, timeoutMs },
  });
}

export function dependencyError(id: string, dependency: string): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED', `Cannot run task "${id}": task "${dependency}" did not complete`, {
    data: { taskId: id, dependency },
  });
}

export function dispatchError(id: string, crashes: number, cause: unknown): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_DISPATCH_FAILED', `Cannot start task "${id}": ${crashes} dispatchers crashed over it`, { cause });
}
