import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { Api } from './running-holdfast.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What Node is given to run the command line from source. */
export const holdfastFromSource: readonly string[] = ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', main];

/** What the command line sees of the environment of the tests: none of the variables that could change what it does. */
export function environmentOfHoldfast(): { readonly PATH: string; readonly HOME: string; readonly NODE_COMPILE_CACHE: string } {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE };
}

/** Most tests need no worker that nobody asked for; those about it ask for the server as it is. */
const noWarmWorker = { HOLDFAST_WARM_WORKERS: '0' };

/** Starts the command line from source, as a process of its own. */
export function spawnHoldfast(args: readonly string[], { cwd, env = {} }: RunOptions): ChildProcess {
  return spawn(process.execPath, [...holdfastFromSource, ...args], { cwd, env: { ...environmentOfHoldfast(), ...env } });
}

/** Runs a command to its end. */
export async function holdfast(args: readonly string[], options: RunOptions): Promise<Finished> {
  const child = spawnHoldfast(args, options);
  child.stdin?.end(options.input ?? '');
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!), exited(child)]);
  return { code: child.exitCode, stdout, stderr };
}

export async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

export interface ServeProcess {
  readonly process: ChildProcess;
  /** The line that says where it listens. */
  readonly line: string;
  readonly url: string;
  readonly api: Api;
  /** What clients present; undefined where they need nothing. */
  readonly token: string | undefined;
  /** Ends it and waits until it is gone. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT') => Promise<number | null>;
}

/** Starts `holdfast serve --port 0` and waits for its line. It ends with the test at the latest. */
export async function startServe(options: RunOptions, ...args: readonly string[]): Promise<ServeProcess> {
  const child = spawnHoldfast(['serve', '--port', '0', ...args], { ...options, env: { ...noWarmWorker, ...options.env } });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited(child);
  });
  const stderr = text(child.stderr!);
  const line = await firstLine(child);
  const url = /http:\S+/u.exec(line)?.[0];
  if (url === undefined) throw new Error(`The server printed no URL but "${line}" and ${await stderr}`);
  const token = line.includes('no token') ? undefined : readFileSync(join(options.cwd, '.holdfast/token'), 'utf8');
  return {
    process: child,
    line,
    url,
    api: new Api(url, token),
    token,
    end: async (signal) => {
      child.kill(signal);
      await exited(child);
      return child.exitCode;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let heard = '';
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    heard += String(chunk);
    if (heard.includes('\n')) break;
  }
  return heard.split('\n')[0] ?? '';
}

/** Waits until a process is gone, however long that takes. */
export async function untilGone(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setImmediate(resolve));
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !isZombie(pid);
  } catch {
    return false; // there is no such process
  }
}

/** A process that ended but whose parent has not asked yet; in a container nobody may ever ask. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  return /^\d+ \(.*\) Z/su.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
