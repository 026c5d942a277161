import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Connection, createMessage, protocolVersion, type Message } from '@holdfast/protocol';
import { createStreamTransport } from '@holdfast/protocol/node';
import { killDescendants } from '../cancellation/descendants.ts';
import { executorError } from '../errors.ts';
import { encodeSettings } from '../worker-settings.ts';
import { workerEnvironment } from './environment.ts';
import { OutputTail } from './output-tail.ts';
import { permissionFlags } from './permissions.ts';

export interface WorkerOptions {
  /** Where user code starts. @default the working directory of this process */
  readonly directory?: string;
  /** Variables that user code may see, beside a few harmless ones of this process. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** How large the heap of user code may grow. A cell that outgrows it takes the worker down. @default 2048 MiB */
  readonly maxHeapMegabytes?: number;
  /**
   * How much memory the process may use, buffers and its own share of about 60 MiB included. A cell that takes it
   * beyond ends, cancelled by `memory`; the worker and its variables stay. Set it well below `maxHeapMegabytes`.
   *
   * @default no limit
   */
  readonly maxMemoryBytes?: number;
  /** How often the worker says that it lives. @default 5000 */
  readonly heartbeatIntervalMs?: number;
  /**
   * What user code may reach. `process`: what the user of this process may. `restricted`: by Node's permission model it
   * reads only `directory`, the packages that Node finds from there and this package's own files, writes only
   * `writableDirectory`, and starts no processes, no threads and no add-ons. The network stays open at both levels.
   * It needs a Node that knows `--allow-inspector`, and no worker starts without.
   *
   * @default 'process'
   */
  readonly isolation?: 'process' | 'restricted';
  /**
   * Where user code at the level `restricted` may write; it finds it as its folder for temporary files.
   *
   * @default a new folder, removed with the worker
   */
  readonly writableDirectory?: string;
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

/** What starts a worker and waits until it takes cells. */
export type StartWorker = (options: WorkerOptions) => Promise<WorkerProcess>;

/**
 * Starts a worker and waits until it takes cells.
 *
 * @throws HOLDFAST_EXECUTOR_WORKER_START_FAILED
 */
export async function startWorker(options: WorkerOptions): Promise<WorkerProcess> {
  const { startTimeoutMs = 10_000 } = options;
  const folder = openWritableDirectory(options);
  const child = spawnWorker(options, folder?.path);
  let listening: WorkerEvents | undefined;
  const tails = { stdout: new OutputTail(), stderr: new OutputTail() };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      tails[stream].add(text);
      listening?.onText(stream, text);
    });
  }
  const exited = waitForExit(child).then((exit) => {
    folder?.close();
    return { ...exit, stderr: tails.stderr.text };
  });
  const channel = child.stdio[3];
  if (child.pid === undefined || !(channel instanceof Duplex)) {
    throw executorError('HOLDFAST_EXECUTOR_WORKER_START_FAILED', `Cannot start worker: "${process.execPath}" did not start`);
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

  const timeout = setTimeout(() => worker.signal('SIGKILL'), startTimeoutMs);
  try {
    await connection.request(createMessage('hello', { protocolVersion }), 'ready');
    return worker;
  } catch (cause) {
    worker.signal('SIGKILL');
    const { code, signal } = await exited;
    throw executorError('HOLDFAST_EXECUTOR_WORKER_START_FAILED', `Cannot start worker: it ended before it was ready`, {
      cause,
      data: { code, signal, output: (tails.stdout.text + tails.stderr.text).slice(-2000), startTimeoutMs },
    });
  } finally {
    clearTimeout(timeout);
  }
}

/** The folder that a restricted worker may write to. */
function openWritableDirectory({ isolation = 'process', writableDirectory }: WorkerOptions): { path: string; close: () => void } | undefined {
  if (isolation === 'process') return undefined;
  if (writableDirectory !== undefined) return { path: resolve(writableDirectory), close: () => undefined };
  const path = mkdtempSync(join(tmpdir(), 'holdfast-session-'));
  return { path, close: () => rmSync(path, { recursive: true, force: true }) };
}

function spawnWorker(options: WorkerOptions, writableDirectory?: string): ChildProcess {
  const { directory = process.cwd(), environment = {}, maxHeapMegabytes = 2048, maxMemoryBytes, heartbeatIntervalMs } = options;
  const entry = fileURLToPath(import.meta.resolve('@holdfast/executor/worker'));
  const flags = [
    ...conditions(process.execArgv),
    // A termination inside a timer callback would abort the process without it.
    '--no-force-async-hooks-checks',
    '--disable-warning=ExperimentalWarning',
    `--max-old-space-size=${maxHeapMegabytes}`,
    ...(writableDirectory === undefined ? [] : permissionFlags({ directory: resolve(directory), writableDirectory })),
  ];
  const settings = encodeSettings({
    ...(maxMemoryBytes !== undefined && { maxMemoryBytes }),
    ...(heartbeatIntervalMs !== undefined && { heartbeatIntervalMs }),
  });
  return spawn(process.execPath, [...flags, entry, settings], {
    cwd: directory,
    env: {
      ...workerEnvironment(process.env, environment),
      ...(writableDirectory !== undefined && { TMPDIR: writableDirectory, TEMP: writableDirectory, TMP: writableDirectory }),
    },
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
