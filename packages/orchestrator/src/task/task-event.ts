/**
 * What is recorded of a task beside the eighteen types of `@holdfast/event-store`: where it stands in the queue, what it
 * asks, and what its model calls used.
 */
export const TaskEventType = {
  /** It has a place in the queue; again after a restart. */
  TASK_QUEUED: 'TASK_QUEUED',
  /** It runs again, in another process than the one it was started in. */
  TASK_RESUMED: 'TASK_RESUMED',
  QUESTION_ASKED: 'QUESTION_ASKED',
  QUESTION_ANSWERED: 'QUESTION_ANSWERED',
  MODEL_CALLED: 'MODEL_CALLED',
} as const;
