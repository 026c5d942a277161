/**
 * The application service of Holdfast: what it does, without saying how it is reached.
 *
 * @module
 */
export { HoldfastService, type ServicePorts } from './service.ts';
export {
  type CheckpointView,
  type CreateSessionRequest,
  type ExecuteRequest,
  type ExecutionView,
  type RestoreView,
  type SessionView,
} from './service-views.ts';
export { type CheckpointInfo, type CheckpointStore } from './checkpoint/checkpoint-store.ts';
export { openSessionFolders, type SessionFolders } from './session/session-folders.ts';
export { openFolderCheckpointStore, type FolderCheckpointStoreOptions } from './checkpoint/folder.ts';
export { createMemoryCheckpointStore } from './checkpoint/memory.ts';
export { sessionOfStream, SessionEventType, sessionStream } from './session/session-event.ts';
export { type ExecutionRecord } from './session/session-ledger.ts';

// What the service takes and gives, so that a face needs no other package.
export { type ExecutionResult, type IsolationLevel, type SessionState } from '@holdfast/executor';
export { type Event } from '@holdfast/event-store';
export { type PendingPromise } from '@holdfast/promises';
export { type BuiltContext } from '@holdfast/context-cache';
