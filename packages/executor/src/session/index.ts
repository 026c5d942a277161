/**
 * Sessions: places that run cells one after the other and keep their variables.
 *
 * @module
 */
export { createSession, Session, type ExecuteOptions, type SessionOptions, type SessionOutput, type SessionState } from './session.ts';
export { SessionManager, type SessionManagerOptions } from './session-manager.ts';
export { type ExecutionResult } from './execution-result.ts';
