/** `holdfast promises …`: what waits for somebody, and the answer, at the running server or in its folder. */
import { jsonValue, type JsonValue } from '@holdfast/protocol';
import { openPromiseDesk, type OpenPromise, type PromiseDesk } from '../client/promise-desk.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { cliError } from '../errors.ts';
import { renderTable } from '../terminal/table.ts';
import { valueOfAnswer, yesOrNo } from '../terminal/value-of-answer.ts';

export interface PromiseFlags {
  readonly json: boolean;
  readonly data?: string;
}

/** Those that nobody has answered, oldest first. */
export async function listPromises(flags: PromiseFlags): Promise<number> {
  await using desk = await deskOf(flags);
  const promises = await desk.pending();
  const rows = promises.map(({ id, kind, createdAt, data }) => [id, kind, createdAt, textOf(data)]);
  if (flags.json) process.stdout.write(`${JSON.stringify({ promises })}\n`);
  else if (rows.length === 0) process.stdout.write('Nothing waits for an answer: capabilities.approve({ text }) in a cell asks for one\n');
  else process.stdout.write(renderTable(['PROMISE', 'KIND', 'CREATED', 'QUESTION'], rows));
  return 0;
}

/** All that is known of one that waits. @throws HOLDFAST_CLI_USAGE */
export async function showPromise(id: string, flags: PromiseFlags): Promise<number> {
  await using desk = await deskOf(flags);
  const promise = await findPending(desk, id, 'show');
  process.stdout.write(`${JSON.stringify(promise, null, flags.json ? undefined : 2)}\n`);
  return 0;
}

/** The first answer counts. @throws HOLDFAST_CLI_USAGE, HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING */
export async function answerPromise(id: string, answer: string, { comment, ...flags }: PromiseFlags & { readonly comment?: string }): Promise<number> {
  await using desk = await deskOf(flags);
  const asked = await findPending(desk, id, 'answer');
  const value = valueFor(asked.kind, answer, comment);
  if (!(await desk.resolve(id, value))) throw notPending(id, 'answer');
  process.stdout.write(flags.json ? `${JSON.stringify({ promiseId: id, state: 'resolved', value })}\n` : `Promise ${id} has its answer\n`);
  return 0;
}

/** Whoever waits gets an error with this message. @throws HOLDFAST_CLI_USAGE, HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING */
export async function rejectPromise(id: string, message: string, flags: PromiseFlags): Promise<number> {
  await using desk = await deskOf(flags);
  await findPending(desk, id, 'reject');
  if (!(await desk.reject(id, message))) throw notPending(id, 'reject');
  process.stdout.write(flags.json ? `${JSON.stringify({ promiseId: id, state: 'rejected' })}\n` : `Promise ${id} is rejected\n`);
  return 0;
}

async function deskOf(flags: { readonly data?: string }): Promise<PromiseDesk> {
  const { data } = flags;
  return openPromiseDesk(new DataFolder(readConfiguration(data === undefined ? {} : { data }, process.env).data));
}

async function findPending(desk: PromiseDesk, id: string, verb: string): Promise<OpenPromise> {
  const found = (await desk.pending()).find((each) => each.id === id);
  if (found) return found;
  throw notPending(id, verb);
}

function notPending(id: string, verb: string): Error {
  return cliError('HOLDFAST_CLI_USAGE', `Cannot ${verb} promise "${id}": it does not wait for an answer`, { hint: 'holdfast promises ls lists those that do' });
}

/** The answer in the form that whoever asked expects. */
function valueFor(kind: string, answer: string, comment: string | undefined): JsonValue {
  if (kind === 'approve') {
    const approved = yesOrNo(answer);
    if (approved === undefined) throw cliError('HOLDFAST_CLI_USAGE', `Cannot use answer ${JSON.stringify(answer)}: expected yes or no`);
    return { approved, ...(comment !== undefined && { comment }) };
  }
  if (comment !== undefined) throw cliError('HOLDFAST_CLI_USAGE', `Cannot comment the answer to a promise of kind "${kind}": only an approval takes one`);
  if (kind === 'input') return answer;
  return kind === 'requestInput' ? jsonOrText(answer) : valueOfAnswer(answer);
}

function jsonOrText(answer: string): JsonValue {
  try {
    return jsonValue.parse(JSON.parse(answer));
  } catch {
    return answer; // a text as a person types it
  }
}

/** What a person is asked, on one line. */
function textOf(data: JsonValue): string {
  const { prompt, text, args, question }: Readonly<Record<string, unknown>> = { ...Object(data) };
  const [first]: readonly unknown[] = Array.isArray(args) ? args : [];
  const asked = [prompt, text, Object(first).text, question].find((each) => typeof each === 'string') ?? JSON.stringify(data);
  const line = asked.replaceAll(/\s+/gu, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
