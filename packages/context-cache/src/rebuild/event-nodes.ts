/** What each kind of event says about which nodes. An unknown type says nothing; a field that is missing has its default. */
import type { Event, JsonObject } from '@holdfast/event-store';
import type { JsonValue } from '@holdfast/protocol';
import { isNodeId, nodeId } from '../graph/cache-node.ts';
import type { Edge } from '../graph/relation.ts';

/** A change of one node; what is left out stays as it is. */
export interface NodeChange {
  readonly id: string;
  readonly summary?: string;
  readonly dependencies?: readonly string[];
  readonly mentions?: readonly string[];
  readonly metadata?: JsonObject;
  /** Adds to a number in the metadata. */
  readonly count?: string;
}

export interface Changes {
  readonly nodes: readonly NodeChange[];
  readonly edges: readonly Edge[];
}

type Handler = (event: Event) => Changes;

const nothing: Changes = { nodes: [], edges: [] };

/** What an event says. */
export function changesOf(event: Event): Changes {
  return Object.hasOwn(handlers, event.type) ? (handlers[event.type]?.(event) ?? nothing) : nothing;
}

const handlers: Readonly<Record<string, Handler | undefined>> = {
  TASK_CREATED: (event) => ofTask(event, 'created'),
  TASK_STARTED: (event) => ofTask(event, 'running'),
  TASK_COMPLETE: (event) => ofTask(event, 'completed'),
  TASK_FAILED: (event) => ofTask(event, 'failed'),
  TASK_CANCELLED: (event) => ofTask(event, 'cancelled'),
  PLANNING_COMPLETE: (event) => {
    const modules = textsOf(event.data['modules']).map((name) => nodeId('module', name));
    return {
      nodes: [{ id: taskOf(event), metadata: { plan: event.data['plan'] ?? '' } }, ...modules.map((id) => ({ id, metadata: { status: 'planned' } }))],
      edges: modules.map((to) => ({ from: taskOf(event), relation: 'contains', to })),
    };
  },
  MODULE_STARTED: (event) => ofModule(event, { status: 'started' }),
  MODULE_ITERATION: (event) => ofModule(event, { lastIteration: textOf(event.data['note']) }, 'iterations'),
  MODULE_COMPLETE: (event) => ofModule(event, { status: 'complete' }),
  CODE_GENERATED: (event) => {
    const functions = textsOf(event.data['functions']).map((name) => nodeId('function', name));
    const module = moduleOf(event);
    return joined(
      ofModule(event, { codeHash: event.codeHash }),
      { nodes: functions.map((id) => ({ id, metadata: { codeVersion: event.codeVersion } })), edges: module === undefined ? [] : functions.map((to) => ({ from: module, relation: 'contains', to })) },
    );
  },
  CORRECTION_COMPLETED: (event) => ofModule(event, { codeHash: event.codeHash }),
  TEST_PASSED: (event) => ofTest(event, true),
  TEST_FAILED: (event) => joined(ofTest(event, false), ofError(event)),
  BUG_REPORT_RECEIVED: ofError,
};

function ofTask(event: Event, status: string): Changes {
  const text = textOf(event.data['requirements']) || textOf(event.data['description']);
  const summary = textOf(event.data['summary']) || text;
  return { nodes: [{ id: taskOf(event), metadata: { status }, ...(summary !== '' && { summary }) }], edges: [] };
}

function ofModule(event: Event, metadata: JsonObject, count?: string): Changes {
  const id = moduleOf(event);
  if (id === undefined) return nothing;
  const { summary, dependencies, mentions } = event.data;
  return {
    nodes: [
      {
        id,
        metadata: { ...metadata, taskId: event.taskId, codeVersion: event.codeVersion },
        ...(typeof summary === 'string' && { summary }),
        ...(dependencies !== undefined && { dependencies: textsOf(dependencies).map((name) => idOf(name, 'module')) }),
        ...(mentions !== undefined && { mentions: textsOf(mentions).map((name) => idOf(name, 'concept')) }),
        ...(count !== undefined && { count }),
      },
    ],
    edges: [{ from: taskOf(event), relation: 'contains', to: id }],
  };
}

function ofTest(event: Event, passed: boolean): Changes {
  const [name, module] = [textOf(event.data['test']) || textOf(event.data['name']), moduleOf(event)];
  if (name === '') return nothing;
  const id = nodeId('test', name);
  const node = { id, summary: textOf(event.data['message']), metadata: { passed, codeVersion: event.codeVersion } };
  return { nodes: [node], edges: module === undefined ? [] : [{ from: module, relation: 'tested_by', to: id }] };
}

function ofError(event: Event): Changes {
  const message = textOf(event.data['message']) || textOf(event.data['error']);
  const node = { id: moduleOf(event) ?? taskOf(event), metadata: { lastError: message, lastErrorVersion: event.codeVersion } };
  return { nodes: [node], edges: [] };
}

function joined(one: Changes, other: Changes): Changes {
  return { nodes: [...one.nodes, ...other.nodes], edges: [...one.edges, ...other.edges] };
}

function taskOf({ taskId }: Event): string {
  return nodeId('task', taskId);
}

function moduleOf({ data }: Event): string | undefined {
  const name = textOf(data['module']);
  return name === '' ? undefined : nodeId('module', name);
}

/** A name that is an id already stays one. */
function idOf(name: string, type: 'module' | 'concept'): string {
  return isNodeId(name) ? name : nodeId(type, name);
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: JsonValue | undefined): string[] {
  const list = Array.isArray(value) ? value : [];
  return [...new Set(list.filter((each): each is string => typeof each === 'string' && each !== ''))];
}
