import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { basename, extname, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { ExecutionResult } from '@holdfast/orchestrator';
import { findHost } from '../client/host.ts';
import { SessionClient, type CellRequest } from '../client/session-client.ts';
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
  const following = new AbortController();
  let running = '';
  let interruptedWith: number | undefined;
  const interrupt = (exitCode: number): void => {
    interruptedWith = exitCode;
    session.cancel(running).catch(() => process.exit(exitCode));
  };
  const run = async (request: CellRequest, after?: string): Promise<Ran> => {
    running = request.executionId;
    const ended = new AbortController();
    const onInput = async (question: Question): Promise<void> =>
      answerQuestion(session, question, async (signal) => readAnswer(question, { signal, onInterrupt: () => interrupt(endedBy.SIGINT) }), ended.signal);
    const printing = follow(followSession(client, session.id, following.signal), running, { after, isSilent: flags.json, onInput });
    printing.catch(() => undefined); // where the execution is refused, that is the error to tell
    try {
      const result = await session.run(request);
      ended.abort();
      return { result, written: await printing };
    } finally {
      ended.abort();
    }
  };
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => interrupt(endedBy[signal]);
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  process.stdout.once('error', () => interrupt(endedBy.SIGPIPE)); // whoever read it has enough, as `head` does
  try {
    const { code, filename } = source;
    const { result: first } = await run({ executionId: randomUUID(), code, filename, language: flags.language ?? source.language, timeoutMs: flags.timeout, durable: flags.durable });
    const result = isPromise(first) ? withRest(first, await run(untilSettled(first, flags.timeout, flags.session === undefined), first.executionId)) : first;
    if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else if (interruptedWith === undefined) reportResult(result, source, flags.timeout);
    return interruptedWith ?? exitCodeOfResult(result);
  } finally {
    following.abort();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    if (flags.session === undefined) await session.close().catch(() => undefined); // the server is gone, and the session with it
  }
}

interface Written {
  stdout: string;
  stderr: string;
}

interface Ran {
  readonly result: ExecutionResult;
  readonly written: Written;
}

/** The last value of a program may be a promise, as that of `main()` is. It goes on until that is settled, as it would in Node. */
function isPromise({ status, repr, exitCode }: ExecutionResult): boolean {
  return status === 'ok' && exitCode === undefined && repr.startsWith('Promise {');
}

/**
 * Also until `process.exit` is called, which by then is called from outside of the cell that waits: through what stands in
 * its place, or earlier, which `_exit_code` tells.
 */
const waitingCode = (isOwn: boolean): string => `await (async () => {
  const { exit } = process;
  const before = ${isOwn} ? undefined : globalThis._exit_code;
  const { promise: exited, resolve } = Promise.withResolvers();
  process.exit = (code) => resolve({ code });
  const watching = setInterval(() => { if (globalThis._exit_code !== before) resolve({ code: globalThis._exit_code }) }, 20);
  const outcome = await Promise.race([Promise.resolve(globalThis._).then((value) => ({ value })), exited]);
  clearInterval(watching);
  process.exit = exit;
  return 'code' in outcome ? exit(outcome.code) : outcome.value;
})()`;

function untilSettled({ executionTimeMs }: ExecutionResult, timeoutMs: number | undefined, isOwn: boolean): CellRequest {
  const leftMs = timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - Math.round(executionTimeMs));
  return { executionId: randomUUID(), code: waitingCode(isOwn), language: 'javascript', timeoutMs: leftMs, durable: 'never' };
}

/** One result of both. */
function withRest(first: ExecutionResult, { result, written: { stdout, stderr } }: Ran): ExecutionResult {
  const { executionId, mode, queuedTimeMs } = first;
  const executionTimeMs = Math.round((first.executionTimeMs + result.executionTimeMs) * 1000) / 1000;
  return { ...result, executionId, mode, stdout: first.stdout + stdout, stderr: first.stderr + stderr, executionTimeMs, queuedTimeMs };
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
  /** The execution before, whose output after its end belongs to this one. */
  readonly after: string | undefined;
  /** Whether output is for somebody else to print. */
  readonly isSilent: boolean;
  readonly onInput: (question: Question) => Promise<void>;
}

/** Prints what the execution writes and answers what it asks, until its end has come by. Gives what was written. */
async function follow(messages: AsyncIterable<SessionMessage>, executionId: string, { after, isSilent, onInput }: Follower): Promise<Written> {
  const written: Written = { stdout: '', stderr: '' };
  let isPast = after === undefined;
  for await (const { type, data } of messages) {
    const from = data['executionId'];
    const isEnd = type === 'EXECUTION_ENDED';
    if (isPast && isEnd && from === executionId) break;
    if (isPast && (from === executionId || from === after)) {
      if (type === 'INPUT_REQUESTED') onInput(questionOf(data)).catch(reportError);
      if (type === 'EXECUTION_OUTPUT') {
        const stream = data['stream'] === 'stderr' ? 'stderr' : 'stdout';
        written[stream] += String(data['text']);
        if (!isSilent) process[stream].write(String(data['text']));
      }
    }
    isPast ||= isEnd && from === after;
  }
  return written;
}

function reportResult({ error, cancelled }: ExecutionResult, { code, filename }: Source, timeoutMs: number | undefined): void {
  if (error) process.stderr.write(renderThrown(error, (file) => (file === filename ? code : undefined)));
  if (!cancelled) return;
  const reason = cancelled.by === 'timeout' ? `its time limit of ${timeoutMs} ms` : `a request of ${JSON.stringify(cancelled.by)}`;
  process.stderr.write(`holdfast: Stopped "${basename(filename)}" after ${reason}\n`);
}
