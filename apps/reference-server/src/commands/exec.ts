import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { extname, resolve } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import type { ExecutionResult } from '@holdfast/orchestrator';
import { z } from 'zod';
import { HttpClient } from '../client/http-client.ts';
import { followSession, type SessionMessage } from '../client/session-stream.ts';
import { createMemoryStores, startHoldfast } from '../compose.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { cliError } from '../errors.ts';
import { renderThrown } from '../terminal/code-frame.ts';

export interface ExecFlags {
  readonly language?: 'typescript' | 'javascript';
  readonly session?: string;
  readonly json: boolean;
  readonly timeout?: number;
  readonly data?: string;
}

const created = z.object({ sessionId: z.string() });
// The server is of this very package's version, so its result is taken as it comes.
const executed = z.custom<ExecutionResult>((value) => typeof value === 'object' && value !== null && 'status' in value);

const timedOut = 124;
const interrupted = 130;

/**
 * `holdfast exec`: runs a file or standard input. The server of the data folder runs it where there is one, so that it
 * is recorded there; otherwise a server of its own, in memory and for this run only.
 */
export async function exec(file: string | undefined, flags: ExecFlags): Promise<number> {
  const source = await readSource(file);
  await using host = await findHost(flags.data);
  const { client } = host;
  const session = flags.session ?? (await client.request('POST', '/sessions', created, { directory: process.cwd() })).sessionId;
  const path = `/sessions/${encodeURIComponent(session)}`;
  const executionId = randomUUID();
  const following = new AbortController();
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
    client.request('POST', `${path}/cancel`, z.unknown(), {}).catch(() => process.exit(interrupted));
  };
  process.on('SIGINT', interrupt);
  try {
    const printing = flags.json ? undefined : printOutput(followSession(client, session, following.signal), executionId);
    printing?.catch(() => undefined); // where the execution is refused, that is the error to tell
    const result = await client.request('POST', `${path}/execute`, executed, {
      executionId,
      code: source.code,
      language: flags.language ?? source.language,
      filename: source.filename,
      ...(flags.timeout !== undefined && { timeoutMs: flags.timeout }),
    });
    await printing;
    if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else reportResult(result, source.code);
    return isInterrupted ? interrupted : exitCodeOf(result);
  } finally {
    following.abort();
    process.off('SIGINT', interrupt);
    if (flags.session === undefined) await client.request('DELETE', path, z.unknown()).catch(() => undefined); // the server is gone, and the session with it
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

/** The running server of the data folder, or one for this run alone. */
async function findHost(data: string | undefined): Promise<{ client: HttpClient } & AsyncDisposable> {
  const folder = new DataFolder(readConfiguration({ data }, process.env).data);
  const announced = folder.readAnnouncement();
  const running = announced && new HttpClient(announced.url, folder.readToken());
  if (running && (await running.isAlive())) return { client: running, [Symbol.asyncDispose]: async () => undefined };

  const token = randomBytes(32).toString('base64url');
  const holdfast = await startHoldfast({ ...createMemoryStores(), directory: process.cwd(), maxSessions: 1, server: { port: 0, token, maxBodyBytes: 64 << 20 } });
  return { client: new HttpClient(holdfast.server.url, token), [Symbol.asyncDispose]: async () => holdfast.close() };
}

/** Prints what the execution writes, until its end has come by. */
async function printOutput(messages: AsyncIterable<SessionMessage>, executionId: string): Promise<void> {
  for await (const { type, data } of messages) {
    if (data['executionId'] !== executionId) continue;
    if (type === 'EXECUTION_OUTPUT') (data['stream'] === 'stderr' ? process.stderr : process.stdout).write(String(data['text']));
    if (type === 'EXECUTION_ENDED') return;
  }
}

function reportResult(result: ExecutionResult, code: string): void {
  if (result.error) process.stderr.write(renderThrown(result.error, code));
  if (result.cancelled) process.stderr.write(`Cancelled by ${result.cancelled.by}\n`);
}

function exitCodeOf({ status, cancelled, exitCode }: ExecutionResult): number {
  if (exitCode !== undefined) return exitCode & 255;
  if (cancelled) return cancelled.by === 'timeout' ? timedOut : 1;
  return status === 'ok' ? 0 : 1;
}
