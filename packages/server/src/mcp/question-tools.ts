import { inputRequired } from '@modelcontextprotocol/server';
import type { HoldfastService } from '@holdfast/orchestrator';
import { jsonValue, type JsonValue } from '@holdfast/protocol';
import { z } from 'zod';
import { defineTool, effects, type McpTool, type ToolAnswer, type ToolCall } from './tool.ts';

const question = z.object({ promiseId: z.string(), kind: z.enum(['approve', 'requestInput', 'input']), text: z.string() });
const asked = z.object({ promiseId: z.string(), state: z.enum(['none', 'pending', 'resolved', 'rejected']) });

type Question = z.output<typeof question>;

/**
 * What cells ask of a person. The answer comes from the person at the client, by a form: a tool that took it from the
 * model would let a model approve what its own code asks.
 */
export function questionTools(service: HoldfastService): readonly McpTool[] {
  return [
    defineTool({
      name: 'list_questions',
      title: 'List what code asks of people',
      description: 'Lists the open questions of running code to a person, oldest first. ask_person hands one to the person at this client.',
      input: z.strictObject({}),
      output: z.object({ questions: z.array(question).readonly() }),
      annotations: effects.reads,
      run: async () => ({ questions: await openQuestions(service) }),
    }),
    defineTool({
      name: 'ask_person',
      title: 'Hand a question to the person',
      description: 'Shows an open question of running code to the person at this client, and gives the code the answer.',
      input: z.strictObject({ promiseId: z.string().min(1).max(1024).describe('Of list_questions') }),
      output: asked,
      annotations: { ...effects.creates, destructiveHint: false },
      run: async ({ promiseId }, call) => askPerson(service, promiseId, call),
    }),
  ];
}

async function openQuestions(service: HoldfastService): Promise<readonly Question[]> {
  return (await service.listPendingPromises()).flatMap(({ id, kind, data }) => {
    const { success, data: found } = question.safeParse({ promiseId: id, kind, text: textOf(data) });
    return success ? [found] : [];
  });
}

/** Undefined for what no form may ask, such as a password. */
function textOf(data: JsonValue): unknown {
  const { prompt, secret, args }: Readonly<Record<string, unknown>> = { ...Object(data) };
  if (secret === true) return undefined;
  const [first]: readonly unknown[] = Array.isArray(args) ? args : [];
  return prompt ?? Object(first).text;
}

async function askPerson(service: HoldfastService, promiseId: string, { canElicit, inputResponses }: ToolCall): Promise<ToolAnswer> {
  const found = (await openQuestions(service)).find((each) => each.promiseId === promiseId);
  const pending = (text: string): ToolAnswer => ({ kind: 'done', value: { promiseId, state: 'pending' }, text });
  if (!found) return { kind: 'done', value: { promiseId, state: 'none' }, text: 'Code asks nothing of a person under this id, or has its answer; list_questions tells what it asks.' };
  if (!canElicit) return pending(`This client cannot ask its person, who can run: holdfast promises answer ${promiseId} ANSWER. The code asks: ${found.text}`);
  const response = inputResponses[promiseId];
  if (response === undefined) return { kind: 'question', inputRequests: { [promiseId]: form(found) } };
  return answer(service, found, response);
}

function form({ kind, text }: Question): ReturnType<typeof inputRequired.elicit> {
  const properties = kind === 'approve' ? { approved: { type: 'boolean' as const, title: 'Approve?' } } : { answer: { type: 'string' as const, title: 'Answer' } };
  return inputRequired.elicit({ message: text, requestedSchema: { type: 'object', properties, required: Object.keys(properties) } });
}

const formAnswer = z.object({ action: z.enum(['accept', 'decline', 'cancel']), content: z.record(z.string(), jsonValue).optional() });

/** Declined is a no, closed is no answer. */
async function answer(service: HoldfastService, { promiseId, kind }: Question, response: unknown): Promise<ToolAnswer> {
  const { success, data } = formAnswer.safeParse(response);
  if (!success || data.action === 'cancel') return { kind: 'done', value: { promiseId, state: 'pending' }, text: 'The person gave no answer.' };
  const isAccepted = data.action === 'accept';
  if (kind === 'approve') await service.resolvePromise(promiseId, { approved: isAccepted && data.content?.['approved'] === true });
  else if (isAccepted) await service.resolvePromise(promiseId, data.content?.['answer'] ?? null);
  else await service.rejectPromise(promiseId, { message: 'the person declined to answer' });
  return { kind: 'done', value: { promiseId, state: kind === 'approve' || isAccepted ? 'resolved' : 'rejected' } };
}
