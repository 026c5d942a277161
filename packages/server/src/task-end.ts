import type { TaskView } from '@holdfast/orchestrator';

/** Nothing happens in the task any more. */
export function isOver({ status }: TaskView): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
