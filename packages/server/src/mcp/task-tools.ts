import type { TaskQuestionView, TaskService } from '@holdfast/orchestrator';
import { idSchema, jsonValue, TaskPriority, type TaskPriorityName } from '@holdfast/protocol';
import { maxPromptCharacters, streamMessage, taskStatus, taskView } from '@holdfast/protocol/api';
import { inputRequired } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { firstOrSame } from '../http/first-or-same.ts';
import { awaitNews } from '../http/await-news.ts';
import { idOfKey } from '../http/idempotency.ts';
import { toIntervention, type Interventions } from '../http/intervention.ts';
import { toMessage } from '../stream/event-feed.ts';
import type { EventReader } from '../stream/task-source.ts';
import { defineTool, effects, type McpTool, type ToolAnswer, type ToolCall } from './tool.ts';

const taskId = idSchema.describe('The task');
const priorities = Object.keys(TaskPriority).filter((name): name is TaskPriorityName => name in TaskPriority);
const maxWaitMs = 25_000;

/** Coding tasks, as tools. */
export function taskTools(tasks: TaskService, readEvents: EventReader, interventions: Interventions): readonly McpTool[] {
  return [
    defineTool({
      name: 'start_coding_task',
      title: 'Start a coding task',
      description: 'Starts writing and testing code from a prompt. Answers at once with the task; it goes on whatever becomes of this call.',
      input: z.strictObject({
        prompt: z.string().max(maxPromptCharacters).regex(/\S/u),
        priority: z.enum(priorities).optional(),
        answers: z.array(jsonValue).max(10_000).optional().describe('What was asked and answered before'),
        taskId: idSchema.optional().describe('A new one unless given'),
        timeoutMs: z.int().nonnegative().max(2 ** 31 - 1).optional(),
        idempotencyKey: z.string().min(1).max(255).optional().describe('The same key starts one task'),
      }),
      output: z.object({ taskId: z.string(), status: taskStatus }),
      annotations: effects.creates,
      run: async ({ idempotencyKey: key, taskId: id, prompt, priority, answers, timeoutMs }, call) => {
        const keyed = key === undefined ? undefined : idOfKey(call.principal.name, 'start_coding_task', key);
        const named = id ?? keyed;
        const request = { prompt, ...(named !== undefined && { taskId: named }), ...(priority && { priority }), ...(answers && { answers }), ...(timeoutMs !== undefined && { timeoutMs }) };
        const view = await firstOrSame('HOLDFAST_ORCHESTRATOR_TASK_EXISTS', keyed, async () => tasks.submit(request, { signal: call.signal }), async (known) => tasks.get(known));
        if (call.takesTasks) return { kind: 'task', task: 'task', id: view.taskId } satisfies ToolAnswer;
        return { taskId: view.taskId, status: view.status };
      },
    }),
    defineTool({
      name: 'get_task_status',
      title: 'Look at a task',
      description: 'Tells where a task stands, what it asks and what it made. With waitMs and sinceVersion, waits for news first.',
      input: z.strictObject({ taskId, waitMs: z.int().nonnegative().max(maxWaitMs).optional(), sinceVersion: z.int().nonnegative().optional() }),
      output: taskView,
      annotations: effects.reads,
      run: async ({ taskId: id, waitMs = 0, sinceVersion }, { signal }) => {
        if (waitMs === 0) return tasks.get(id);
        return awaitNews(tasks, id, { sinceVersion, signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs)]) });
      },
    }),
    defineTool({
      name: 'list_tasks',
      title: 'List the tasks',
      description: 'Lists the tasks with where they stand, oldest first.',
      input: z.strictObject({ status: taskStatus.optional() }),
      output: z.object({ tasks: z.array(taskView).readonly() }),
      annotations: effects.reads,
      run: async ({ status }) => ({ tasks: await tasks.list(status ? { status } : {}) }),
    }),
    defineTool({
      name: 'get_task_events',
      title: 'Read what happened in a task',
      description: 'Reads the events of a task in order. Call again with the last version to go on.',
      input: z.strictObject({ taskId, afterVersion: z.int().nonnegative().optional(), limit: z.int().min(1).max(500).optional() }),
      output: z.object({ events: z.array(streamMessage).readonly() }),
      annotations: effects.reads,
      run: async ({ taskId: id, afterVersion = 0, limit = 100 }) => {
        await tasks.get(id);
        const events = [];
        for await (const event of readEvents(id, { afterVersion, limit })) events.push(toMessage(event));
        return { events };
      },
    }),
    defineTool({
      name: 'cancel_task',
      title: 'Stop a task',
      description: 'Stops a task for good and waits until it has ended. Harmless for one that has.',
      input: z.strictObject({ taskId }),
      output: z.object({ cancelled: z.boolean(), status: taskStatus }),
      annotations: effects.ends,
      run: async (input, { principal }) => tasks.cancel(input.taskId, { by: principal.name }),
    }),
    defineTool({
      name: 'intervene',
      title: 'Talk to a task',
      description: 'Advises a running task, reports a bug to it, or answers what it asks. Kind "ask_person" hands an open question to the person at this client.',
      input: z.strictObject({
        taskId,
        kind: z.enum(['message', 'answer', 'approve', 'reject', 'bug_report', 'ask_person']),
        message: z.string().max(maxPromptCharacters).optional(),
        decision: jsonValue.optional().describe('The answer, for kind "answer"'),
        promiseId: z.string().min(1).max(1024).optional().describe('Which question; may be left out where one is open'),
        expectedVersion: z.int().nonnegative().optional().describe('Refused if the task has moved on since'),
      }),
      output: taskView,
      annotations: { ...effects.creates, destructiveHint: false },
      run: async ({ taskId: id, ...given }, call) => {
        if (given.kind === 'ask_person') return askPerson(tasks, id, given.promiseId, call);
        return interventions.intervene(id, given.expectedVersion, toIntervention({ ...given, kind: given.kind }));
      },
    }),
  ];
}

