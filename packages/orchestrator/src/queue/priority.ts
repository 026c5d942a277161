import { TaskPriority, type TaskPriorityName } from '@holdfast/protocol';

/** The five levels, the most urgent first. */
export const levels: readonly TaskPriority[] = Object.values(TaskPriority).toSorted((left, right) => left - right);

/** Where a priority stands among the levels, from 0 for the most urgent. */
export function rankOf(priority: TaskPriority): number {
  return priority / levelStep;
}

/** How far one level is from the next. */
const levelStep = 10;

/** How much more urgent a task must be before a running one makes way for it: two levels. */
const preemptionGap = 20;

/** Whether a running task should make way for one that came in. A level of difference is not enough. */
export function shouldPreempt(incoming: TaskPriority, running: TaskPriority): boolean {
  return running - incoming >= preemptionGap;
}

/**
 * The priority that a value or a name stands for.
 *
 * @throws RangeError for anything but the five
 */
export function parsePriority(value: unknown): TaskPriority {
  const found = levels.find((level) => level === value) ?? (isPriorityName(value) ? TaskPriority[value] : undefined);
  if (found !== undefined) return found;
  const known = Object.entries(TaskPriority).map(([name, level]) => `${name} (${level})`);
  throw new RangeError(`Cannot use priority ${JSON.stringify(value) ?? typeof value}: expected ${known.join(', ')}`);
}

function isPriorityName(value: unknown): value is TaskPriorityName {
  return typeof value === 'string' && Object.hasOwn(TaskPriority, value);
}
