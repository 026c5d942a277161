/**
 * The application service of Holdfast: what it does, without saying how it is reached.
 *
 * @module
 */
export { HoldfastService } from './service.ts';
export type { ServicePorts } from './service-ports.ts';
export { type AnswerForm } from './session/check-answer.ts';
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
export { runCodingWorkflow, type CodingPosition, type CodingResult, type CodingTask, type CodingWorkflowOptions } from './workflow/coding-workflow.ts';
export { streamCodingWorkflow, type StreamOptions } from './workflow/stream-workflow.ts';
export { type EmitterFaults, type EmitterOptions, type EventSink, type KeptEvent } from './workflow/emitter.ts';
export { contextFromEvents, type ContextProvider, type ContextRequest, type TaskContext } from './workflow/model-context.ts';
export { contextFromProject } from './workflow/project-context.ts';
export { parsePlan, type ModulePlan, type ModuleSpec } from './workflow/module-plan.ts';
export {
  reviewByApproval,
  type CallContext,
  type Coder,
  type GeneratedModule,
  type GenerateRequest,
  type Generator,
  type ModelCall,
  type Planner,
  type PlanRequest,
  type Review,
  type Reviewer,
  type ReviewRequest,
  type TestReport,
  type TestRequest,
  type TestRunner,
} from './workflow/ports.ts';
export { createSessionTestRunner, type SessionTestRunnerOptions } from './workflow/session/session-test-runner.ts';
export { createLocalContext, type LocalContextOptions, type WorkflowContext } from './workflow/workflow-context.ts';
export { toWorkflowEvent, type WorkflowEvent } from './workflow/workflow-event.ts';
export { createDemoCoder } from './model/demo/demo-coder.ts';
export { TaskManager, type CodingOptions, type TaskLimits, type TaskManagerOptions } from './task/task-manager.ts';
export { TaskEventType } from './task/task-event.ts';

export { priorityForEvent } from './task/event-priority.ts';
export { type QueueClock } from './queue/clock.ts';
export { parsePriority, shouldPreempt } from './queue/priority.ts';
export { type QueueStatistics } from './queue/queue-statistics.ts';
export { type QueueTask, type QueueTaskStatus, type RunContext, type TaskHandle } from './queue/queue-task.ts';
export { TaskQueue } from './queue/task-queue.ts';
export { type ShutdownOptions, type SubmitOptions, type TaskQueueOptions } from './queue/queue-options.ts';

// What the service takes and gives, so that a face needs no other package.
export { type ExecutionResult, type IsolationLevel, type SessionState } from '@holdfast/executor';
export { type Event } from '@holdfast/event-store';
export { type PendingPromise } from '@holdfast/promises';
export { type BuiltContext } from '@holdfast/context-cache';
