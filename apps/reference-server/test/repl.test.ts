import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { renderThrown } from '../src/terminal/code-frame.ts';
import { colourValue } from '../src/terminal/colour-value.ts';
import { isComplete } from '../src/terminal/is-complete.ts';
import { PromptHistory } from '../src/terminal/prompt-history.ts';
import { exited, holdfast, spawnHoldfast, startServe } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';
import { atTerminal, hasTerminal } from './terminal.ts';

test('cells by a pipe: several lines, values, output, errors and commands', async () => {
  const cell = ['const a: number = 1', 'function f() {', '  return a + 41', '}', 'f()', '_ * 2', 'console.log("hi")', 'null.x', '.names', '.nope'];

  const { code, stdout, stderr } = await holdfast(['repl'], { cwd: temporaryFolder(), input: `${cell.join('\n')}\n` });

  expect(code).toBe(1);
  expect(stdout).toContain('42\n84\nhi\n');
  expect(stdout).toContain('a: number = 1\n');
  expect(stdout).toContain('There is no command .nope.');
  expect(stderr).toContain("Uncaught TypeError: Cannot read properties of null (reading 'x')");
});

test('a cell that is not whole when the input ends is run, and says what is wrong', async () => {
  const { code, stderr } = await holdfast(['repl'], { cwd: temporaryFolder(), input: 'f(' });

  expect(code).toBe(1);
  expect(stderr).toContain('SyntaxError');
});

test('cells by a pipe end with the exit code of the first that failed, and the others run too', async () => {
  const cwd = temporaryFolder();

  expect(await holdfast(['repl'], { cwd, input: '1\nprocess.exit(3)\nnull.x\n2\n' })).toMatchObject({ code: 3, stdout: '1\n2\n' });
  expect(await holdfast(['repl'], { cwd, input: '1\n2\n' })).toEqual({ code: 0, stdout: '1\n2\n', stderr: '' });
});

test('a session that is not there is said so before any cell runs', async () => {
  const cwd = temporaryFolder();
  await startServe({ cwd });

  const { code, stdout, stderr } = await holdfast(['repl', '--session', 'nosuch'], { cwd, input: '1\n2\n' });

  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^holdfast: [^\n]+ \(HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND\)\nhint: [^\n]+\n$/u);
});

