import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../../../apps/reference-server/src/main.ts');

/** The app as a process that can be killed and started again: one port, one folder. */
export class ServerProcess {
  readonly token = 'a-token-of-the-chaos';
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, flags: readonly string[]) {
    this.#port = port;
    this.#flags = flags;
    this.#folder = mkdtempSync(join(tmpdir(), 'holdfast-chaos-'));
    this.url = `http://127.0.0.1:${port}`;
  }

  static async create(...flags: readonly string[]): Promise<ServerProcess> {
    const server = new ServerProcess(await freePort(), flags);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const { PATH = '', HOME = '' } = process.env;
    const args = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', main, 'serve', '--port', String(this.#port), '--data', this.#folder, '--token', this.token, '--durability', 'process', ...this.#flags];
    const child = spawn(process.execPath, args, { env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'inherit'], cwd: this.#folder });
    this.#child = child;
    const [line] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown];
    child.stdout.resume();
    if (!String(line).startsWith('Holdfast listens')) throw new Error(`The server did not start: ${String(line)}`);
  }

  /** Ends it as a power cut would end the process. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port');
  return address.port;
}
