import { createSession, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let session: Session;
beforeAll(async () => {
  session = await createSession();
});
afterAll(async () => session.close());

describe('a huge value is described in short, and stays in `_`', { timeout: 20_000 }, () => {
  test.each([
    ['a text of an expression', "'x'.repeat(5e7)", '_.length', 5e7],
    ['a text of a statement', "let text = ''; for (let i = 0; i < 5e6; i++) text += '0123456789'", '_.length', 5e7],
    ['a list', 'Array.from({ length: 1e6 }, (_, i) => ({ i }))', '_.length', 1e6],
    ['a buffer', 'Buffer.alloc(5e7)', '_.length', 5e7],
    ['an object of many properties', 'Object.fromEntries(Array.from({ length: 3e5 }, (_, i) => [`key${i}`, i]))', 'Object.keys(_).length', 3e5],
    ['a deep object', 'let deep = {}; for (let i = 0; i < 1e5; i++) deep = { deep }; deep', 'typeof _.deep.deep', 'object'],
    ['lists of lists of objects', 'Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => ({ a: 1 }))))', '_.length', 100],
    ['a map of maps', 'new Map(Array.from({ length: 300 }, (_, i) => [i, new Map(Array.from({ length: 300 }, (_, j) => [j, { i, j }]))]))', '_.size', 300],
  ])('%s', async (_kind, code, look, seen) => {
    const result = await session.execute(code);

    expect(result).toMatchObject({ status: 'ok', value: null });
    expect(['too large', 'not serialisable']).toContain(result.valueOmitted);
    expect(result.repr.length).toBeLessThan(70_000);
    expect(await session.execute(look)).toMatchObject({ value: seen });
  });
});

test('an object of many properties says how many are not shown', async () => {
  const { repr } = await session.execute('new (class Wide { constructor() { for (let i = 0; i < 2000; i++) this[`key${i}`] = i } })()');

  expect(repr).toMatch(/^Wide \{/u);
  expect(repr).toContain('key99: 99');
  expect(repr).toMatch(/… 1900 more properties$/u);
});

test.each([
  ['if', "if (true) 'a text'", 'a text'],
  ['loop', 'for (let i = 0; i < 3; i++) i', 2],
  ['await in a loop', 'for (const each of [1, 2]) await each', 2],
  ['try', 'try { throw 1 } catch (thrown) { thrown } finally { 3 }', 1],
  ['labelled block', 'out: { 5; break out; }', 5],
  ['switch', "switch (2) { case 2: 'two'; break; default: 'other' }", 'two'],
])('the value of a statement is what it was: %s', async (_kind, code, value) => {
  expect(await session.execute(code)).toMatchObject({ status: 'ok', value });
});

test('an error in the value of a statement is where the user wrote it', async () => {
  const { error } = await session.execute('if (true) {\n  missing.name;\n}');

  expect(error?.span).toMatchObject({ line: 2, column: 3 });
});
