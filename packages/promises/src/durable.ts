/**
 * Durable functions: their steps are recorded, and they go on where they were after a crash. For Node.
 *
 * @module
 */
export { AwaitableDurablePromise } from './durable/awaitable.ts';
export {
  type CallOptions,
  type Durable,
  type DurableContext,
  type ExternalQuestion,
  type OnceOptions,
  type RaceWinner,
  type Results,
  type RetryOptions,
  type StepContext,
  type StepOptions,
  type StepWork,
} from './durable/context.ts';
export { type Dependency } from './durable/dependency.ts';
export { type DurableBody, type DurableFunction, type DurableFunctionOptions } from './durable/durable-function.ts';
export {
  type EngineOptions,
  type LocalPromisesOptions,
  type MemoryPromisesOptions,
  type OpenPromisesOptions,
  type PromisesEvent,
  type RemotePromisesOptions,
} from './durable/open-promises-options.ts';
export { openPromises } from './durable/open-promises.ts';
export { type Promises, type Run, type RunState } from './durable/promises.ts';
export { type MissedPolicy } from './durable/schedule.ts';
export { type Schedule, type ScheduleOptions, type Schedules } from './durable/schedules.ts';

export {
  createMemoryCellCheckpoints,
  type CellCheckpoint,
  type CellCheckpoints,
  type CellExecutor,
  type CellRequest,
  type CellResult,
  type ExecuteFn,
} from './execute/cell.ts';
export { type Durability } from './store/sqlite/durability.ts';
export { servePromises, type PromisesServer, type ServePromisesOptions } from './remote/serve-promises.ts';
export { createDurableExecute, defineDurableExecute, type DurableExecuteOptions } from './execute/durable-execute.ts';
export { defaultDurableModes, MigrationAdapter, type MigrationAdapterOptions } from './execute/migration-adapter.ts';
