/**
 * What goes over the wire between a Holdfast server and its clients: the REST operations and the stream, as schemas.
 * This entry runs anywhere.
 *
 * @module
 */
export { operations, type OperationName, type Operations } from './operations.ts';
export { commonProblems, fillPath, parameterNames, type AnswerOf, type BodyOf, type Operation, type PathOf, type QueryOf } from './operation.ts';
export { problem, type Problem } from './problem.ts';

export { checkpointView, restoreView, sessionView, type CheckpointView, type CreateSessionBody, type RestoreView, type SessionView } from './session.ts';
export { executionResult, type ExecuteBody, type ExecutionResult, type ExecutionView } from './execution.ts';
export { type PendingPromise } from './promise.ts';
export {
  createTaskBody,
  interventionBody,
  maxPromptCharacters,
  taskStatus,
  taskView,
  type CreateTaskBody,
  type InterventionBody,
  type TaskStatus,
  type TaskView,
} from './task.ts';
export { type Health } from './health.ts';

export {
  CloseCode,
  eventQuery,
  followQuery,
  streamFrame,
  streamMessage,
  streamSubprotocol,
  tokenSubprotocol,
  type EventQuery,
  type FollowQuery,
  type StreamFrame,
  type StreamMessage,
} from './stream.ts';
