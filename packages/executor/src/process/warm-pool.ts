import { configOf } from '../config/executor-config.ts';
import { settingsOf } from './launch.ts';
import { startWorker, type StartWorker, type WorkerOptions, type WorkerProcess } from './worker-process.ts';

export interface WarmPoolOptions {
  /** How many ready workers wait. */
  readonly size: number;
  /** What its workers are started with; called for each where each has its own. */
  readonly worker?: WorkerOptions | (() => WorkerOptions);
  /** @default starts a process of Node */
  readonly start?: StartWorker;
}

interface WaitingWorker {
  /** Tells for which options it does. */
  readonly fingerprint: string;
  readonly worker: WorkerProcess;
}

/**
 * Workers that were started before anybody needs them. Each is taken once, by one session, and never comes back; another
 * one is started in its place. Those who take at the same time get different ones.
 */
export class WarmPool {
  readonly #size: number;
  readonly #nextOptions: () => WorkerOptions;
  readonly #start: StartWorker;
  readonly #ready: WaitingWorker[] = [];
  readonly #starting = new Map<Promise<void>, string>();
  readonly #closed = new AbortController();

  constructor({ size, worker = {}, start = startWorker }: WarmPoolOptions) {
    this.#size = size;
    this.#nextOptions = typeof worker === 'function' ? worker : () => worker;
    this.#start = start;
    this.#refill();
  }

  /** How many workers wait, ready. */
  get readyCount(): number {
    return this.#ready.length;
  }

  /** Settles when no worker is being started: the pool is full, or could not be filled. */
  async settled(): Promise<void> {
    while (this.#starting.size > 0) await Promise.all(this.#starting.keys());
  }

  /**
   * Takes a ready worker, or starts one where none is ready or the options are not those of the pool. One that is being
   * started in the very folder that is asked for is waited for, because no folder is given to two.
   */
  readonly take: StartWorker = async (options) => {
    const wanted = fingerprintOf(options);
    if (options.writableDirectory !== undefined) await [...this.#starting].find(([, fingerprint]) => fingerprint === wanted)?.[0];
    const at = this.#ready.findIndex(({ fingerprint }) => fingerprint === wanted);
    const [taken] = at === -1 ? [] : this.#ready.splice(at, 1);
    this.#refill();
    return taken?.worker ?? this.#start(options);
  };

  /** Ends the workers that wait or start. Those that were taken belong to their sessions. Idempotent. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.settled();
    const workers = this.#ready.splice(0).map(({ worker }) => worker);
    for (const worker of workers) worker.signal('SIGKILL');
    await Promise.all(workers.map(async ({ exited }) => exited));
  }

  #refill(): void {
    while (!this.#closed.signal.aborted && this.#ready.length + this.#starting.size < this.#size) {
      const options = this.#nextOptions();
      const fingerprint = fingerprintOf(options);
      const starting = this.#add(options, fingerprint).finally(() => this.#starting.delete(starting));
      this.#starting.set(starting, fingerprint);
    }
  }

  /** A worker that does not start is left out; the next one who takes finds out why and has the pool try again. */
  async #add(options: WorkerOptions, fingerprint: string): Promise<void> {
    await new Promise((settle) => setImmediate(settle)); // whoever takes one need not wait for the start of the next
    if (this.#closed.signal.aborted) return;
    const worker = await this.#start(options, this.#closed.signal).catch(() => undefined);
    if (!worker) return;
    const waiting = { fingerprint, worker };
    this.#ready.push(waiting);
    void worker.exited.then(() => this.#forget(waiting));
  }

  #forget(waiting: WaitingWorker): void {
    const at = this.#ready.indexOf(waiting);
    if (at === -1) return;
    this.#ready.splice(at, 1);
    this.#refill();
  }
}

/** The same for options that the same worker does for. How long the start may take is no matter. */
function fingerprintOf(options: WorkerOptions): string {
  const { directory = process.cwd(), environment = {}, isolation = 'process', writableDirectory, hiddenPaths = [] } = options;
  const variables = Object.entries(environment).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const config = configOf(options);
  return JSON.stringify([directory, variables, config.maxHeapMegabytes, settingsOf(config), isolation, writableDirectory, hiddenPaths]);
}
