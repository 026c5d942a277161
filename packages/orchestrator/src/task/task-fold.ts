/** A task's view as a fold over its events: the same events give the same view, in this process and in the next. */
import { EventType, type Event } from '@holdfast/event-store';
import type { JsonValue } from '@holdfast/protocol';
import { z } from 'zod';
import { TaskEventType } from './task-event.ts';
import type { TaskModuleView, TaskStatus, TaskView } from './task-service.ts';

const priorityNames = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'] as const;

/** What TASK_CREATED says: all that a later process needs to run the task. */
const createdSchema = z.object({
  prompt: z.string(),
  priority: z.enum(priorityNames).catch('MEDIUM'),
  model: z.string().catch(''),
  isRecorded: z.boolean().catch(false),
  answers: z.array(z.unknown()).catch([]),
  dependsOn: z.array(z.string()).catch([]),
  timeoutMs: z.number().nullable().catch(null),
  approval: z.enum(['always', 'never']).catch('never'),
});

/** What a task was submitted with. */
export interface CreatedTask extends Omit<z.infer<typeof createdSchema>, 'answers'> {
  readonly answers: readonly JsonValue[];
}

/** A task and what it was submitted with. */
export interface TaskRecord {
  readonly view: TaskView;
  readonly created: CreatedTask;
}

/** The record after one more event; undefined as long as no event said that there is a task. */
export function foldTask(record: TaskRecord | undefined, event: Event): TaskRecord | undefined {
  if (!record) return event.type === EventType.TASK_CREATED ? begin(event) : undefined;
  if (event.streamVersion <= record.view.version) return record;
  const { view } = record;
  const next = { ...view, version: event.streamVersion, sequence: event.sequenceNumber, updatedAt: event.timestamp };
  return { ...record, view: { ...next, codeVersion: Math.max(view.codeVersion, event.codeVersion), ...changeOf(view, event) } };
}

export function hasEnded(status: TaskStatus): status is 'completed' | 'failed' | 'cancelled' {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

export function endsTask(type: string): boolean {
  return type === EventType.TASK_COMPLETE || type === EventType.TASK_FAILED || type === EventType.TASK_CANCELLED;
}

function begin({ taskId, timestamp, streamVersion, sequenceNumber, data }: Event): TaskRecord {
  const parsed = createdSchema.parse({ prompt: '', ...data });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what an event holds is JSON
  const created = { ...parsed, answers: parsed.answers as readonly JsonValue[] };
  const { prompt, priority, model, isRecorded } = created;
  const usage = { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: null };
  const times = { createdAt: timestamp, updatedAt: timestamp, version: streamVersion, sequence: sequenceNumber };
  return { created, view: { taskId, status: 'created', prompt, priority, ...times, model, isRecorded, codeVersion: 0, modules: [], questions: [], usage } };
}

type Change = Partial<TaskView>;

function changeOf(view: TaskView, event: Event): Change {
  const { data, type, timestamp } = event;
  switch (type) {
    case TaskEventType.TASK_QUEUED:
      return { status: 'queued' };
    case EventType.TASK_STARTED:
    case TaskEventType.TASK_RESUMED:
      return { status: view.questions.length > 0 ? 'waiting' : 'running' };
    case TaskEventType.QUESTION_ASKED: {
      const question = { promiseId: text(data['promiseId']), kind: data['kind'] === 'question' ? 'question' : 'approval', question: text(data['question']), askedAt: timestamp } as const;
      return { status: 'waiting', questions: [...view.questions, question] };
    }
    case TaskEventType.QUESTION_ANSWERED: {
      const questions = view.questions.filter(({ promiseId }) => promiseId !== data['promiseId']);
      return { questions, status: questions.length > 0 ? 'waiting' : 'running' };
    }
    case TaskEventType.MODEL_CALLED:
      return { usage: addUsage(view, data) };
    case EventType.TASK_COMPLETE: {
      const files = z.array(z.string()).catch([]).parse(data['files']);
      return { status: 'completed', questions: [], result: { summary: text(data['summary']), folder: typeof data['folder'] === 'string' ? data['folder'] : null, files } };
    }
    case EventType.TASK_FAILED:
    case EventType.TASK_CANCELLED:
      return {
        status: type === EventType.TASK_FAILED ? 'failed' : 'cancelled',
        questions: [],
        error: { code: text(data['code']), message: text(data['message']) },
      };
    default:
      return modulesChange(view, event);
  }
}

/** What an event says of the module it names, or of all where it is the plan. */
function modulesChange({ modules }: TaskView, { type, data }: Event): Change {
  if (type === EventType.PLANNING_COMPLETE) {
    const planned = z.array(z.object({ name: z.string() })).catch([]).parse(data['modules']);
    return { modules: planned.map(({ name }) => ({ name, status: 'planned', iterations: 0, testsPassed: 0, testsFailed: 0 })) };
  }
  const change = moduleChanges[type];
  const name = data['module'];
  if (!change || typeof name !== 'string') return {};
  return { modules: modules.map((module) => (module.name === name ? { ...module, ...change(module, data) } : module)) };
}

const moduleChanges: Readonly<Record<string, (module: TaskModuleView, data: Event['data']) => Partial<TaskModuleView>>> = {
  [EventType.MODULE_STARTED]: () => ({ status: 'started' }),
  [EventType.MODULE_ITERATION]: ({ iterations }) => ({ status: 'started', iterations: iterations + 1 }),
  [EventType.TEST_PASSED]: (_module, { passed, failed }) => ({ testsPassed: count(passed), testsFailed: count(failed) }),
  [EventType.TEST_FAILED]: (_module, { passed, failed }) => ({ testsPassed: count(passed), testsFailed: count(failed) }),
  [EventType.MODULE_COMPLETE]: () => ({ status: 'complete' }),
};

function addUsage({ usage }: TaskView, data: Event['data']): TaskView['usage'] {
  const cost = typeof data['costUsd'] === 'number' ? (usage.costUsd ?? 0) + data['costUsd'] : usage.costUsd;
  return {
    calls: usage.calls + 1,
    inputTokens: usage.inputTokens + count(data['inputTokens']),
    outputTokens: usage.outputTokens + count(data['outputTokens']),
    costUsd: cost,
  };
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function count(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
