import { createHash } from 'node:crypto';

/** The id of a task's durable run: its own, or its digest where that would not stay a short one. */
export function runIdOf(taskId: string): string {
  return /^[A-Za-z0-9-]{1,200}$/u.test(taskId) ? `task-${taskId}` : `task.${createHash('sha256').update(taskId).digest('hex')}`;
}
