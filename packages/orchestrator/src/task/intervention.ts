/** What a person tells a task, as events and as answers to its questions. */
import { EventType, type Event, type NewEvent } from '@holdfast/event-store';
import { jsonValue, type JsonValue } from '@holdfast/protocol';
import { z } from 'zod';
import { orchestratorError } from '../errors.ts';
import type { Intervention, TaskQuestionView, TaskView } from './task-service.ts';

/** Which promise an intervention answers, and with what; undefined for one that answers nothing. @throws HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING */
export function answerOf(view: TaskView, intervention: Intervention): { readonly promiseId: string; readonly value: JsonValue } | undefined {
  if (intervention.kind === 'message' || intervention.kind === 'bug_report') return undefined;
  const { promiseId } = questionOf(view, intervention.promiseId);
  return { promiseId, value: valueOf(intervention) };
}

/** What an event of the log answers this question with; undefined where it does not. */
export function answerIn({ type, data }: Event, promiseId: string): JsonValue | undefined {
  if (type !== EventType.USER_INTERVENTION || data['promiseId'] !== promiseId) return undefined;
  const parsed = answerSchema.safeParse(data);
  return parsed.success ? valueOf(parsed.data) : undefined;
}

const answerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['approve', 'reject']), message: z.string().optional() }),
  z.object({ kind: z.literal('answer'), value: jsonValue }),
]);

function valueOf(answer: z.output<typeof answerSchema>): JsonValue {
  return answer.kind === 'answer' ? answer.value : { approved: answer.kind === 'approve', message: answer.message ?? '' };
}

/** What the log says of it, and of the promise that it answers. */
export function eventsOf(intervention: Intervention, view: TaskView, promiseId?: string): readonly NewEvent[] {
  const { kind, message } = intervention;
  const data = {
    kind,
    ...(message !== undefined && { message: message.toWellFormed() }),
    ...(promiseId !== undefined && { promiseId }),
    ...(intervention.kind === 'answer' && { value: intervention.value }),
  };
  const said: NewEvent = { type: EventType.USER_INTERVENTION, codeVersion: view.codeVersion, data };
  if (intervention.kind !== 'bug_report') return [said];
  const { module, codeVersion = view.codeVersion } = intervention;
  const report = { source: 'user', message: intervention.message.toWellFormed(), ...(module !== undefined && { module }) };
  return [said, { type: EventType.BUG_REPORT_RECEIVED, codeVersion, data: report }];
}

/** Whether an event is something that a person said, and the workflow has to hear. */
export function isSaidByPeople({ type, data }: Event): boolean {
  return type === EventType.USER_INTERVENTION || (type === EventType.BUG_REPORT_RECEIVED && data['source'] === 'user');
}

export function notPending(promiseId: string): Error {
  return orchestratorError('HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING', `Cannot answer promise "${promiseId}": it does not wait for an answer`, { data: { promiseId } });
}

function questionOf({ taskId, questions }: TaskView, promiseId: string | undefined): TaskQuestionView {
  const found = promiseId === undefined ? questions : questions.filter((question) => question.promiseId === promiseId);
  const [question, another] = found;
  if (question && !another) return question;
  if (promiseId !== undefined) throw notPending(promiseId);
  const problem = question ? `${questions.length} questions are open, and none was named` : 'it asks nothing';
  throw orchestratorError('HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING', `Cannot answer task "${taskId}": ${problem}`, { data: { taskId } });
}
