/**
 * Sessions: places that run cells one after the other and keep their variables.
 *
 * @module
 */
export { createSession, Session, type SessionState } from './session.ts';
export { type ExecuteOptions, type OutputListener, type SessionOptions, type SessionOutput, type SessionParts } from './session-options.ts';
export { SessionManager, type SessionManagerOptions } from './session-manager.ts';
export { type ExecutionResult } from './execution-result.ts';
export { type Checkpoint, type ClearedNames, type Restore, type WorkerHealth } from './worker-keeper.ts';
export { type SessionEventName, type SessionEvents, type SessionListener } from './session-events.ts';
export { type Interceptor, type InterceptorContext, type RoutingMetrics } from './router.ts';
export { type AnswerInput, type AnswerOptions, type CapabilityPort, type CapabilityRequest, type InputRequest } from './host-port.ts';
export { type SessionWarning } from './session-warning.ts';
export { systemClock, type Clock } from './clock.ts';
export { type StartWorker, type WorkerEvents, type WorkerExit, type WorkerOptions, type WorkerProcess } from '../process/worker-process.ts';
export { isolationLevels, type IsolationLevel } from '../process/isolation-level.ts';
export { probeAllIsolation, probeIsolation, strongestIsolation, type IsolationReport } from './probe-isolation.ts';
export { createMemoryMetrics, type MemoryMetrics, type Metrics } from './metrics.ts';
export { resolveExecutorConfig, type BlockingConfig, type ExecutorConfig, type ExecutorOptions } from '../config/executor-config.ts';
