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
    meaning: 'An answer came for a promise that does not exist or has its answer already, or none was named while several are open.',
    mend: 'List the pending promises',
  },
  HOLDFAST_ORCHESTRATOR_UNEXPECTED_ANSWER: {
    meaning: 'An answer has another form than whoever asked expects. The question stays open.',
    mend: 'Read `issues` in the data of the error, and answer again: an approval of a cell takes {"approved": true}, an input a text',
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
  HOLDFAST_ORCHESTRATOR_NO_MODEL: {
    meaning: 'A coding task was submitted, and no model is configured. Everything that needs none works.',
    mend: 'Start the server with --model ollama:NAME, openai-compatible:NAME or anthropic:NAME; --model demo plays a recorded one',
  },
  HOLDFAST_ORCHESTRATOR_INVALID_TASK: {
    meaning: 'What was to be submitted is no task: the prompt is empty, or the id is taken by something else.',
    mend: 'Read the message, which names the field',
  },
  HOLDFAST_ORCHESTRATOR_TASK_EXISTS: {
    meaning: 'A task with this id was submitted already. It is not submitted again.',
    mend: 'Read that task, or choose another id',
  },
  HOLDFAST_ORCHESTRATOR_TASK_NOT_FOUND: {
    meaning: 'No task has this id.',
    mend: 'List the tasks',
  },
  HOLDFAST_ORCHESTRATOR_TASK_ENDED: {
    meaning: 'A task was told something after it had ended.',
    mend: 'Submit another task',
  },
  HOLDFAST_ORCHESTRATOR_QUEUE_FULL: {
    meaning: 'The queue had no room for the task in the time it was given. Nothing was kept.',
    mend: 'Submit it again later',
    retriable: true,
  },
  HOLDFAST_ORCHESTRATOR_DUPLICATE_TASK: {
    meaning: 'A task was put in the queue while one of the same id waits or runs.',
    mend: 'Wait for that task to end, or choose another id',
  },
  HOLDFAST_ORCHESTRATOR_CIRCULAR_DEPENDENCY: {
    meaning: 'A task depends on itself, directly or through others, and could never start.',
    mend: 'Take one of the named dependencies away',
  },
  HOLDFAST_ORCHESTRATOR_DEPENDENCY_FAILED: {
    meaning: 'A task that this one depends on did not complete.',
    mend: 'Mend that task, then submit both again',
  },
  HOLDFAST_ORCHESTRATOR_TASK_CANCELLED: {
    meaning: 'A task was cancelled before it ended by itself.',
    mend: 'Submit it again if it is still wanted',
  },
  HOLDFAST_ORCHESTRATOR_TASK_TIMED_OUT: {
    meaning: 'A task ran longer than its timeout.',
    mend: 'Give it more time, or make it smaller',
  },
  HOLDFAST_ORCHESTRATOR_DISPATCH_FAILED: {
    meaning: 'A task could not be started: the dispatchers that took it crashed each time.',
    mend: 'Look at the cause, which a hook of the queue threw',
  },
  HOLDFAST_ORCHESTRATOR_INVALID_PLAN: {
    meaning: 'The plan of a task names no modules, names one twice, or its modules import each other in a circle.',
    mend: 'Submit the task again, or say in the prompt how it should be cut',
  },
  HOLDFAST_ORCHESTRATOR_GAVE_UP: {
    meaning: 'The tests of a module still failed when its last iteration was over.',
    mend: 'Read its events, then submit the task with a clearer prompt or another model',
  },
  HOLDFAST_ORCHESTRATOR_REJECTED: {
    meaning: 'The review of a task rejected what was made.',
    mend: 'Submit the task again and say what should be different',
  },
  HOLDFAST_ORCHESTRATOR_TASK_FAILED: {
    meaning: 'A task failed for a reason that has no code of its own; its message says it.',
    mend: 'Read the events of the task',
  },
  HOLDFAST_ORCHESTRATOR_MODEL_FAILED: {
    meaning: 'A model gave no usable answer: it was not there, took too long, or answered with something else, each time it was asked.',
    mend: 'Check that the model runs, or choose one that gives structured output',
    retriable: true,
  },
  HOLDFAST_ORCHESTRATOR_CLOSED: {
    meaning: 'The service was used while it was shutting down or after.',
    mend: 'Start the service again',
    retriable: true,
  },
} as const satisfies ErrorTable;

export const orchestratorError = errorFactory(errorTable);
