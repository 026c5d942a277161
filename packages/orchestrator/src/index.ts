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
export { openFolderCheckpointStore, type FolderCheckpointStoreOptions } from './checkpoint/folder.ts';
export { createMemoryCheckpointStore } from './checkpoint/memory.ts';
export { sessionOfStream, SessionEventType, sessionStream } from './session/session-event.ts';
export { type ExecutionRecord } from './session/session-ledger.ts';

export {
  type Intervention,
  type ModelHealth,
  type ModelUsageView,
  type SubmitTaskOptions,
  type SubmitTaskRequest,
  type TaskModuleView,
  type TaskQuestionView,
  type TaskResultView,
  type TaskService,
  type TaskStatistics,
  type TaskStatus,
  type TaskView,
  type WatchTaskOptions,
} from './task/task-service.ts';

export { BackpressureMonitor, type BackpressureAlert, type BackpressureLevel, type BackpressureOptions, type BackpressureStatus } from './queue/backpressure.ts';
export { type QueueStatistics } from './queue/queue-statistics.ts';

// What the service takes and gives, so that a face needs no other package.
export { type ExecutionResult, type SessionState } from '@holdfast/executor';
export { type Event } from '@holdfast/event-store';
export { type PendingPromise } from '@holdfast/promises';
export { type BuiltContext } from '@holdfast/context-cache';
