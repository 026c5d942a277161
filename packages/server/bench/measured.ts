import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const token = 'a-token-of-the-bench';

/** One measured server. */
export class Measured {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(kind: string): Promise<Measured> {
    const child = fork(join(import.meta.dirname, 'measured-server.ts'), [kind], { execArgv: ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', '--expose-gc'] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Measured(child, port);
  }

  emit(count: number, bytes: number): void {
    this.#child.send({ ask: 'emit', count, bytes });
  }

  /** In microseconds, of user and system. */
  async cpu(): Promise<number> {
    const answered = once(this.#child, 'message');
    this.#child.send({ ask: 'cpu' });
    const [{ cpu }] = (await answered) as [{ cpu: NodeJS.CpuUsage }];
    return cpu.user + cpu.system;
  }

  async rss(): Promise<number> {
    const answered = once(this.#child, 'message');
    this.#child.send({ ask: 'memory' });
    const [{ memory }] = (await answered) as [{ memory: { rss: number } }];
    return memory.rss;
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill();
    await exited;
  }
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
