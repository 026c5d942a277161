import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { basename, extname, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { ExecutionResult } from '@holdfast/orchestrator';
import { findHost } from '../client/host.ts';
import { SessionClient } from '../client/session-client.ts';
import { followSession, type SessionMessage } from '../client/session-stream.ts';
import { cliError } from '../errors.ts';
import { endedBy, exitCodeOfResult } from '../exit-codes.ts';
import { answerQuestion, questionOf, type Question } from '../client/question.ts';
import { readAnswer } from '../terminal/read-answer.ts';
import { reportError } from '../terminal/report-error.ts';
import { renderThrown } from '../terminal/code-frame.ts';

export interface ExecFlags {
  readonly language?: 'typescript' | 'javascript';
  readonly session?: string;
  readonly json: boolean;
  readonly timeout?: number;
  readonly durable?: 'auto' | 'always' | 'never';
  readonly data?: string;
}

/**
 * `holdfast exec`: runs a file or standard input. The server of the data folder runs it where there is one, so that it
 * is recorded there; otherwise a server of its own, in memory and for this run only.
 */
export async function exec(file: string | undefined, flags: ExecFlags): Promise<number> {
  const source = await readSource(file);
  await using host = await findHost({ data: flags.data, session: flags.session });
  const { client } = host;
  const session = flags.session === undefined ? await SessionClient.create(client) : new SessionClient(client, flags.session);
  const executionId = randomUUID();
  const following = new AbortController();
  const ended = new AbortController();
  let interruptedWith: number | undefined;
  const interrupt = (exitCode: number): void => {
    interruptedWith = exitCode;
    session.cancel(executionId).catch(() => process.exit(exitCode));
  };
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => interrupt(endedBy[signal]);
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  process.stdout.once('error', () => interrupt(endedBy.SIGPIPE)); // whoever read it has enough, as `head` does
  try {
    const onInput = async (question: Question): Promise<void> =>
      answerQuestion(session, question, async (signal) => readAnswer(question, { signal, onInterrupt: () => interrupt(endedBy.SIGINT) }), ended.signal);
    const printing = follow(followSession(client, session.id, following.signal), executionId, { isSilent: flags.json, onInput });
    printing.catch(() => undefined); // where the execution is refused, that is the error to tell
    const { code, filename } = source;
    const result = await session.run({ executionId, code, filename, language: flags.language ?? source.language, timeoutMs: flags.timeout, durable: flags.durable });
    ended.abort();
    await printing;
    if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else if (interruptedWith === undefined) reportResult(result, source, flags.timeout);
    if (isLeftOpen(result)) process.stderr.write(`holdfast: The last value of "${basename(filename)}" is a promise that nobody awaits, so the program ends without it: write await before it\n`);
    return interruptedWith ?? (hasFailedUnheard(result) ? 1 : exitCodeOfResult(result));
  } finally {
    ended.abort();
    following.abort();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    if (flags.session === undefined) await session.close().catch(() => undefined); // the server is gone, and the session with it
  }
}

interface Source {
  readonly code: string;
  readonly filename: string;
  readonly language: 'typescript' | 'javascript';
}

async function readSource(file: string | undefined): Promise<Source> {
  if (file === undefined || file === '-') {
    return { code: await text(process.stdin), filename: resolve('[stdin].ts'), language: 'typescript' };
  }
  const filename = resolve(file);
  try {
    const isJavaScript = ['.js', '.mjs', '.cjs'].includes(extname(file));
    return { code: readFileSync(filename, 'utf8'), filename, language: isJavaScript ? 'javascript' : 'typescript' };
  } catch (cause) {
    throw cliError('HOLDFAST_CLI_CANNOT_READ', `Cannot read "${file}": ${cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)}`, { cause });
  }
}

interface Follower {
  /** Whether output is for somebody else to print. */
  readonly isSilent: boolean;
  readonly onInput: (question: Question) => Promise<void>;
}

/** Prints what the execution writes and answers what it asks, until its end has come by. */
async function follow(messages: AsyncIterable<SessionMessage>, executionId: string, { isSilent, onInput }: Follower): Promise<void> {
  for await (const { type, data } of messages) {
    if (data['executionId'] !== executionId) continue;
    if (type === 'INPUT_REQUESTED') onInput(questionOf(data)).catch(reportError);
    if (type === 'EXECUTION_OUTPUT' && !isSilent) (data['stream'] === 'stderr' ? process.stderr : process.stdout).write(String(data['text']));
    if (type === 'EXECUTION_ENDED') return;
  }
}

/** A program is a cell, which ends with its last statement; as `main()` it may leave work open. */
function isLeftOpen({ status, repr, exitCode }: ExecutionResult): boolean {
  return status === 'ok' && exitCode === undefined && repr.startsWith('Promise { <pending>');
}

/** The rejection itself was written to the standard error. */
function hasFailedUnheard({ status, repr, exitCode }: ExecutionResult): boolean {
  return status === 'ok' && exitCode === undefined && /^Promise \{\s*<rejected>/u.test(repr);
}

function reportResult({ error, cancelled }: ExecutionResult, { code, filename }: Source, timeoutMs: number | undefined): void {
  if (error) process.stderr.write(renderThrown(error, (file) => (file === filename ? code : undefined)));
  if (!cancelled) return;
  const reason = cancelled.by === 'timeout' ? `its time limit of ${timeoutMs} ms` : `a request of ${JSON.stringify(cancelled.by)}`;
  process.stderr.write(`holdfast: Stopped "${basename(filename)}" after ${reason}\n`);
}
