import { spawn, type ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Connection, createMessage, protocolVersion, type Message } from '@holdfast/protocol';
import { createStreamTransport } from '@holdfast/protocol/node';
import { executorError } from '../errors.ts';
import { workerEnvironment } from './environment.ts';

export interface WorkerOptions {
  /** Where user code starts. @default the working directory of this process */
  readonly directory?: string;
  /** Variables that user code may see, beside a few harmless ones of this process. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** How large the heap of user code may grow. @default 2048 MiB */
  readonly maxHeapMegabytes?: number;
  /** How long a worker may take to become ready. @default 10 000 */
  readonly startTimeoutMs?: number;
}

export interface WorkerEvents {
  /** A message of the worker, in order. */
  readonly onMessage: (message: Message) => void;
  /** Text that came by the process's own descriptors: of a child process, or of native code. */
  readonly onText: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** How a worker process ended. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A ready worker process in a process group of its own. */
export interface WorkerProcess {
  readonly pid: number;
  readonly connection: Connection;
  /** Settles when the process is gone. */
  readonly exited: Promise<WorkerExit>;
  /** Signals the whole process group; false when it is gone. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): boolean;
}

/**
 * Starts a worker and waits until it takes cells.
 *
 * @throws HOLDFAST_EXECUTOR_WORKER_START_FAILED
 */
export async function startWorker(options: WorkerOptions, { onMessage, onText }: WorkerEvents): Promise<WorkerProcess> {
  const { startTimeoutMs = 10_000 } = options;
  const child = spawnWorker(options);
  const exited = new Promise<WorkerExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  const errors: string[] = [];
  let isReady = false;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      if (isReady) onText(stream, text);
      else errors.push(text);
    });
  }
  const channel = child.stdio[3];
  if (child.pid === undefined || !(channel instanceof Duplex)) {
    throw executorError('HOLDFAST_EXECUTOR_WORKER_START_FAILED', `Cannot start worker: "${process.execPath}" did not start`);
  }
  const connection = new Connection(createStreamTransport(channel), onMessage);
  const worker: WorkerProcess = { pid: child.pid, connection, exited, signal: (signal) => signalGroup(child, signal) };

  const timeout = setTimeout(() => worker.signal('SIGKILL'), startTimeoutMs);
  try {
    await connection.request(createMessage('hello', { protocolVersion }), 'ready');
    isReady = true;
    return worker;
  } catch (cause) {
    worker.signal('SIGKILL');
    const { code, signal } = await exited;
    throw executorError('HOLDFAST_EXECUTOR_WORKER_START_FAILED', `Cannot start worker: it ended before it was ready`, {
      cause,
      data: { code, signal, output: errors.join('').slice(-2000), startTimeoutMs },
    });
  } finally {
    clearTimeout(timeout);
  }
}

function spawnWorker({ directory = process.cwd(), environment = {}, maxHeapMegabytes = 2048 }: WorkerOptions): ChildProcess {
  const entry = fileURLToPath(import.meta.resolve('@holdfast/executor/worker'));
  const flags = [
    ...conditions(process.execArgv),
    // A termination inside a timer callback would abort the process without it.
    '--no-force-async-hooks-checks',
    '--disable-warning=ExperimentalWarning',
    `--max-old-space-size=${maxHeapMegabytes}`,
  ];
  return spawn(process.execPath, [...flags, entry], {
    cwd: directory,
    env: workerEnvironment(process.env, environment),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
}

/** The flags of this process that say how packages are resolved; no other concerns a worker. */
function conditions(flags: readonly string[]): string[] {
  return flags.flatMap((flag, index) => {
    if (/^(?:--conditions|-C)=/u.test(flag)) return [flag];
    return flag === '--conditions' || flag === '-C' ? [`--conditions=${flags[index + 1] ?? ''}`] : [];
  });
}

function signalGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false; // the group is gone, which is what a signal is for
  }
}
