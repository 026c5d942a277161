import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHoldfastError } from '@holdfast/protocol';
import { isolationLevels, type IsolationLevel } from '../process/isolation-level.ts';
import { createSession } from './session.ts';

/** Whether a level of isolation works on this machine. */
export interface IsolationReport {
  readonly level: IsolationLevel;
  readonly works: boolean;
  /** What was seen; where it does not work, why. */
  readonly detail: string;
  /** What would make it work. */
  readonly mend?: string;
}

const mends: Readonly<Record<IsolationLevel, string>> = {
  process: 'Let this user start processes, and free some memory',
  restricted: 'Use a Node.js that knows --permission and --allow-inspector, such as the latest 24',
  sandbox: 'On Linux, install bubblewrap (apt install bubblewrap) and let this user make user namespaces; in Docker, run with --security-opt seccomp=unconfined',
};

/**
 * Tries a level: starts a worker, runs a cell, and has it reach for a file outside, write there, and use the network.
 * Never rejects.
 */
export async function probeIsolation(level: IsolationLevel): Promise<IsolationReport> {
  const outside = await mkdtemp(join(tmpdir(), 'holdfast-probe-'));
  const file = join(outside, 'outside.txt');
  try {
    await writeFile(file, 'outside');
    await using session = await createSession({ isolation: level, directory: process.cwd(), hiddenPaths: [outside] });
    const { value, error } = await session.execute(attempt(file), { language: 'javascript', timeoutMs: 10_000 });
    if (!isAttempt(value)) return broken(level, error?.message ?? 'the worker gave no answer in time');
    if (level !== 'process' && value.read) return broken(level, 'a cell could read a file outside');
    if (level !== 'process' && (value.wrote || existsSync(`${file}.new`))) return broken(level, 'a cell could write outside');
    if (level === 'sandbox' && value.interfaces > 0) return broken(level, 'a cell sees the network');
    return { level, works: true, detail: 'runs a cell' };
  } catch (error) {
    return broken(level, reasonOf(error));
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
}

/** Tries every level, from the weakest to the strictest. */
export async function probeAllIsolation(): Promise<readonly IsolationReport[]> {
  return Promise.all(isolationLevels.map(async (level) => probeIsolation(level)));
}

/** The strictest level that works on this machine, found by trying. */
export async function strongestIsolation(): Promise<IsolationLevel> {
  for (const level of isolationLevels.toReversed()) if ((await probeIsolation(level)).works) return level;
  return 'process';
}

interface Attempt {
  readonly read: boolean;
  readonly wrote: boolean;
  readonly interfaces: number;
}

function attempt(file: string): string {
  const path = JSON.stringify(file);
  return `({
    read: (() => { try { return require('node:fs').readFileSync(${path}, 'utf8') === 'outside' } catch { return false } })(),
    wrote: (() => { try { require('node:fs').writeFileSync(${path} + '.new', 'x'); return true } catch { return false } })(),
    interfaces: Object.values(require('node:os').networkInterfaces()).flat().filter((each) => !each.internal).length,
  })`;
}

function isAttempt(value: unknown): value is Attempt {
  return typeof value === 'object' && value !== null && 'read' in value && 'wrote' in value && 'interfaces' in value;
}

function broken(level: IsolationLevel, detail: string): IsolationReport {
  return { level, works: false, detail, mend: mends[level] };
}

/** The first line of what the worker or its sandbox said last, which tells more than that it did not start. */
function reasonOf(error: unknown): string {
  if (!isHoldfastError(error)) return error instanceof Error ? error.message : String(error);
  const said = typeof error.data?.['output'] === 'string' ? error.data['output'].trim().split('\n')[0] : '';
  return said === undefined || said === '' ? error.message : said;
}
