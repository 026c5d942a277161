import { createHash } from 'node:crypto';

/** The id under which a task's steps are kept: its own, or its digest where it is too long to be followed by a number. */
export function runIdOf(taskId: string): string {
  return taskId.length <= 200 ? taskId : `task-${createHash('sha256').update(taskId).digest('hex')}`;
}
