import { createSession, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, expect, test } from 'vitest';

let session: Session;
beforeAll(async () => {
  session = await createSession();
});
afterAll(async () => session.close());

test.each([
  ['javascript', 'a token too many', 'let a = 1;\n\tlet b = a ++ 2;', 2, 15, 'Unexpected number'],
  ['javascript', 'the end too early', 'function f() {\n  return 1;\n', 3, 1, 'Unexpected end of input'],
  ['javascript', 'an open text', 'const s = "abc', 1, 11, 'Invalid or unexpected token'],
  ['javascript', 'an await in a function', 'const f = () => {\n  await 1;\n}', 2, 3, 'await is only valid in async functions and the top level bodies of modules'],
  ['typescript', 'a type without a name', 'let a = 1;\nlet b: = 2;', 2, 8, 'Unexpected token `=`'],
  ['typescript', 'an open bracket', 'const list = [1, 2;\n', 1, 19, ''],
  ['typescript', 'behind characters of two units', 'const x = "😀"; let y: = 1;', 1, 24, ''],
  ['typescript', 'the end inside of a condition', 'if (', 1, 5, 'Expression expected'],
  ['typescript', 'the end inside of a call', 'foo(', 1, 5, 'Expression expected'],
  ['typescript', 'the end inside of a list', '[1,2', 1, 5, ''],
  ['typescript', 'the end inside of a function', 'function f() {\n  return 1;\n', 3, 1, "Expected '}'"],
  ['typescript', 'the end behind an enum', 'enum E { A }\r\nif (', 2, 5, 'Expression expected'],
] as const)('EX-35 C34 %s, %s', async (language, _what, code, line, column, message) => {
  const { status, error } = await session.execute(code, { language, filename: 'bad.ts' });

  expect(status).toBe('error');
  expect(error).toMatchObject({ name: 'SyntaxError', message: expect.stringContaining(message), span: { file: 'bad.ts', line, column } });
  expect(error?.stack).toContain(`at bad.ts:${line}:${column}`);
});

test('NUL inside a text is kept, and outside it is a syntax error', async () => {
  expect(await session.execute('"a\0b".length')).toMatchObject({ value: 3 });
  expect(await session.execute('\0')).toMatchObject({ status: 'error', error: { name: 'SyntaxError' } });
  expect(await session.execute('console.log("a\\0b")')).toMatchObject({ stdout: 'a\0b\n' });
});

test('half a surrogate pair becomes U+FFFD and moves nothing', async () => {
  expect(await session.execute('"\uD800".codePointAt(0)')).toMatchObject({ value: 0xfffd });
  expect(await session.execute('"\uD800"; missing()')).toMatchObject({ error: { span: { line: 1, column: 6 } } });
});

test.each([
  ['CRLF', 'const crlf = 1;\r\n\r\nthrow new Error("x")'],
  ['CR', 'const cr = 1;\r\rthrow new Error("x")'],
  ['U+2028', 'const separator = 1;\u2028\u2028throw new Error("x")'],
])('EX-35 lines that end with %s count as lines', async (_name, code) => {
  expect(await session.execute(code)).toMatchObject({ status: 'error', error: { message: 'x', span: { line: 3, column: 7 } } });
});

test('a byte order mark is white space', async () => {
  expect(await session.execute('\uFEFF1 + 1')).toMatchObject({ value: 2 });
});

test('a hashbang is a comment', async () => {
  expect(await session.execute('#!/usr/bin/env node\n3 + 4')).toMatchObject({ value: 7 });
});

test('a cell of a megabyte runs', { timeout: 20_000 }, async () => {
  const code = `const big = "${'x'.repeat(1 << 20)}";\nbig.length`;

  expect(await session.execute(code)).toMatchObject({ status: 'ok', value: 1 << 20 });
});

test('a name of the engine cannot be declared', async () => {
  expect(await session.execute('const __holdfast = 1')).toMatchObject({ status: 'error', error: { name: 'SyntaxError' } });
  expect(await session.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('a cell of deep brackets is an error of that cell only', async () => {
  expect(await session.execute(`${'['.repeat(20_000)}1${']'.repeat(20_000)}`, { language: 'javascript' })).toMatchObject({ status: 'error' });
  expect(await session.execute('1 + 1')).toMatchObject({ value: 2 });
});

test('an error that is too large for a message is cut, keeps its frames, and costs no variables', async () => {
  await using own = await createSession({ language: 'javascript' });
  await own.execute('const kept = 1');

  const { error } = await own.execute('const parts = Array.from({ length: 100 }, () => new Error("y".repeat(1e5)));\nthrow new AggregateError(parts, "x".repeat(1e6))');

  expect(error?.message).toMatch(/^x{65536}… 934464 more characters$/u);
  expect(error?.stack).toContain('cell-2.js:2:7');
  expect(error?.errors).toHaveLength(32);
  expect(await own.execute('kept')).toMatchObject({ value: 1 });
});

test('EX-98 a rejection after all listeners were removed does not take the worker down', async () => {
  await using own = await createSession({ language: 'javascript' });
  await own.execute('const kept = 1');

  const { stderr } = await own.execute('process.removeAllListeners(); Promise.reject(new Error("nobody listens")); await new Promise(setImmediate)');

  expect(stderr).toContain('Unhandled rejection: Error: nobody listens');
  expect(await own.execute('kept')).toMatchObject({ value: 1 });
});
