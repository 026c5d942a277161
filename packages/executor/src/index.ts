/**
 * Sessions that run TypeScript and JavaScript in worker processes, keep their variables and can be stopped.
 *
 * @module
 */
export { createSession, Session, type ExecuteOptions, type SessionOptions, type SessionOutput, type SessionState } from './session/session.ts';
export { SessionManager, type SessionManagerOptions } from './session/session-manager.ts';
export { type ExecutionResult } from './session/execution-result.ts';
export { type WorkerOptions } from './process/worker-process.ts';
