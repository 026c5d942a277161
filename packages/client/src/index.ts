/**
 * A client of a Holdfast server: typed requests, and streams that survive every loss of connection.
 * This entry runs in Node and in browsers.
 *
 * @module
 */
export { HoldfastClient, type CallInput, type CallOptions, type HoldfastClientOptions } from './holdfast-client.ts';
export { type FollowOptions, type StreamUpdate } from './follow.ts';
export { StreamView } from './stream-view.ts';
export { type FetchAnswer, type FetchLike, type FetchRequest, type OpenSocket, type SocketLike, type Wait } from './platform.ts';

export { type ExecuteBody, type ExecutionResult, type OperationName, type Problem, type SessionView, type StreamMessage, type TaskView } from '@holdfast/protocol/api';
