import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exited, holdfast, spawnHoldfast, startServe } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

/** A folder with these files in it. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

test('a program of more than a hundred lines with interfaces, generics, imports and await over a real file', async () => {
  const cwd = folderWith({ 'orders.csv': 'item,count,price\nbolt,3,2\nnut,10,1\n', 'report.ts': reportProgram() });

  const { code, stdout, stderr } = await holdfast(['exec', 'report.ts'], { cwd });

  expect({ code, stderr }).toEqual({ code: 3, stderr: 'exit with the number of lines\n' });
  expect(stdout).toBe('orders.csv\nbolt: 6\nnut: 10\ntotal 16, checks 120\n');
});

/** Its many checks make it long, as a real program is; each counts. */
function reportProgram(): string {
  return [
    "import { readFile } from 'node:fs/promises';",
    "import { basename } from 'node:path';",
    'interface Order { readonly item: string; readonly count: number; readonly price: number }',
    'interface Table<Row> { readonly rows: readonly Row[] }',
    'function parse<Row>(text: string, make: (cells: readonly string[]) => Row): Table<Row> {',
    "  const [, ...lines] = text.trim().split('\\n');",
    "  return { rows: lines.map((line) => make(line.split(','))) };",
    '}',
    'class Sum<Row> { #of: (row: Row) => number; constructor(of: (row: Row) => number) { this.#of = of; }',
    '  over({ rows }: Table<Row>): number { return rows.reduce((sum, row) => sum + this.#of(row), 0); } }',
    'let checks = 0;',
    ...Array.from({ length: 120 }, (_, index) => `checks += (${index} as number) satisfies number >= 0 ? 1 : 0;`),
    "const path: string = 'orders.csv';",
    "const text = await readFile(path, 'utf8');",
    "const table = parse<Order>(text, ([item = '', count, price]) => ({ item, count: Number(count), price: Number(price) }));",
    'console.log(basename(path));',
    'for (const { item, count, price } of table.rows) console.log(`${item}: ${count * price}`);',
    'console.log(`total ${new Sum<Order>((order) => order.count * order.price).over(table)}, checks ${checks}`);',
    "console.error('exit with the number of lines');",
    "process.exit(text.trim().split('\\n').length);",
  ].join('\n');
}

test.each([
  ['goes on', 'await new Promise(() => {})', 0, 'write await before it'],
  ['has thrown', "throw new Error('at once')", 1, 'at once'],
])('a program whose main function nobody awaits and which %s is told so', async (_what, body, code, said) => {
  const cwd = folderWith({ 'program.ts': `async function main(): Promise<void> { console.log('begin'); ${body} }\nmain()` });

  expect(await holdfast(['exec', 'program.ts'], { cwd })).toMatchObject({ code, stdout: 'begin\n', stderr: expect.stringContaining(said) as string });
});

test('exit code 0, and the two outputs apart', async () => {
  const cwd = folderWith({ 'both.ts': 'console.log("out"); console.error("err"); process.stdout.write("no line end")' });

  expect(await holdfast(['exec', 'both.ts'], { cwd })).toEqual({ code: 0, stdout: 'out\nno line end', stderr: 'err\n' });
});

test('exit code 1 for a throw, whose line and column are shown', async () => {
  const cwd = folderWith({ 'throws.ts': 'type Name = string;\nconst name: Name = "x";\n\tthrow new RangeError(`bad ${name}`);\n' });

  const { code, stdout, stderr } = await holdfast(['exec', 'throws.ts'], { cwd });

  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const file = join(cwd, 'throws.ts');
  expect(stderr).toBe(`${file}:3\n\tthrow new RangeError(\`bad \${name}\`);\n\t      ^\n\nUncaught RangeError: bad x\n    at ${file}:3:8\n`);
});

test('exit code 1 for a syntax error, whose place is shown', async () => {
  const cwd = folderWith({ 'broken.ts': 'let a = 1;\nlet b: = 2;\n' });

  const { code, stderr } = await holdfast(['exec', 'broken.ts'], { cwd });

  expect(code).toBe(1);
  expect(stderr).toMatch(/broken\.ts:2\nlet b: = 2;\n {7}\^\n\nUncaught SyntaxError: /u);
});

test('exit code 124 when the time is over, said in one line', async () => {
  const cwd = folderWith({ 'endless.ts': 'console.log("starts"); for (;;) {}' });

  expect(await holdfast(['exec', '--timeout', '200', 'endless.ts'], { cwd })).toEqual({
    code: 124,
    stdout: 'starts\n',
    stderr: 'holdfast: Stopped "endless.ts" after its time limit of 200 ms\n',
  });
});

