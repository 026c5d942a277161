// A session keeps variables, a cell of it asks a person, its process is killed while it waits, and another process gives
// the answer: the cell goes on, with its variables. Exit code 0 only if all of that held.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('program/release.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'holdfast-tour-'));
const told: string[] = [];

try {
  const first = start('ask');
  await follow('first', first, (line) => {
    if (!line.startsWith('asks:')) return;
    first.kill('SIGKILL');
    tell('        kill -9, while the cell waits');
  });
  assert.equal(first.signalCode, 'SIGKILL');

  const second = start('answer');
  await follow('second', second);
  assert.equal(second.exitCode, 0);

  assert.deepEqual(told, [
    'first   keeps its variables: ok',
    'first   asks: {"text":"Deploy version 7 after types and tests?","details":null}',
    '        kill -9, while the cell waits',
    'second  finds the question: release/deploy/approve/0',
    'second  answers: yes',
    'second  the cell goes on: ok, "deployed version 7 after types and tests"',
    'second  the variables are there: [7,2,"types and tests"]',
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function start(part: 'ask' | 'answer'): ChildProcess {
  const stop = AbortSignal.timeout(30_000); // Should something hang, the tour fails and leaves no process.
  return spawn(process.execPath, [...process.execArgv, program, folder, part], { stdio: ['ignore', 'pipe', 'inherit'], signal: stop, killSignal: 'SIGKILL' });
}

/** Tells each line of a process, until it is gone. */
async function follow(name: 'first' | 'second', child: ChildProcess, onLine: (line: string) => void = () => undefined): Promise<void> {
  const gone = once(child, 'close');
  assert.ok(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) {
    tell(`${name.padEnd(8)}${line}`);
    onLine(line);
  }
  await gone;
}

function tell(line: string): void {
  told.push(line);
  console.log(line);
}
