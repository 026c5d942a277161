import { errorFactory, type ErrorTable } from '@holdfast/protocol/error';

/** Every error that `@holdfast/executor` throws. What user code throws is data in a result and never stands here. */
export const errorTable = {
  HOLDFAST_EXECUTOR_SESSION_BUSY: {
    meaning: 'A session was asked to run a cell while another one runs.',
    mend: 'Wait for the running cell to end, or cancel it',
    retriable: true,
  },
  HOLDFAST_EXECUTOR_SESSION_CLOSED: {
    meaning: 'A session was used after it was closed.',
    mend: 'Create a new session',
  },
  HOLDFAST_EXECUTOR_SESSION_NOT_FOUND: {
    meaning: 'No session has this id.',
    mend: 'List the sessions, or create one',
  },
  HOLDFAST_EXECUTOR_SESSION_EXISTS: {
    meaning: 'A session with this id exists already.',
    mend: 'Choose another id, or leave it out',
  },
  HOLDFAST_EXECUTOR_TOO_MANY_SESSIONS: {
    meaning: 'The session manager holds as many sessions as its limit allows.',
    mend: 'Close a session, or raise maxSessions',
    retriable: true,
  },
  HOLDFAST_EXECUTOR_WORKER_START_FAILED: {
    meaning: 'A worker process did not become ready in time, or died before it was.',
    mend: 'Look at the cause, and check that this machine can start Node processes',
    retriable: true,
  },
  HOLDFAST_EXECUTOR_WORKER_DIED: {
    meaning: 'The worker process of a session ended while something waited for it.',
    mend: 'Run the cell again: the session starts a new worker, without the old variables',
    retriable: true,
  },
  HOLDFAST_EXECUTOR_CHECKPOINT_FORMAT: {
    meaning: 'A session was asked to restore something that is no checkpoint, or one of another format.',
    mend: 'Restore it with the version that took it',
  },
  HOLDFAST_EXECUTOR_CHECKPOINT_CORRUPT: {
    meaning: 'The bytes of a checkpoint are not those that its digest was made of, or contradict themselves.',
    mend: 'Restore an older checkpoint, and check what stored this one',
  },
  HOLDFAST_EXECUTOR_CHECKPOINT_TOO_LARGE: {
    meaning: 'The names of a session and the reasons for leaving some out are too many for one message.',
    mend: 'Put what belongs together into one object, or delete names',
  },
  HOLDFAST_EXECUTOR_DIRECTORY_HIDDEN: {
    meaning: 'A session was to start in a folder that its isolation keeps from it, such as the data folder of a server.',
    mend: 'Choose another directory, or leave it out',
  },
  HOLDFAST_EXECUTOR_NO_INPUT: {
    meaning: 'A cell called prompt, and nobody could be asked: the host answers no questions, or there is no terminal.',
    mend: 'Give the session onInput, or run the cell where a person can answer',
  },
  HOLDFAST_EXECUTOR_INPUT_TIMEOUT: {
    meaning: 'A cell called prompt, and nobody answered in time.',
    mend: 'Answer sooner, or raise inputTimeoutMs',
    retriable: true,
  },
  HOLDFAST_EXECUTOR_CAPABILITY_UNKNOWN: {
    meaning: 'A cell asked for a capability that its session does not offer.',
    mend: 'Use one of those that Object.keys(capabilities) lists',
  },
  HOLDFAST_EXECUTOR_CAPABILITY_TIMEOUT: {
    meaning: 'A cell asked for a capability, and the host did not answer in time.',
    mend: 'Try again, or raise capabilityTimeoutMs',
    retriable: true,
  },
  HOLDFAST_EXECUTOR_CAPABILITY_FAILED: {
    meaning: 'What answers a capability threw an error of its own, or gave something that is not JSON.',
    mend: 'Read the message, which is that of the error',
  },
} as const satisfies ErrorTable;

export const executorError = errorFactory(errorTable);
