/** What a model is told of a module it works on, level by level; each row says where its items come from. */
import type { Event } from '@holdfast/event-store';
import type { CacheNode } from '../graph/cache-node.ts';
import type { ContextGraph } from '../graph/context-graph.ts';
import { eventLine, wholeEvent } from '../summarise/event-lines.ts';
import type { ContextSection } from './hierarchy.ts';

export interface SectionSource {
  readonly graph: ContextGraph;
  /** The node that is worked on. */
  readonly focus: CacheNode;
  /** In their order. */
  readonly events: readonly Event[];
  /** Past tasks that were alike, and what the project does again and again. */
  readonly similar: readonly CacheNode[];
  readonly patterns: readonly CacheNode[];
}

export interface SectionContent {
  readonly nodes?: readonly CacheNode[];
  readonly lines?: readonly string[];
}

export interface NodeSection extends ContextSection {
  readonly select: (source: SectionSource) => SectionContent;
}

const errorTypes: ReadonlySet<string> = new Set(['TEST_FAILED', 'BUG_REPORT_RECEIVED', 'TASK_FAILED']);

export const nodeSections: readonly NodeSection[] = [
  { name: 'Task', priority: 'CRITICAL', floorTokens: 300, select: ({ graph, focus }) => ({ nodes: around(graph, focus, 2).filter(({ type }) => type === 'task') }) },
  { name: 'Working on', priority: 'CRITICAL', floorTokens: 300, select: ({ focus }) => ({ nodes: [focus] }) },
  { name: 'Direct dependencies', priority: 'CRITICAL', floorTokens: 400, select: ({ graph, focus }) => ({ nodes: known(graph, focus.dependencies) }) },
  { name: 'Last error', priority: 'CRITICAL', floorTokens: 200, select: ({ events }) => ({ lines: events.filter(isError).slice(-1).map(wholeEvent) }) },
  { name: 'Related functions', priority: 'HIGH', floorTokens: 600, select: ({ graph, focus }) => ({ nodes: around(graph, focus, 2).filter(({ type }) => type === 'function') }) },
  { name: 'Dependencies of dependencies', priority: 'HIGH', select: ({ graph, focus }) => ({ nodes: known(graph, known(graph, focus.dependencies).flatMap(({ dependencies }) => dependencies)).filter(({ id }) => id !== focus.id && !focus.dependencies.includes(id)) }) },
  { name: 'Last iterations', priority: 'HIGH', floorTokens: 300, select: ({ events }) => ({ lines: events.filter(({ type }) => type === 'MODULE_ITERATION').slice(-2).map(wholeEvent) }) },
  { name: 'Tests', priority: 'MEDIUM', floorTokens: 300, select: ({ graph, focus }) => ({ nodes: around(graph, focus, 2).filter(({ type }) => type === 'test') }) },
  { name: 'Sibling modules', priority: 'MEDIUM', select: ({ graph, focus }) => ({ nodes: around(graph, focus, 2).filter(({ type, id }) => type === 'module' && !focus.dependencies.includes(id)) }) },
  { name: 'Libraries', priority: 'MEDIUM', select: ({ graph, focus }) => ({ nodes: around(graph, focus, 2).filter(({ type, id }) => type === 'library' && !focus.dependencies.includes(id)) }) },
  { name: 'Similar past tasks', priority: 'LOW', select: ({ similar }) => ({ nodes: similar }) },
  { name: 'Patterns of the project', priority: 'LOW', select: ({ patterns }) => ({ nodes: patterns }) },
  { name: 'Errors before', priority: 'LOW', select: ({ events }) => ({ lines: events.filter(isError).slice(0, -1).toReversed().map((event) => eventLine(event)) }) },
];

function around(graph: ContextGraph, { id }: CacheNode, depth: number): CacheNode[] {
  return graph.related(id, { depth }).nodes.map(({ node }) => node);
}

function known(graph: ContextGraph, ids: readonly string[]): CacheNode[] {
  return [...new Set(ids)].map((id) => graph.find(id)).filter((node) => node !== undefined);
}

function isError({ type }: Event): boolean {
  return errorTypes.has(type);
}
