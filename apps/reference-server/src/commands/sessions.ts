import { z } from 'zod';
import { getServer } from '../client/running-server.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { renderTable } from '../terminal/table.ts';

const listing = z.object({
  sessions: z.array(z.looseObject({ sessionId: z.string(), state: z.string(), language: z.string(), executions: z.int(), createdAt: z.string() })),
});

/** `holdfast sessions`: the sessions of the running server, those of its earlier runs included. */
export async function listSessions({ json, ...flags }: { readonly json: boolean; readonly data?: string }): Promise<number> {
  const server = await getServer(new DataFolder(readConfiguration(flags, process.env).data), 'list sessions');
  const { sessions } = await server.request('GET', '/sessions', listing);
  const rows = sessions.map(({ sessionId, state, language, executions, createdAt }) => [sessionId, state, language, String(executions), createdAt]);
  if (json) process.stdout.write(`${JSON.stringify({ sessions })}\n`);
  else if (rows.length === 0) process.stdout.write(`No sessions yet: POST ${server.url}/sessions creates one\n`);
  else process.stdout.write(renderTable(['SESSION', 'STATE', 'LANGUAGE', 'EXECUTIONS', 'CREATED'], rows));
  return 0;
}
