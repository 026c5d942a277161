/**
 * What a small model needs to know, under a token budget. This entry runs anywhere.
 *
 * @module
 */
export { buildContext, type BuildContextInput, type BuiltContext, type ContextLayer, type LayerName, type Omission } from './build/build-context.ts';
export { buildNodeContext, expandMarker, type ExpandOptions, type NodeContext, type NodeContextInput } from './build/node-context.ts';
export { nodeSections, type NodeSection, type SectionContent, type SectionSource } from './build/node-sections.ts';
export { buildHierarchy, type ContextItem, type ContextSection, type HierarchyContext, type HierarchyInput, type SectionPriority } from './build/hierarchy.ts';
export { chooseStrategy, type ComparableContext, type ContextStrategy, type StrategyComparison, type StrategyOptions } from './build/strategy.ts';
export { defaultPrompt, PromptCache, type PromptCacheOptions, type PromptGenerator } from './build/prompt-cache.ts';
export { filterRelevant, type RelevanceOptions } from './build/relevant-events.ts';
export { summariseEvents, type EventSummary, type SummariseOptions } from './summarise/event-lines.ts';

export { createEstimator, createExactCounter, estimateTokens, scaleEstimator, type TokenEstimator } from './tokens/estimator.ts';
export { charsPer4 } from './tokens/chars-per-4.ts';
export { type TokenizerFamily } from './tokens/weights.ts';
export { contextBudget, estimatorFor, mistral7b, qwen38b, routeModel, routeText, withWindow, type ModelLimit, type ModelProfile, type RouteOptions } from './models.ts';
export { createOllamaProbe, probeLadder, type JsonRequest, type OllamaProbeOptions, type ProbedLadder, type WindowProbe } from './window-probe.ts';

export { ContextGraph, type RelatedNodes, type RelatedOptions } from './graph/context-graph.ts';
export { nodeId, nodeTypes, type CacheNode, type CacheNodeInput, type NodeType } from './graph/cache-node.ts';
export { type GraphExport } from './graph/graph-export.ts';
export { relations, type Edge, type Relation } from './graph/relation.ts';

export { OnlineCache, type OnlineCacheOptions, type PutOptions, type PutResult } from './online/online-cache.ts';

export { defineSignature, type SchemaResult, type Signature, type StandardSchema } from './summarise/signature.ts';
export { runSignature, type Answer, type AnswerModel, type AnswerRequest, type RunOptions } from './summarise/run-signature.ts';
export {
  functionSummary,
  moduleSummary,
  taskSummary,
  type FunctionSummary,
  type FunctionSummaryInput,
  type ModuleSummary,
  type ModuleSummaryInput,
  type TaskSummary,
  type TaskSummaryInput,
} from './summarise/summaries.ts';

export { CacheProjection, concernedBy, rebuildCache, rebuildCacheFrom, type RebuildOptions } from './rebuild/cache-projection.ts';
export { eventRef, parseEventRef, resolveContent, type EventRef } from './rebuild/event-ref.ts';
export { explainStale, isStale, type Staleness } from './rebuild/staleness.ts';
export { DerivedFacts, type FactReading } from './rebuild/derived-facts.ts';
