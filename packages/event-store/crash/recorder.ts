/**
 * What a process asked of its disk, in order: every write, truncation, flush, creation and removal in one folder, and
 * what it printed. Recorded with strace, which sees the calls of every library without knowing it.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { writerCommand, type WriterOptions } from './writer-command.ts';

export type Operation =
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly size: number }
  | { readonly kind: 'flush'; readonly file: string }
  | { readonly kind: 'create'; readonly file: string }
  | { readonly kind: 'remove'; readonly file: string }
  | { readonly kind: 'flush-folder' }
  | { readonly kind: 'print'; readonly text: string };

export const installStrace = 'apt-get install strace';

export function hasStrace(): boolean {
  return spawnSync('strace', ['-e', 'trace=none', 'true'], { stdio: 'ignore' }).status === 0;
}

/** Runs a writer to its end and gives what it did to its folder. */
export async function record(options: WriterOptions): Promise<readonly Operation[]> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-record-'));
  const log = `${folder}.strace`;
  try {
    const calls = 'trace=openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink';
    const tracer = ['-f', '--seccomp-bpf', '-y', '-xx', '-s', '1048576', '-e', calls, '-o', log];
    const child = spawnSync('strace', [...tracer, ...writerCommand(join(folder, 'events.db'), options)], { encoding: 'utf8', timeout: 120_000 });
    if (child.status !== 0) throw new Error(`Cannot record the writer: ${child.stderr}`);
    return await parse(log, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(log, { force: true });
  }
}

const call = /^(?<process>\d+)\s+(?<name>\w+)\((?<rest>.*)$/u;
const resumed = /^(?<process>\d+)\s+<\.\.\. \w+ resumed>(?<rest>.*)$/u;
const unfinished = ' <unfinished ...>';

async function parse(log: string, folder: string): Promise<readonly Operation[]> {
  const operations: Operation[] = [];
  const begun = new Map<string, string>();
  for await (const line of createInterface({ input: createReadStream(log) })) {
    // A call that another thread's call came between is told in two lines. It counts at its end: a flush is none before.
    if (line.endsWith(unfinished)) {
      begun.set(line.split(' ', 1)[0] ?? '', line.slice(0, -unfinished.length));
      continue;
    }
    const end = resumed.exec(line)?.groups;
    const whole = call.exec(end ? `${begun.get(end['process'] ?? '') ?? ''}${end['rest'] ?? ''}` : line)?.groups;
    const operation = whole && toOperation(whole['name'] ?? '', whole['rest'] ?? '', folder);
    if (operation) operations.push(operation);
  }
  return operations;
}

const descriptor = /^(?<number>\d+)<(?<path>[^>]*)>/u;
const quoted = /"(?<text>[^"]*)"/u;
/** strace lines results up in a column, so there may be several spaces. */
const success = /\)\s+= (?<result>\d+)/u;
const failure = /\)\s+= (?:-1|\?)/u;

function toOperation(name: string, rest: string, folder: string): Operation | undefined {
  const result = success.exec(rest)?.groups?.['result'];
  if (result === undefined) {
    if (failure.test(rest)) return undefined;
    throw new Error(`Cannot read what strace says of ${name}: ${rest.slice(-200)}`);
  }
  const target = descriptor.exec(rest)?.groups;
  const bytes = unhex(quoted.exec(rest)?.groups?.['text'] ?? '');
  if (name === 'openat' || name === 'unlink') {
    const file = nameIn(folder, bytes.toString());
    if (file === undefined || (name === 'openat' && !rest.includes('O_CREAT'))) return undefined;
    return { kind: name === 'unlink' ? 'remove' : 'create', file };
  }
  if (name === 'write') return target?.['number'] === '1' ? { kind: 'print', text: bytes.subarray(0, Number(result)).toString() } : undefined;
  const path = unhex(target?.['path'] ?? '').toString();
  if (path === folder) return { kind: 'flush-folder' };
  const file = nameIn(folder, path);
  if (file === undefined) return undefined;
  if (name === 'pwrite64') return { kind: 'write', file, offset: lastNumber(rest), bytes: bytes.subarray(0, Number(result)) };
  if (name === 'ftruncate') return { kind: 'truncate', file, size: lastNumber(rest) };
  return { kind: 'flush', file };
}

/** Names in the folder. The index of the log in shared memory is left out: it does not outlive the processes that map it. */
function nameIn(folder: string, path: string): string | undefined {
  return dirname(path) === folder && !path.endsWith('-shm') ? basename(path) : undefined;
}

function unhex(text: string): Buffer {
  return Buffer.from(text.replaceAll(String.raw`\x`, ''), 'hex');
}

function lastNumber(rest: string): number {
  return Number(/, (?<number>\d+)\)\s+= /u.exec(rest)?.groups?.['number']);
}
