/**
 * Transports that need Node.
 *
 * @module
 */
export { createStreamTransport, type StreamTransportOptions } from './transport/stream.ts';
