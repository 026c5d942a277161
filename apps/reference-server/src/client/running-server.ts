import type { DataFolder } from '../data-folder.ts';
import { cliError } from '../errors.ts';
import { HttpClient } from './http-client.ts';

/** A client of the server that runs on a data folder, if one does. */
export async function findServer(folder: DataFolder): Promise<HttpClient | undefined> {
  const announced = folder.readAnnouncement();
  // A killed server's port may be another program's by now, and that is not to be sent our token.
  if (!announced || !isRunning(announced.pid) || !(await answers(announced.url))) return undefined;
  return new HttpClient(announced.url, folder.readToken(), announced);
}

/** @throws HOLDFAST_CLI_NO_SERVER, with what was to be done in its message */
export async function getServer(folder: DataFolder, purpose: string): Promise<HttpClient> {
  const server = await findServer(folder);
  if (!server) throw cliError('HOLDFAST_CLI_NO_SERVER', `Cannot ${purpose}: no server runs on data folder "${folder.path}"`);
  return server;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // it runs, for another user
  }
}

/** Whether it lives; one whose model is away is not healthy, and still the server to use. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/livez', url), { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // nobody listens there any more
  }
}
