/**
 * The faces of Holdfast over its application service: REST and WebSocket on one port.
 *
 * @module
 */
export { startServer, type RunningServer, type ServerOptions } from './server.ts';
export { toProblem } from './http/problem.ts';
export { openApiDocument } from './http/openapi.ts';
export { type LimitOptions } from './http/limits.ts';
export { type AuditRecord, type Log } from './observability/log.ts';