test('--json prints one line of JSON and nothing else, whatever happens', async () => {
  const cwd = folderWith({ 'value.ts': 'console.log("printed"); ({ answer: await Promise.resolve(42) })', 'throws.ts': 'throw new Error("no")' });

  const value = await holdfast(['exec', '--json', 'value.ts'], { cwd });
  expect({ code: value.code, stderr: value.stderr }).toEqual({ code: 0, stderr: '' });
  expect(value.stdout).toMatch(/^[^\n]+\n$/u);
  const result = JSON.parse(value.stdout);
  expect(result).toMatchObject({ status: 'ok', mode: 'top_level_await', value: { answer: 42 }, stdout: 'printed\n', stderr: '' });
  expect(Object.keys(result)).not.toContain('state');

  const thrown = await holdfast(['exec', '--json', 'throws.ts'], { cwd });
  expect({ code: thrown.code, stderr: thrown.stderr }).toEqual({ code: 1, stderr: '' });
  expect(JSON.parse(thrown.stdout)).toMatchObject({ status: 'error', error: { message: 'no', span: { line: 1, column: 7 } } });
});

test.each([[['exec']], [['exec', '-']]])('%j runs standard input', async (args) => {
  const cwd = temporaryFolder();

  expect(await holdfast(args, { cwd, input: 'const n: number = 6;\nconsole.log(n * 7);' })).toEqual({ code: 0, stdout: '42\n', stderr: '' });
});

test('relative imports count from the file, relative paths from the folder of the caller', async () => {
  const cwd = folderWith({ 'data.txt': 'of the caller' });
  mkdirSync(join(cwd, 'lib'));
  writeFileSync(join(cwd, 'lib/part.ts'), 'export const part: string = "a part";');
  writeFileSync(join(cwd, 'lib/main.ts'), "import { readFileSync } from 'node:fs';\nimport { part } from './part.ts';\nconsole.log(part, readFileSync('data.txt', 'utf8'));");

  expect(await holdfast(['exec', 'lib/main.ts'], { cwd })).toEqual({ code: 0, stdout: 'a part of the caller\n', stderr: '' });
});

test('output comes while the program runs, and an interrupt ends it with 130', async () => {
  const cwd = folderWith({ 'waits.ts': 'console.log("first"); try { await new Promise(() => setInterval(() => {}, 1000)) } finally { console.log("cleaned up") }' });
  const child = spawnHoldfast(['exec', 'waits.ts'], { cwd });
  let stdout = '';
  for await (const chunk of child.stdout!) {
    stdout += String(chunk);
    if (stdout === 'first\n') child.kill('SIGINT');
  }
  await exited(child);

  expect({ code: child.exitCode, stdout }).toEqual({ code: 130, stdout: 'first\ncleaned up\n' });
});

test('a reader that has enough ends the program without a word', async () => {
  const cwd = folderWith({ 'endless.ts': 'for (;;) { console.log("more"); await new Promise((go) => setImmediate(go)) }' });
  const child = spawnHoldfast(['exec', 'endless.ts'], { cwd });
  let stderr = '';
  child.stderr!.on('data', (text) => (stderr += String(text)));
  child.stdout!.once('data', () => child.stdout!.destroy());
  await exited(child);

  expect({ code: child.exitCode, stderr }).toEqual({ code: 141, stderr: '' });
});

test('--session shares the variables of a session of the running server, and is recorded there', async () => {
  const cwd = folderWith({ 'reads.ts': 'console.log("shared", shared.n); shared.n += 1;' });
  const { api } = await startServe({ cwd });
  const empty = await holdfast(['sessions'], { cwd });
  expect(empty).toEqual({ code: 0, stdout: 'No sessions yet: holdfast sessions create makes one\n', stderr: '' });
  const session = await api.createSession('shop');
  await api.execute(session, 'const shared = { n: 1 }');

  expect(await holdfast(['exec', '--session', session, 'reads.ts'], { cwd })).toEqual({ code: 0, stdout: 'shared 1\n', stderr: '' });

  expect((await api.execute(session, 'shared.n')).body).toMatchObject({ value: 2 });
  expect((await api.request('GET', `/sessions/${session}/executions`)).body.executions).toHaveLength(3);
  const unknown = await holdfast(['exec', '--session', 'none', 'reads.ts'], { cwd });
  expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^holdfast: Cannot find session "none" \(HOLDFAST_ORCHESTRATOR_SESSION_NOT_FOUND\)\nhint: /u) });

  const table = await holdfast(['sessions'], { cwd });
  expect(table.stdout).toMatch(/^SESSION {2}STATE {2}LANGUAGE {4}EXECUTIONS {2}CREATED\nshop {5}ready {2}typescript {2}3 {11}\d{4}-\S+Z\n$/u);
  const json = await holdfast(['sessions', '--json'], { cwd });
  expect(JSON.parse(json.stdout)).toMatchObject({ sessions: [{ sessionId: 'shop', state: 'ready', executions: 3 }] });
});
