import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { isHoldfastError } from '@holdfast/protocol';
import { findServer } from '../client/running-server.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { StdioBridge, type McpHost } from '../mcp/stdio-bridge.ts';
import { startOnFolder, type FolderHoldfast } from '../start-on-folder.ts';

/** Another process may hold the data folder and not listen yet. */
const patienceMs = 10_000;

/**
 * `holdfast mcp`: MCP over standard input and output, on the state of a data folder. It uses the folder's server where
 * one runs, and is one until the input ends where none does. Nothing is opened before the first message.
 */
export async function mcp(flags: { readonly data?: string }): Promise<number> {
  let own: FolderHoldfast | undefined;
  const folder = new DataFolder(readConfiguration({ ...flags }, process.env).data);
  const bridge = new StdioBridge({
    findHost: async () => {
      const found = await findOrStart(folder, flags);
      own ??= found.own;
      return found.host;
    },
    write: (message) => process.stdout.write(`${message}\n`),
  });
  const taken = new Set<Promise<void>>();
  for await (const line of createInterface({ input: process.stdin, terminal: false })) {
    if (line.trim() === '') continue;
    const taking = bridge.take(line).finally(() => taken.delete(taking));
    taken.add(taking);
  }
  await bridge.close();
  await Promise.all(taken);
  if (own) {
    folder.withdraw();
    await own.close();
  }
  return 0;
}

async function findOrStart(folder: DataFolder, flags: { readonly data?: string }): Promise<{ readonly host: McpHost; readonly own?: FolderHoldfast }> {
  for (let waitedMs = 0; ; waitedMs += 100) {
    const running = await findServer(folder);
    if (running) return { host: running };
    try {
      return await startOwn(folder, flags);
    } catch (error) {
      if (!isHoldfastError(error) || !error.code.endsWith('_LOCKED') || waitedMs >= patienceMs) throw error;
      await pause(100);
    }
  }
}

/** A server for as long as the client stays, on a port that nobody else was told. */
async function startOwn(folder: DataFolder, flags: { readonly data?: string }): Promise<{ readonly host: McpHost; readonly own: FolderHoldfast }> {
  const configuration = { ...readConfiguration({ ...flags }, process.env), host: '127.0.0.1', port: 0, warmWorkers: 0 };
  const own = await startOnFolder(folder, configuration);
  return { host: { url: own.server.url, token: own.token }, own };
}
