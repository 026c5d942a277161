import { EventType, isEventType } from '@holdfast/event-store';
import { TaskPriority } from '@holdfast/protocol';

/** How urgent it is to act on an event: people first, then code, then what only tidies up. */
const priorities: Readonly<Record<EventType, TaskPriority>> = {
  USER_INTERVENTION: TaskPriority.CRITICAL,
  TASK_CANCELLED: TaskPriority.CRITICAL,
  TASK_FAILED: TaskPriority.CRITICAL,
  BUG_REPORT_RECEIVED: TaskPriority.HIGH,
  TEST_FAILED: TaskPriority.HIGH,
  CODE_GENERATED: TaskPriority.HIGH,
  CORRECTION_STARTED: TaskPriority.HIGH,
  CORRECTION_COMPLETED: TaskPriority.HIGH,
  TASK_CREATED: TaskPriority.MEDIUM,
  TASK_STARTED: TaskPriority.MEDIUM,
  PLANNING_COMPLETE: TaskPriority.MEDIUM,
  MODULE_STARTED: TaskPriority.MEDIUM,
  MODULE_ITERATION: TaskPriority.MEDIUM,
  TEST_STARTED: TaskPriority.MEDIUM,
  TEST_PASSED: TaskPriority.MEDIUM,
  MODULE_COMPLETE: TaskPriority.MEDIUM,
  TASK_COMPLETE: TaskPriority.MEDIUM,
  DEAD_CODE_ANALYSIS: TaskPriority.LOW,
};

/** The priority of what an event asks for. `BACKGROUND` for a type that is unknown, and for no event at all. */
export function priorityForEvent(event: { readonly type?: unknown } | null | undefined): TaskPriority {
  const type = event?.type === 'CODE_GENERATION' ? EventType.CODE_GENERATED : event?.type;
  return typeof type === 'string' && isEventType(type) ? priorities[type] : TaskPriority.BACKGROUND;
}
