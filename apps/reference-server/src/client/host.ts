import { randomBytes } from 'node:crypto';
import { chooseIsolation } from '../choose-isolation.ts';
import { openMemoryStores, startHoldfast } from '../compose.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { HttpClient } from './http-client.ts';
import { findServer, getServer } from './running-server.ts';

export interface HostOptions {
  /** The data folder whose server is asked for. */
  readonly data: string | undefined;
  /** A session that only a running server can have. */
  readonly session: string | undefined;
}

/** The running server of the data folder, or one for this run alone. */
export async function findHost({ data, session }: HostOptions): Promise<{ client: HttpClient } & AsyncDisposable> {
  const { data: path, maxMemoryMegabytes, isolation: wished, executor } = readConfiguration({ data }, process.env);
  const folder = new DataFolder(path);
  const server = session === undefined ? await findServer(folder) : await getServer(folder, `use session "${session}"`);
  if (server) return { client: server, [Symbol.asyncDispose]: async () => undefined };

  // What runs here is the user's own program on the user's own machine, unless it is to be locked in.
  const isolation = wished === 'strictest' ? 'process' : await chooseIsolation(wished);
  const token = randomBytes(32).toString('base64url');
  const holdfast = await startHoldfast({ ...(await openMemoryStores()), directory: process.cwd(), tasksDirectory: process.cwd(), maxSessions: 1, maxMemoryMegabytes, warmWorkers: 0, isolation, executor, hiddenPaths: [folder.path], server: { port: 0, token, maxBodyBytes: 64 << 20 } });
  return { client: new HttpClient(holdfast.server.url, token), [Symbol.asyncDispose]: async () => holdfast.close() };
}
