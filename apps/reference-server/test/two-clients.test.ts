import { fork, type ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Api, startInMemory, token } from './running-holdfast.ts';

interface Told {
  readonly kind: 'told';
  readonly versions: readonly number[];
  readonly connections: number;
}

/** A client in a process of its own. */
class ClientProcess {
  readonly #child: ChildProcess;
  readonly #messages: AsyncIterator<[{ readonly kind: string }]>;

  constructor(url: string, sessionId: string, executionId: string) {
    const program = fileURLToPath(new URL('following-client.ts', import.meta.url));
    this.#child = fork(program, [url, token, sessionId, executionId], { execArgv: ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'] });
    this.#messages = on(this.#child, 'message') as AsyncIterator<[{ readonly kind: string }]>;
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** Waits until the client says something of a kind. */
  async until(kind: 'live' | 'told'): Promise<unknown> {
    for (;;) {
      const { value } = await this.#messages.next();
      const [said] = value;
      if (said.kind === kind) return said;
    }
  }

  async told(): Promise<Told> {
    return (await this.until('told')) as Told;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }
}

test.skipIf(process.platform === 'win32')('SRV-14 SRV-19 of two clients in two processes one is stuck: the other is told everything meanwhile, and the stuck one when it goes on', async () => {
  const holdfast = await startInMemory({ stalledMs: 300 });
  onTestFinished(async () => holdfast.close());
  const api = new Api(holdfast.server.url);
  const session = await api.createSession();
  const [healthy, stuck] = [new ClientProcess(api.url, session, 'loud'), new ClientProcess(api.url, session, 'loud')];
  await Promise.all([healthy.until('live'), stuck.until('live')]);

  stuck.signal('SIGSTOP');
  await api.execute(session, 'for (let line = 0; line < 400; line += 1) console.log("x".repeat(40_000))', { executionId: 'loud' });
  const { versions, connections } = await healthy.told();
  await expect.poll(async () => metrics(api), { timeout: 30_000 }).toMatch(/^holdfast_streams_cut_total\{transport="websocket"\} 1$/mu);
  stuck.signal('SIGCONT');
  const after = await stuck.told();

  expect(versions).toEqual(Array.from({ length: versions.length }, (_, index) => index + 1));
  expect(connections).toBe(1);
  expect(after.versions).toEqual(versions);
  expect(after.connections).toBeGreaterThan(1);
});

async function metrics({ url }: Api): Promise<string> {
  return (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
}
