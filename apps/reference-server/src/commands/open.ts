/** `holdfast open`: the page of the running server in a browser, signed in. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { getServer } from '../client/running-server.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';

const link = z.object({ code: z.string().nullable() });

export interface OpenFlags {
  readonly data?: string;
  /** Prints the address and opens nothing. */
  readonly print: boolean;
}

/** Opens the page, or prints its address: the link signs in once, within a minute, and tells no token. */
export async function openPage({ print, ...flags }: OpenFlags): Promise<number> {
  const server = await getServer(new DataFolder(readConfiguration(flags, process.env).data), 'open the page');
  const { code } = await server.request('POST', '/page/links', link);
  const address = `${server.url}/${code === null ? '' : `#once=${code}`}`;
  const isOpened = !print && (await openInBrowser(address));
  process.stdout.write(isOpened ? `Opened ${server.url}/\n` : `${address}\n${print ? '' : 'No browser could be started here: open this address within a minute, once\n'}`);
  return 0;
}

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = { darwin: ['open'], win32: ['rundll32', 'url.dll,FileProtocolHandler'] };

async function openInBrowser(address: string): Promise<boolean> {
  const [program, ...rest] = openers[process.platform] ?? ['xdg-open'];
  try {
    const [code]: readonly unknown[] = await once(spawn(program, [...rest, address], { stdio: 'ignore' }), 'exit');
    return code === 0;
  } catch {
    return false; // there is no such program
  }
}
