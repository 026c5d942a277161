import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { environmentOfHoldfast, exited, holdfastFromSource } from './command-line.ts';

const script = '/usr/bin/script';

/** Whether this machine can make a terminal. */
export const hasTerminal = existsSync(script);

/** Runs the command line at a terminal of its own, types each line once its question is seen, and gives what was shown. */
export async function atTerminal(args: readonly string[], typed: readonly (readonly [question: string, line: string])[], cwd: string): Promise<{ code: number | null; shown: string }> {
  const command = [process.execPath, ...holdfastFromSource, ...args].map((part) => `'${part}'`).join(' ');
  const child = spawn(script, ['-qec', command, '/dev/null'], { cwd, env: { ...environmentOfHoldfast(), HOME: cwd, TERM: 'xterm' } });
  let shown = '';
  let seen = 0;
  const open = [...typed];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    for (let next = open[0]; next && shown.includes(next[0], seen); next = open[0]) {
      seen = shown.indexOf(next[0], seen) + next[0].length;
      child.stdin.write(next[1]);
      open.shift();
    }
  });
  await exited(child);
  return { code: child.exitCode, shown };
}
