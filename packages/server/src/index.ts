/**
 * The faces of Holdfast over its application service: REST and WebSocket on one port.
 *
 * @module
 */
export { startServer, type RunningServer, type ServerOptions } from './server.ts';
export { toProblem, type Problem } from './http/problem.ts';
export { CloseCode } from './websocket/gateway.ts';
