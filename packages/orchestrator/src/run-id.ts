import { createHash } from 'node:crypto';

/** The id of the durable run of a task or a cell: its own, or its digest where that would not stay a short one. */
export function runIdOf(kind: 'task' | 'cell', id: string): string {
  return /^[A-Za-z0-9-]{1,200}$/u.test(id) ? `${kind}-${id}` : `${kind}.${createHash('sha256').update(id).digest('hex')}`;
}
