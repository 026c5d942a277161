import { spawn, type ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';
import { Connection, createMessage, protocolVersion, type Message } from '@holdfast/protocol';
import { createStreamTransport } from '@holdfast/protocol/node';
import { killDescendants } from '../cancellation/descendants.ts';
import { configOf, type ExecutorOptions } from '../config/executor-config.ts';
import { executorError } from '../errors.ts';
import type { IsolationLevel } from './isolation-level.ts';
import { planLaunch, signalInside, type Launch } from './launch.ts';
import { OutputTail } from './output-tail.ts';
import { openWritableFolder, type WritableFolder } from './writable-folder.ts';

export interface WorkerOptions extends ExecutorOptions {
  /** Where user code starts. @default the working directory of this process */
  readonly directory?: string;
  /** Variables that user code may see, beside a few harmless ones of this process. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * What user code may reach. `process`: what the user of this process may. `restricted`: by Node's permission model it
   * reads only `directory`, the packages that Node finds from there and this package's own files, writes only
   * `writableDirectory`, and starts no processes, no threads and no add-ons; the network stays open. It needs a Node
   * that knows `--allow-inspector`. `sandbox`: the same files by a sandbox of the operating system, with processes of
   * its own, and no network. It needs bubblewrap on Linux. A level that does not work here starts no worker;
   * {@link strongestIsolation} tells which do.
   *
   * @default 'process'
   */
  readonly isolation?: IsolationLevel;
  /**
   * Where user code may write, at every level but `process`; it finds it as its folder for temporary files.
   *
   * @default a new folder, removed with the worker
   */
  readonly writableDirectory?: string;
  /**
   * Files and folders that user code must not see even where it may read what is around them, at every level but
   * `process`. The writable directory may lie in one. @default none
   */
  readonly hiddenPaths?: readonly string[];
}

export interface WorkerEvents {
  /** A message of the worker, in order. A promise has the next one wait, and the worker too. */
  readonly onMessage: (message: Message) => unknown;
  /** Text that came by the process's own descriptors: of a child process, or of native code. */
  readonly onText: (stream: 'stdout' | 'stderr', text: string) => unknown;
}

/** How a worker process ended. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of what came by the descriptor of standard error, such as the last words of V8. */
  readonly stderr: string;
}

/** A ready worker process in a process group of its own. */
export interface WorkerProcess {
  readonly pid: number;
  readonly connection: Connection;
  /** Settles when the process is gone. */
  readonly exited: Promise<WorkerExit>;
  /** Says who takes messages and text from now on; before, there are only heartbeats, and nobody misses them. */
  listen(events: WorkerEvents): void;
  /** Signals the whole process group, and with SIGKILL what left the group too; false when it is gone. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): boolean;
}

/** What starts a worker and waits until it takes cells. One that is not wanted any more before that is ended at once. */
export type StartWorker = (options: WorkerOptions, unwanted?: AbortSignal) => Promise<WorkerProcess>;

/**
 * Starts a worker and waits until it takes cells.
 *
 * @throws HOLDFAST_EXECUTOR_WORKER_START_FAILED
 */
export async function startWorker(options: WorkerOptions, unwanted?: AbortSignal): Promise<WorkerProcess> {
  const { startTimeoutMs } = configOf(options);
  const { isolation = 'process' } = options;
  const folder = isolation === 'process' ? undefined : openWritableFolder(options.writableDirectory);
  const launch = plan(options, folder);
  const child = spawnWorker(launch);
  let listening: WorkerEvents | undefined;
  const tails = { stdout: new OutputTail(), stderr: new OutputTail() };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      tails[stream].add(text);
      const pending = listening?.onText(stream, text);
      if (!(pending instanceof Promise)) return;
      child[stream]?.pause();
      void pending.then(() => child[stream]?.resume());
    });
  }
  const exited = waitForExit(child).then(({ code, signal }) => {
    folder?.close();
    return { code, signal: signal ?? signalInside(isolation, code) ?? null, stderr: tails.stderr.text };
  });
  const channel = child.stdio[3];
  if (child.pid === undefined || !(channel instanceof Duplex)) {
    throw executorError('HOLDFAST_EXECUTOR_WORKER_START_FAILED', `Cannot start worker: "${launch.command}" did not start`, {
      data: { isolation },
    });
  }
  const connection = new Connection(createStreamTransport(channel), (message) => listening?.onMessage(message));
  const worker: WorkerProcess = {
    pid: child.pid,
    connection,
    exited,
    listen: (events) => {
      listening = events;
    },
    signal: (signal) => signalGroup(child, signal),
  };

  const giveUp = (): boolean => worker.signal('SIGKILL');
  const timeout = setTimeout(giveUp, startTimeoutMs);
  unwanted?.addEventListener('abort', giveUp);
  try {
    await connection.request(createMessage('hello', { protocolVersion }), 'ready');
    return worker;
  } catch (cause) {
    worker.signal('SIGKILL');
    const { code, signal } = await exited;
    throw executorError('HOLDFAST_EXECUTOR_WORKER_START_FAILED', `Cannot start worker at isolation "${isolation}": it ended before it was ready`, {
      cause,
      data: { isolation, code, signal, output: (tails.stdout.text + tails.stderr.text).slice(-2000), startTimeoutMs },
    });
  } finally {
    clearTimeout(timeout);
    unwanted?.removeEventListener('abort', giveUp);
  }
}

/** @throws HOLDFAST_EXECUTOR_WORKER_START_FAILED where the directory does not exist */
function plan(options: WorkerOptions, folder: WritableFolder | undefined): Launch {
  try {
    return planLaunch(options, folder);
  } catch (cause) {
    folder?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw executorError('HOLDFAST_EXECUTOR_WORKER_START_FAILED', `Cannot start worker: ${reason}`, { cause, data: { directory: options.directory ?? null } });
  }
}

function spawnWorker({ command, arguments: given, directory, environment }: Launch): ChildProcess {
  return spawn(command, given, { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true });
}

/** The exit of a process, with a moment for what it wrote last; a child of it may hold its descriptors for longer. */
async function waitForExit(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((settle) => {
    child.once('error', () => settle({ code: null, signal: null }));
    child.once('close', (code, signal) => settle({ code, signal }));
    child.once('exit', (code, signal) => setTimeout(() => settle({ code, signal }), 100).unref());
  });
}

function signalGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (pid === undefined) return false;
  try {
    if (signal === 'SIGKILL') killDescendants(pid);
    return process.kill(-pid, signal);
  } catch {
    return false; // the group is gone, which is what a signal is for
  }
}
