import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession, type IsolationLevel, type Session } from '@holdfast/executor';
import type { EscapeAttempt, EscapeTargets } from './escape-attempts.ts';

/** A server with secrets, one session that is attacked from, and a bystander. */
export interface EscapeGround extends AsyncDisposable {
  readonly session: Session;
  readonly bystander: Session;
  readonly targets: EscapeTargets;
  /** What an attempt got; `denied` where that is nothing. */
  attempt(escape: EscapeAttempt): Promise<unknown>;
}

export async function openEscapeGround(isolation: IsolationLevel): Promise<EscapeGround> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-escape-'));
  const [data, own, other, outside] = await Promise.all(['data', 'data/own', 'data/other', 'outside'].map(async (name) => join(root, name)));
  for (const folder of [data, own, other, outside]) await mkdir(folder!, { recursive: true });
  const targets = { secret: join(data!, 'token'), outside: outside!, foreign: join(other!, 'foreign.txt'), socket: join(outside!, 'server.sock') };
  await writeFile(targets.secret, '"do not tell"');
  await writeFile(targets.foreign, 'do not tell');
  const tcp = await listen(createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nheard')), { port: 0, host: '127.0.0.1' });
  const unix = await listen(createServer((socket) => socket.on('error', () => undefined).end()), { path: targets.socket });
  const address = tcp.address();
  const options = { isolation, hiddenPaths: [data!] };
  const session = await createSession({ ...options, directory: own!, writableDirectory: own! });
  const bystander = await createSession({ ...options, directory: other!, writableDirectory: other! });
  await bystander.execute('const kept = 1');
  const place = { ...targets, hostPid: process.pid, foreignPid: bystander.pid!, port: typeof address === 'object' && address ? address.port : 0 };
  return {
    session,
    bystander,
    targets: place,
    attempt: async ({ code }) => {
      const { value, error } = await session.execute(`await (async (place) => { try { return (await (async () => { ${code} })()) || 'denied' } catch { return 'denied' } })(${JSON.stringify(place)})`, { language: 'javascript', timeoutMs: 10_000 });
      return error ? 'denied' : value;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([session.close(), bystander.close()]);
      tcp.close();
      unix.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function listen(server: Server, where: { readonly port: number; readonly host: string } | { readonly path: string }): Promise<Server> {
  return new Promise((resolve) => {
    server.listen(where, () => resolve(server));
  });
}
