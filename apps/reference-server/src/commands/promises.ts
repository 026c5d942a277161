/** `holdfast promises …`: what waits for somebody at the running server, and the answer. */
import { jsonValue, type JsonValue } from '@holdfast/protocol';
import { z } from 'zod';
import type { HttpClient } from '../client/http-client.ts';
import { getServer } from '../client/running-server.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { cliError } from '../errors.ts';
import { renderTable } from '../terminal/table.ts';
import { valueOfAnswer, yesOrNo } from '../terminal/value-of-answer.ts';

const pendingPromise = z.looseObject({ id: z.string(), kind: z.string(), data: jsonValue, createdAt: z.string() });
const promiseList = z.object({ promises: z.array(pendingPromise) });
const settledPromise = z.looseObject({ promiseId: z.string(), state: z.string() });

export interface PromiseFlags {
  readonly json: boolean;
  readonly data?: string;
}

/** Those that nobody has answered, oldest first. */
export async function listPromises({ json, ...flags }: PromiseFlags): Promise<number> {
  const promises = await readPending(await serverOf(flags, 'list promises'));
  const rows = promises.map(({ id, kind, createdAt, data }) => [id, kind, createdAt, textOf(data)]);
  if (json) process.stdout.write(`${JSON.stringify({ promises })}\n`);
  else if (rows.length === 0) process.stdout.write('Nothing waits for an answer: capabilities.approve({ text }) in a cell asks for one\n');
  else process.stdout.write(renderTable(['PROMISE', 'KIND', 'CREATED', 'QUESTION'], rows));
  return 0;
}

/** The first answer counts. @throws HOLDFAST_CLI_USAGE, HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING */
export async function answerPromise(id: string, answer: string, { json, comment, ...flags }: PromiseFlags & { readonly comment?: string }): Promise<number> {
  const server = await serverOf(flags, 'answer a promise');
  const asked = (await readPending(server)).find((each) => each.id === id);
  if (!asked) throw cliError('HOLDFAST_CLI_USAGE', `Cannot answer promise "${id}": it does not wait for an answer`, { hint: 'holdfast promises ls lists those that do' });
  const value = valueFor(asked.kind, answer, comment);
  const settled = await server.request('POST', `/promises/${encodeURIComponent(id)}/resolve`, settledPromise, { value });
  process.stdout.write(json ? `${JSON.stringify({ ...settled, value })}\n` : `Promise ${id} has its answer\n`);
  return 0;
}

async function serverOf(flags: { readonly data?: string }, purpose: string): Promise<HttpClient> {
  return getServer(new DataFolder(readConfiguration(flags, process.env).data), purpose);
}

async function readPending(server: HttpClient): Promise<readonly z.output<typeof pendingPromise>[]> {
  return (await server.request('GET', '/promises', promiseList)).promises;
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
