/**
 * A merge-only namespace over a live object, with the history that a prompt keeps.
 *
 * @module
 */
export { History, type HistoryOptions } from './history.ts';
export { engineInternals, isEngineInternal, type EngineInternal } from './internals.ts';
export { decideMerge, type MergeDecision, type MergeSource, type MergeStrategy } from './merge.ts';
export { Namespace, type SkippedName, type UpdateOptions } from './namespace.ts';
