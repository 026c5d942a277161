import { findHost } from '../client/host.ts';
import { SessionClient } from '../client/session-client.ts';
import { followSession } from '../client/session-stream.ts';

export interface ReplFlags {
  readonly session?: string;
  readonly data?: string;
}

/**
 * `holdfast repl`: a prompt on a session of the running server, or on one of its own. Lines that come by a pipe are run
 * one after the other without a prompt, and the exit code is that of the first that failed.
 */
export async function repl(flags: ReplFlags): Promise<number> {
  await using host = await findHost({ data: flags.data, session: flags.session });
  const session = flags.session === undefined ? await SessionClient.create(host.client) : await SessionClient.get(host.client, flags.session);
  const following = new AbortController();
  const { prompt, close } = await openPrompt(session, flags.session === undefined ? 'cell' : 'prompt');
  const printing = prompt.cells.follow(followSession(host.client, session.id, following.signal));
  try {
    await Promise.race([prompt.read(), printing]);
  } finally {
    close();
    following.abort();
    await printing.catch(() => undefined); // what ended it was told where it was raced
    if (flags.session === undefined) await session.close().catch(() => undefined); // the server is gone, and the session with it
  }
  return prompt.exitCode;
}

/** @param name what the cells are called, which no cell of another client of the session should be */
async function openPrompt(session: SessionClient, name: string) {
  const fileOf = (cell: number): string => `${name}-${cell}.ts`;
  if (process.stdin.isTTY && process.stdout.isTTY) {
    const { TerminalPrompt } = await import('../repl/terminal-prompt.ts');
    const prompt = new TerminalPrompt(session, fileOf);
    return { prompt, close: () => prompt.close() };
  }
  const { PipedCells } = await import('../repl/piped-cells.ts');
  return { prompt: new PipedCells(session, fileOf), close: () => undefined };
}
