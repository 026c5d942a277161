/**
 * What Holdfast's parts say to each other: validated messages, framing, transports and the error base.
 * This entry runs anywhere; what needs Node stands behind `@holdfast/protocol/node`.
 *
 * @module
 */
export { HoldfastError, isHoldfastError, type HoldfastErrorOptions } from './error/holdfast-error.ts';
export { errorFactory, type ErrorFactory, type ErrorRow, type ErrorTable } from './error/error-table.ts';
export { fromWireError, toWireError, wireError, type WireError } from './error/wire-error.ts';

export { idSchema, maxIdCharacters, parseId } from './id.ts';
export { isJsonValue, jsonValue, type JsonValue } from './json-value.ts';
export { isMoreUrgent, TaskPriority, type TaskPriorityName } from './priority.ts';
export { assertCompatibleVersion, protocolVersion } from './version.ts';

export {
  createMessage,
  message,
  parseMessage,
  type Message,
  type MessageInput,
  type MessageOf,
  type MessageOptions,
  type MessageType,
} from './message/message.ts';
export { cancelStep, type CancelStep } from './message/cancel.ts';
export { checkpointData, checkpointFormat, type Bytes, type CheckpointData, type SkippedEntry } from './message/checkpoint.ts';
export { sourceSpan, thrownError, type SourceSpan, type ThrownError } from './message/error.ts';
export { executionMode, language, type CellWarning, type ExecutionMode, type Language } from './message/execution.ts';
export { completion, type Completion } from './message/completion.ts';
export { namespaceEntry, type NamespaceEntry } from './message/namespace.ts';
export { outputStream, type OutputStream } from './message/output.ts';

export { type Codec } from './codec/codec.ts';
export { msgpackCodec } from './codec/msgpack.ts';
export { defaultMaxFrameBytes, encodeFrame, FrameDecoder, headerBytes, sealFrame, type FramingOptions } from './framing/framing.ts';
export { createMemoryTransports } from './transport/memory.ts';
export { createMessagePortTransport, type MessagePortTransportOptions, type Port } from './transport/message-port.ts';
export { type Transport } from './transport/transport.ts';
export { Connection } from './connection/connection.ts';