/** Hands an open question to the client's person, and the answer to the task. */
async function askPerson(tasks: TaskService, id: string, promiseId: string | undefined, call: ToolCall): Promise<ToolAnswer> {
  const open = await tasks.questions(id);
  const question = promiseId === undefined ? open[0] : open.find((each) => each.promiseId === promiseId);
  if (!question) return { kind: 'done', value: await tasks.get(id), text: 'The task asks nothing.' };
  if (!call.canElicit) return { kind: 'done', value: await tasks.get(id), text: `This client cannot ask its person. The task asks: ${question.question}` };
  const response = call.inputResponses[question.promiseId];
  if (response === undefined) return { kind: 'question', inputRequests: { [question.promiseId]: elicitation(question) } };
  await answerQuestion(tasks, id, question, response);
  return { kind: 'done', value: await tasks.get(id) };
}

/** A question of a task, as a form for a person. */
export function elicitation({ kind, question }: TaskQuestionView): ReturnType<typeof inputRequired.elicit> {
  const properties = kind === 'approval' ? { approved: { type: 'boolean' as const, title: 'Approve?' } } : { answer: { type: 'string' as const, title: 'Answer' } };
  return inputRequired.elicit({ message: question, requestedSchema: { type: 'object', properties, required: Object.keys(properties) } });
}

const formAnswer = z.object({ action: z.enum(['accept', 'decline', 'cancel']), content: z.record(z.string(), jsonValue).optional() });

/** Takes the form of a person as the answer to a question: declined is a no, closed is no answer. */
export async function answerQuestion(tasks: TaskService, id: string, { promiseId, kind }: TaskQuestionView, response: unknown): Promise<void> {
  const { success, data } = formAnswer.safeParse(response);
  if (!success || data.action === 'cancel') return;
  if (kind === 'approval') await tasks.intervene(id, { kind: data.action === 'accept' && data.content?.['approved'] === true ? 'approve' : 'reject', promiseId });
  else await tasks.intervene(id, data.action === 'accept' ? { kind: 'answer', promiseId, value: data.content?.['answer'] ?? null } : { kind: 'reject', promiseId });
}
