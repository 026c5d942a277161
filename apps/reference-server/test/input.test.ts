import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { exited, holdfast } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const script = '/usr/bin/script';

/** Runs the command line at a terminal of its own, types each line once its question is seen, and gives what was shown. */
async function atTerminal(args: readonly string[], typed: readonly (readonly [question: string, line: string])[], cwd: string): Promise<{ code: number | null; shown: string }> {
  const { PATH = '' } = process.env;
  const command = [process.execPath, '--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', main, ...args].map((part) => `'${part}'`).join(' ');
  const child = spawn(script, ['-qec', command, '/dev/null'], { cwd, env: { PATH, HOME: cwd, TERM: 'xterm' } });
  let shown = '';
  const open = [...typed];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    for (let next = open[0]; next && shown.includes(next[0]); next = open[0]) {
      child.stdin.write(next[1]);
      open.shift();
      shown = shown.replace(next[0], '<asked>');
    }
  });
  await exited(child);
  return { code: child.exitCode, shown };
}

const program = `const name: string | null = prompt('Name?'); const key = prompt('Key?', { secret: true }); console.log(\`\${name} has \${key?.length}\`);`;

test.skipIf(!existsSync(script))('EX-94 exec asks at the terminal, and shows nothing of a secret', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'ask.ts'), program);

  const { code, shown } = await atTerminal(['exec', 'ask.ts'], [['Name?', 'Ada\r'], ['Key?', 'hunter2\r']], cwd);

  expect(code).toBe(0);
  expect(shown).toContain('Ada has 7');
  expect(shown).not.toContain('hunter2');
});

test.skipIf(!existsSync(script))('EX-94 Ctrl-C at a question stops the program', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'ask.ts'), program);

  expect(await atTerminal(['exec', 'ask.ts'], [['Name?', '\u0003']], cwd)).toMatchObject({ code: 130 });
});

test.skipIf(!existsSync(script))('EX-94 Ctrl-D at a question is no answer', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'ask.ts'), `console.log('got', prompt('Name?'))`);

  const { code, shown } = await atTerminal(['exec', 'ask.ts'], [['Name?', '\u0004']], cwd);

  expect(shown).toContain('got null');
  expect(code).toBe(0);
});

test.skipIf(!existsSync(script))('EX-94 the prompt answers from its own line', async () => {
  const { shown } = await atTerminal(['repl'], [['> ', `prompt('Name' + '?') + '!'\r`], ['Name? ', 'Ada\r'], [`'Ada!'`, '\u0004']], temporaryFolder());

  expect(shown).toContain('<asked>');
  expect(shown).not.toContain('Uncaught');
});

test('EX-94 without a terminal a question is a clear error', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'ask.ts'), program);

  const { code, stderr } = await holdfast(['exec', 'ask.ts'], { cwd, input: 'Ada\n' });

  expect(code).toBe(1);
  expect(stderr).toContain('Cannot ask for input: standard input is no terminal');
  expect((await holdfast(['exec', '--json', 'ask.ts'], { cwd })).stdout).toContain('Cannot ask for input: standard input is no terminal');
});
