/** The facts that Holdfast itself records about a task. Users may append types of their own beside them. */
export const EventType = {
  TASK_CREATED: 'TASK_CREATED',
  TASK_STARTED: 'TASK_STARTED',
  PLANNING_COMPLETE: 'PLANNING_COMPLETE',
  MODULE_STARTED: 'MODULE_STARTED',
  MODULE_ITERATION: 'MODULE_ITERATION',
  MODULE_COMPLETE: 'MODULE_COMPLETE',
  CODE_GENERATED: 'CODE_GENERATED',
  TEST_STARTED: 'TEST_STARTED',
  TEST_PASSED: 'TEST_PASSED',
  TEST_FAILED: 'TEST_FAILED',
  BUG_REPORT_RECEIVED: 'BUG_REPORT_RECEIVED',
  CORRECTION_STARTED: 'CORRECTION_STARTED',
  CORRECTION_COMPLETED: 'CORRECTION_COMPLETED',
  USER_INTERVENTION: 'USER_INTERVENTION',
  DEAD_CODE_ANALYSIS: 'DEAD_CODE_ANALYSIS',
  TASK_COMPLETE: 'TASK_COMPLETE',
  TASK_FAILED: 'TASK_FAILED',
  TASK_CANCELLED: 'TASK_CANCELLED',
} as const;

export type EventType = (typeof EventType)[keyof typeof EventType];

/** Tells whether a type is one of the eighteen. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EventType, type);
}
