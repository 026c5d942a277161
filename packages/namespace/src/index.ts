/**
 * A merge-only namespace over a live object, with the history that a prompt keeps.
 *
 * @module
 */
export { decodeCheckpoint, listFunctions, type DecodedCheckpoint, type DecodeOptions } from './checkpoint/decode.ts';
export { type DescribeFunction, type FunctionFacts, type FunctionReport } from './checkpoint/describe-function.ts';
export { encodeCheckpoint, type CheckpointEntry, type EncodedCheckpoint, type EncodeOptions } from './checkpoint/encode.ts';
export { namespaceFormat, type Binding } from './checkpoint/format.ts';
export { type Evaluate } from './checkpoint/restore-functions.ts';
export { type ObjectTypes } from './checkpoint/classify.ts';
export { History, type HistoryOptions } from './history.ts';
export { engineInternals, findHiddenInternals, isEngineInternal, type EngineInternal } from './internals.ts';
export { decideMerge, type MergeDecision, type MergeSource, type MergeStrategy } from './merge.ts';
export { Namespace, type SkippedName, type UpdateOptions } from './namespace.ts';
