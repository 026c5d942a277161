import { configOf } from '../config/executor-config.ts';
import { settingsOf } from './launch.ts';
import { startWorker, type StartWorker, type WorkerOptions, type WorkerProcess } from './worker-process.ts';

export interface WarmPoolOptions {
  /** How many ready workers wait. */
  readonly size: number;
  /** What its workers are started with. */
  readonly worker?: WorkerOptions;
  /** @default starts a process of Node */
  readonly start?: StartWorker;
}

/**
 * Workers that were started before anybody needs them. Each is taken once, by one session, and never comes back; another
 * one is started in its place. Those who take at the same time get different ones.
 */
export class WarmPool {
  readonly #size: number;
  readonly #options: WorkerOptions;
  readonly #start: StartWorker;
  readonly #ready: WorkerProcess[] = [];
  readonly #starting = new Set<Promise<void>>();
  #isClosed = false;

  constructor({ size, worker = {}, start = startWorker }: WarmPoolOptions) {
    this.#size = size;
    this.#options = worker;
    this.#start = start;
    this.#refill();
  }

  /** How many workers wait, ready. */
  get readyCount(): number {
    return this.#ready.length;
  }

  /** Settles when no worker is being started: the pool is full, or could not be filled. */
  async settled(): Promise<void> {
    while (this.#starting.size > 0) await Promise.all(this.#starting);
  }

  /** Takes a ready worker, or starts one where none is ready or the options are not those of the pool. */
  readonly take: StartWorker = async (options) => {
    const worker = isSameWorker(options, this.#options) ? this.#ready.shift() : undefined;
    this.#refill();
    return worker ?? this.#start(options);
  };

  /** Ends the workers that wait. Those that were taken belong to their sessions. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.settled();
    const workers = this.#ready.splice(0);
    for (const worker of workers) worker.signal('SIGKILL');
    await Promise.all(workers.map(async ({ exited }) => exited));
  }

  #refill(): void {
    while (!this.#isClosed && this.#ready.length + this.#starting.size < this.#size) {
      const starting = this.#add().finally(() => this.#starting.delete(starting));
      this.#starting.add(starting);
    }
  }

  /** A worker that does not start is left out; the next one who takes finds out why and has the pool try again. */
  async #add(): Promise<void> {
    await new Promise((settle) => setImmediate(settle)); // whoever takes one need not wait for the start of the next
    if (this.#isClosed) return;
    const worker = await this.#start(this.#options).catch(() => undefined);
    if (!worker) return;
    this.#ready.push(worker);
    void worker.exited.then(() => this.#forget(worker));
  }

  #forget(worker: WorkerProcess): void {
    const at = this.#ready.indexOf(worker);
    if (at === -1) return;
    this.#ready.splice(at, 1);
    this.#refill();
  }
}

/** Whether a worker that was started with one set of options does for the other. How long the start may take is no matter. */
function isSameWorker(left: WorkerOptions, right: WorkerOptions): boolean {
  return fingerprint(left) === fingerprint(right);
}

function fingerprint(options: WorkerOptions): string {
  const { directory = process.cwd(), environment = {}, isolation = 'process', writableDirectory, hiddenPaths = [] } = options;
  const variables = Object.entries(environment).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const config = configOf(options);
  return JSON.stringify([directory, variables, config.maxHeapMegabytes, settingsOf(config), isolation, writableDirectory, hiddenPaths]);
}
