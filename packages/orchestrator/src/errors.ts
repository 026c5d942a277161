import { errorFactory, type ErrorTable } from '@holdfast/protocol';

/** Every error that `@holdfast/orchestrator` throws by itself. */
export const errorTable = {
  HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND: {
    meaning: 'No open session has this id.',
    mend: 'List the sessions, or create one',
  },
  HOLDFAST_ORCHESTRATOR_SESSION_BUSY: {
    meaning: 'A session was asked to run a cell while another one runs. The running one is not disturbed.',
    mend: 'Wait for the running cell to end, or cancel it',
    retriable: true,
  },
  HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING: {
    meaning: 'An answer came for a promise that does not exist or has its answer already.',
    mend: 'List the pending promises',
  },
  HOLDFAST_ORCHESTRATOR_EXECUTION_EXISTS: {
    meaning: 'An execution with this id was started already. It is not started again.',
    mend: 'Read that execution, or choose another id',
  },
  HOLDFAST_ORCHESTRATOR_EXECUTION_NOT_FOUND: {
    meaning: 'No execution has this id.',
    mend: 'List the executions of the session',
  },
  HOLDFAST_ORCHESTRATOR_CHECKPOINT_NOT_FOUND: {
    meaning: 'The session has no checkpoint, or none of this id.',
    mend: 'Take a checkpoint first, or leave the id out for the newest',
  },
  HOLDFAST_ORCHESTRATOR_CHECKPOINT_CORRUPT: {
    meaning: 'The file of a checkpoint cannot be read, or is not one.',
    mend: 'Restore an older checkpoint of the session',
  },
  HOLDFAST_ORCHESTRATOR_CLOSED: {
    meaning: 'The service was used while it was shutting down or after.',
    mend: 'Start the service again',
    retriable: true,
  },
} as const satisfies ErrorTable;

export const orchestratorError = errorFactory(errorTable);
