/** `holdfast sessions …`: the sessions of the running server, and what can be done with one. */
import { checkpointView, restoreView, sessionView } from '@holdfast/protocol/api';
import { z } from 'zod';
import type { HttpClient } from '../client/http-client.ts';
import { getServer } from '../client/running-server.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { renderTable } from '../terminal/table.ts';

export interface SessionFlags {
  readonly json: boolean;
  readonly data?: string;
}

const listing = z.object({ sessions: z.array(sessionView) });

/** Those of earlier runs of the server included. */
export async function listSessions({ json, ...flags }: SessionFlags): Promise<number> {
  const server = await serverOf(flags, 'list sessions');
  const { sessions } = await server.request('GET', '/sessions', listing);
  const rows = sessions.map(({ sessionId, state, language, executions, createdAt }) => [sessionId, state, language, String(executions), createdAt]);
  if (json) process.stdout.write(`${JSON.stringify({ sessions })}\n`);
  else if (rows.length === 0) process.stdout.write('No sessions yet: holdfast sessions create makes one\n');
  else process.stdout.write(renderTable(['SESSION', 'STATE', 'LANGUAGE', 'EXECUTIONS', 'CREATED'], rows));
  return 0;
}

export async function createSession(id: string | undefined, { language, ...flags }: SessionFlags & { readonly language?: string }): Promise<number> {
  const server = await serverOf(flags, 'create a session');
  const session = await server.request('POST', '/sessions', sessionView, { ...(id !== undefined && { sessionId: id }), ...(language !== undefined && { language }) });
  return print(flags, session, `Session ${session.sessionId} is there: holdfast exec --session ${session.sessionId} runs code in it`);
}

export async function showSession(id: string, flags: SessionFlags): Promise<number> {
  const server = await serverOf(flags, 'show a session');
  const session = await server.request('GET', pathOf(id), sessionView);
  const lines = Object.entries(session).map(([name, value]) => `${name.padEnd(20)} ${String(value)}`);
  return print(flags, session, lines.join('\n'));
}

/** Stops what runs; 0 also where nothing ran. */
export async function cancelSession(id: string, { execution, ...flags }: SessionFlags & { readonly execution?: string }): Promise<number> {
  const server = await serverOf(flags, 'cancel an execution');
  const answer = await server.request('POST', `${pathOf(id)}/cancel`, z.object({ cancelled: z.boolean() }), execution === undefined ? {} : { executionId: execution });
  return print(flags, answer, answer.cancelled ? 'Stopped; the variables are still there' : 'Nothing ran');
}

export async function checkpointSession(id: string, flags: SessionFlags): Promise<number> {
  const server = await serverOf(flags, 'take a checkpoint');
  const checkpoint = await server.request('POST', `${pathOf(id)}/checkpoint`, checkpointView);
  const { checkpointId, kept, skipped } = checkpoint;
  return print(flags, checkpoint, [`Checkpoint ${checkpointId} keeps ${kept.join(', ') || 'nothing'}`, ...skipped.map(({ name, reason }) => `  not ${name}: ${reason}`)].join('\n'));
}

export async function restoreSession(id: string, { checkpoint, ...flags }: SessionFlags & { readonly checkpoint?: string }): Promise<number> {
  const server = await serverOf(flags, 'restore a session');
  const restored = await server.request('POST', `${pathOf(id)}/restore`, restoreView, checkpoint === undefined ? {} : { checkpointId: checkpoint });
  return print(flags, restored, `Restored ${restored.restored.join(', ') || 'nothing'} from checkpoint ${restored.checkpointId}`);
}

/** Ends its worker for good; what ran stays in the log. */
export async function closeSession(id: string, flags: SessionFlags): Promise<number> {
  const server = await serverOf(flags, 'close a session');
  await server.request('DELETE', pathOf(id), z.null());
  return print(flags, { sessionId: id, state: 'closed' }, `Session ${id} is closed`);
}

async function serverOf(flags: { readonly data?: string }, purpose: string): Promise<HttpClient> {
  return getServer(new DataFolder(readConfiguration({ data: flags.data }, process.env).data), purpose);
}

function pathOf(id: string): string {
  return `/sessions/${encodeURIComponent(id)}`;
}

function print({ json }: SessionFlags, value: object, text: string): number {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`);
  return 0;
}
