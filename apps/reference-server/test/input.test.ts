import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdfast } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';
import { atTerminal, hasTerminal } from './terminal.ts';

const program = `const name: string | null = prompt('Name?'); const key = prompt('Key?', { secret: true }); console.log(\`\${name} has \${key?.length}\`);`;

test.skipIf(!hasTerminal)('EX-94 exec asks at the terminal, and shows nothing of a secret', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'ask.ts'), program);

  const { code, shown } = await atTerminal(['exec', 'ask.ts'], [['Name?', 'Ada\r'], ['Key?', 'hunter2\r']], cwd);

  expect(code).toBe(0);
  expect(shown).toContain('Ada has 7');
  expect(shown).not.toContain('hunter2');
});

test.skipIf(!hasTerminal)('EX-94 Ctrl-C at a question stops the program', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'ask.ts'), program);

  expect(await atTerminal(['exec', 'ask.ts'], [['Name?', '\u0003']], cwd)).toMatchObject({ code: 130 });
});

test.skipIf(!hasTerminal)('EX-94 Ctrl-D at a question is no answer', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'ask.ts'), `console.log('got', prompt('Name?'))`);

  const { code, shown } = await atTerminal(['exec', 'ask.ts'], [['Name?', '\u0004']], cwd);

  expect(shown).toContain('got null');
  expect(code).toBe(0);
});

test.skipIf(!hasTerminal)('EX-94 the prompt answers from its own line', async () => {
  const { shown } = await atTerminal(['repl'], [['> ', `prompt('Name' + '?') + '!'\r`], ['Name? ', 'Ada\r'], [`'Ada!'`, '\u0004']], temporaryFolder());

  expect(shown).toMatch(/Name\? .*Ada/u);
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
