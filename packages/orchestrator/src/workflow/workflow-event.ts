import type { Event } from '@holdfast/event-store';

/** What happened, in short: one line of a timeline. The stored event says all. */
export interface WorkflowEvent {
  readonly type: string;
  readonly taskId: string;
  /** In the task's own stream, rising. */
  readonly version: number;
  /** In the whole store; 0 where there is no store. */
  readonly sequence: number;
  readonly at: string;
  /** The module it speaks of. */
  readonly module?: string;
  readonly iteration?: number;
  /** The generation of code it speaks of; 0 before the first. */
  readonly codeVersion: number;
  /** For people. */
  readonly message: string;
}

/** The short form of a stored event. */
export function toWorkflowEvent({ type, taskId, streamVersion, sequenceNumber, timestamp, codeVersion, data }: Event): WorkflowEvent {
  return {
    type,
    taskId,
    version: streamVersion,
    sequence: sequenceNumber,
    at: timestamp,
    ...(typeof data['module'] === 'string' && { module: data['module'] }),
    ...(typeof data['iteration'] === 'number' && { iteration: data['iteration'] }),
    codeVersion,
    message: typeof data['message'] === 'string' ? data['message'] : (sentences[type] ?? type),
  };
}

const sentences: Readonly<Record<string, string>> = {
  TASK_CREATED: 'The task is kept',
  TASK_QUEUED: 'The task waits for its turn',
  TASK_STARTED: 'The task runs',
  TASK_RESUMED: 'The task goes on after a restart',
  TASK_COMPLETE: 'The task is done',
  TASK_CANCELLED: 'The task was cancelled',
  USER_INTERVENTION: 'A person intervened',
  QUESTION_ANSWERED: 'The question was answered',
};
