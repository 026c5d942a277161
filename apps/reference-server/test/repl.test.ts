import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isComplete } from '../src/terminal/is-complete.ts';
import { PromptHistory } from '../src/terminal/prompt-history.ts';
import { holdfast } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

test('cells by a pipe: several lines, values, output, errors and commands', async () => {
  const cell = ['const a: number = 1', 'function f() {', '  return a + 41', '}', 'f()', '_ * 2', 'console.log("hi")', 'null.x', '.names', '.nope'];

  const { code, stdout, stderr } = await holdfast(['repl'], { cwd: temporaryFolder(), input: `${cell.join('\n')}\n` });

  expect(code).toBe(0);
  expect(stdout).toContain('42\n84\nhi\n');
  expect(stdout).toContain('a: number = 1\n');
  expect(stdout).toContain('There is no command .nope.');
  expect(stderr).toContain("Uncaught TypeError: Cannot read properties of null (reading 'x')");
});

test('a cell that is not whole when the input ends is run, and says what is wrong', async () => {
  const { code, stderr } = await holdfast(['repl'], { cwd: temporaryFolder(), input: 'f(' });

  expect(code).toBe(0);
  expect(stderr).toContain('SyntaxError');
});

test.each(['1 + 1', 'foo)', 'let y = = 2', '"abc', '', 'enum A { B }', 'await x', 'type T = string'])('%j is whole', (text) => {
  expect(isComplete(text)).toBe(true);
});

test.each(['f(', '{ a: 1,', 'function f() {', 'class A {', '`abc', '`${a', '/* abc', '1 +', 'interface A {', 'if (x)', 'x => {'])(
  '%j goes on in the next line',
  (text) => {
    expect(isComplete(text)).toBe(false);
  },
);

test('the history of prompts is kept for the next one, newest first and bounded', () => {
  const path = join(temporaryFolder(), 'history');
  const lines = Array.from({ length: 1200 }, (_, index) => `line ${index}`);

  new PromptHistory(path).write(lines);

  expect(new PromptHistory(path).read()).toEqual(lines.slice(0, 1000));
  expect(new PromptHistory(join(path, 'under a file')).read()).toEqual([]);
  writeFileSync(path, '\n\n');
  expect(new PromptHistory(path).read()).toEqual([]);
  expect(readFileSync(path, 'utf8')).toBe('\n\n');
});
