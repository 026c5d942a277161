/** How urgent a task is. A lower value is more urgent. */
export const TaskPriority = { CRITICAL: 0, HIGH: 10, MEDIUM: 20, LOW: 30, BACKGROUND: 40 } as const;

export type TaskPriorityName = keyof typeof TaskPriority;
export type TaskPriority = (typeof TaskPriority)[TaskPriorityName];

/** Tells whether `left` goes before `right`. False for equals. */
export function isMoreUrgent(left: TaskPriority, right: TaskPriority): boolean {
  return left < right;
}
