/**
 * Sessions that run TypeScript and JavaScript in worker processes, keep their variables and can be stopped.
 *
 * @module
 */
export { createSession, Session, type SessionState } from './session/session.ts';
export { type ExecuteOptions, type OutputListener, type SessionOptions, type SessionOutput } from './session/session-options.ts';
export { SessionManager, type SessionManagerOptions } from './session/session-manager.ts';
export { type ExecutionResult } from './session/execution-result.ts';
export { type Checkpoint, type ClearedNames, type Restore, type WorkerHealth } from './session/worker-keeper.ts';
export { type SessionEventName, type SessionEvents, type SessionListener } from './session/session-events.ts';
export { type Interceptor, type InterceptorContext, type RoutingMetrics } from './session/router.ts';
export { type AnswerInput, type AnswerOptions, type CapabilityPort, type CapabilityRequest, type InputRequest } from './session/host-port.ts';
export { type SessionWarning } from './session/session-warning.ts';
export { type WorkerExit, type WorkerOptions } from './process/worker-process.ts';
export { isolationLevels, type IsolationLevel } from './process/isolation-level.ts';
export { probeAllIsolation, probeIsolation, strongestIsolation, type IsolationReport } from './session/probe-isolation.ts';
export { createMemoryMetrics, type MemoryMetrics, type Metrics } from './session/metrics.ts';
export { findCellMode } from './engine/cell-mode.ts';
export { resolveExecutorConfig, type BlockingConfig, type ExecutorConfig, type ExecutorOptions } from './config/executor-config.ts';