test('a reader that has enough ends cells by a pipe with 141 and without a word', async () => {
  const child = spawnHoldfast(['repl'], { cwd: temporaryFolder() });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr!.on('data', (text) => (stderr += String(text)));
  child.stdout!.once('data', () => child.stdout!.destroy());
  child.stdin!.write('for (;;) { console.log("more"); await new Promise((go) => setImmediate(go)) }\n2\n3\n');
  await exited(child);

  expect({ code: child.exitCode, stderr }).toEqual({ code: 141, stderr: '' });
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

const ctrlC = '\u0003';
const tab = '\t';
const up = '\u001B[A';
const paste = (text: string): string => `\u001B[200~${text.replaceAll('\n', '\r')}\u001B[201~`;
/** Where the cursor waits at a fresh prompt. */
const ready = '> \u001B[3G';

describe.skipIf(!hasTerminal)('at a terminal', () => {
  test('Tab completes members from the live namespace and calls no getter', async () => {
    const { shown } = await atTerminal(['repl'], [
      [ready, 'globalThis.calls = 0; const obj = { alpha: 20, get trap() { calls += 1; return {} } }\r'],
      [ready, 'obj.al'],
      ['obj.al', tab],
      ['pha', ' + 1\r'],
      ['21', ''],
      [ready, 'obj.trap.'],
      ['obj.trap.', tab],
      ['', '\u0015`calls ${calls}`\r'],
      ["'calls 0'", '.exit\r'],
    ], temporaryFolder());

    expect(shown).toContain('Holdfast, session');
  });

  test('Ctrl-C stops the cell and keeps the variables; twice at an empty prompt leaves', async () => {
    const { code, shown } = await atTerminal(['repl'], [
      [ready, 'const kept = 42; console.log("here"); for (;;) {}\r'],
      ['here\r\n', ctrlC],
      ['Stopped by user; the variables are kept', 'kept - 1\r'],
      ['41', ctrlC],
      ['press Ctrl+C again', ctrlC],
    ], temporaryFolder());

    expect(code).toBe(0);
    expect(shown).toContain('To exit');
  });

  test('what is pasted is one cell, and an error in it is shown at its own line by later cells too', async () => {
    const cwd = temporaryFolder();
    const { shown } = await atTerminal(['repl'], [
      [ready, paste('function broken(value: { x: number } | null) {\n\n  return value!.x\n}\n')],
      ['| ', '\r'],
      [ready, 'broken(null)\r'],
      ['Uncaught', '\u0004'],
    ], cwd);

    expect(shown).toMatch(/cell-1\.ts:3\r\n  return value!\.x\r\n {16}\S*\^/u);
  });

  test('the history is kept for the next prompt, whole cells and no answers', async () => {
    const cwd = temporaryFolder();
    await atTerminal(['repl'], [
      [ready, 'const many = [\r'],
      ['| ', '7,\r'],
      ['| ', ']\r'],
      [ready, 'prompt("Password?")\r'],
      ['Password? ', 'hunter2\r'],
      ["hunter2'", '.exit\r'],
    ], cwd);

    expect(readFileSync(join(cwd, '.holdfast_history'), 'utf8')).not.toContain('hunter2');
    const { shown } = await atTerminal(['repl'], [
      [ready, up],
      ['.exit', up],
      ['prompt(', up],
      ['7,', '\r'],
      [ready, 'many.length * 100\r'],
      ['100', '.exit\r'],
    ], cwd);

    expect(shown).toContain('const many = [');
  });

  test('what a timer writes stands above the line that is typed, and lines that come early wait for their turn', async () => {
    const { shown } = await atTerminal(['repl'], [
      [ready, 'setTimeout(() => console.log("la" + "te"), 1000); await new Promise((done) => setTimeout(done, 20)); 1\r2 + 3\r'],
      ['late', '.exit\r'],
    ], temporaryFolder());

    expect(shown.indexOf('\u001B[33m1\u001B[39m')).toBeLessThan(shown.indexOf('\u001B[33m5\u001B[39m'));
    expect(shown).toContain('\u001B[33m5\u001B[39m');
  });
});

test('.load runs a file as one cell, and .save writes the cells; a file that is not there is told', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'cell.ts'), 'const loaded: number = 6;\n\nfunction times(n: number) {\n\n  return loaded * n;\n}\n');

  const { code, stdout, stderr } = await holdfast(['repl'], { cwd, input: '.load cell.ts\ntimes(7)\n.save kept.ts\n.load nowhere.ts\n.save\n' });

  expect(code).toBe(0);
  expect(stdout).toContain('42\n');
  expect(readFileSync(join(cwd, 'kept.ts'), 'utf8')).toContain('times(7)\n');
  expect(stderr).toContain('nowhere.ts');
});

test('blank lines inside a function that comes by a pipe do not end it', async () => {
  const { stdout } = await holdfast(['repl'], { cwd: temporaryFolder(), input: 'function f() {\n\n\n  return 42\n}\nf()\n' });

  expect(stdout).toBe('42\n');
});

test('a value is coloured by what it is, and its text stays as it came', () => {
  vi.stubEnv('FORCE_COLOR', '1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const text = `{ a: 1, 'b c': 'x', n: null, u: undefined, t: true, null: -2.5e3, s: Symbol(q), r: /a\\/b/g, d: 2020-01-01T00:00:00.000Z, f: [Function: f], big: 10n, id9: path/to/file }`;

  const coloured = colourValue(text);

  expect(stripVTControlCharacters(coloured)).toBe(text);
  expect(coloured).toContain("\u001B[32m'x'\u001B[39m");
  expect(coloured).toContain('\u001B[33m10n\u001B[39m');
  expect(coloured).toContain('null: \u001B[33m-2.5e3');
  expect(coloured).toContain('\u001B[31m/a\\/b/g');
  expect(coloured).toContain('path/to/file');
});

test('the place in a long line, behind tabs and wide characters, is marked under its character', () => {
  const error = { name: 'Error', message: 'm', stack: '', notes: [], span: { file: 'a.ts', line: 2, column: 5 } };

  expect(renderThrown(error, () => '\n\t日本 x')).toContain('\n\t日本 x\n\t     ^\n');
  const long = `${'a'.repeat(500)}!${'b'.repeat(500)}`;
  const [, line = '', mark = ''] = renderThrown({ ...error, span: { file: 'a.ts', line: 1, column: 501 } }, () => long).split('\n');
  expect(line.length).toBeLessThan(200);
  expect(line[mark.indexOf('^')]).toBe('!');
  expect(renderThrown(error, () => undefined)).toBe('Uncaught Error: m\n');
});
