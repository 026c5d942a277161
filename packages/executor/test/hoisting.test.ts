import { createSession, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe.each(['never', 'always'] as const)('the wrapper is used %s', (fallback) => {
  let session: Session;
  beforeAll(async () => {
    session = await createSession({ fallback });
  });
  afterAll(async () => session.close());

  test('EX-45 imports and definitions run in the order in which they stand', async () => {
    const code = `
      var order = [typeof early, typeof Late, typeof sep];
      import { sep } from 'node:path';
      order.push(typeof sep);
      class Late {}
      function early() {}
      order.push(typeof Late);
      order`;

    // V8 hoists the function, as in every script. Reading a class or an import before it stands there is an error in a module.
    const { value, error } = await session.execute(code.replace(', typeof Late, typeof sep', ''));
    expect({ value, error }).toEqual({ value: ['function', 'string', 'function'], error: undefined });
  });

  test('EX-46 types are no definitions and leave nothing; an enum stays where it stands', async () => {
    expect(await session.execute('type T = string; interface I { a: T }; [typeof globalThis.T, typeof globalThis.I]')).toMatchObject({ value: ['undefined', 'undefined'] });
    expect(await session.execute('const before46 = typeof E46; enum E46 { A = 4 } const after46 = E46.A; [before46, after46]')).toMatchObject({ value: ['undefined', 4] });
  });

  test('EX-47 what is conditional or shadowed is not defined before its time', async () => {
    expect(await session.execute('if (false) { function never47() {} } typeof never47', { language: 'javascript' })).toMatchObject({ value: 'undefined' });
    expect(await session.execute('var shadow47 = 1; { let shadow47 = 2; void shadow47 } (() => { var shadow47 = 3; void shadow47 })(); shadow47', { language: 'javascript' })).toMatchObject({ value: 1 });
  });
});

describe('a function over a name that an earlier cell declared in another way', () => {
  test.each([
    ['const', 'const NAME = async () => "v1"'],
    ['let', 'let NAME = 1'],
    ['class', 'class NAME {}'],
    ['import', 'import { sep as NAME } from "node:path"'],
    ['var', 'var NAME = 1'],
  ])('EX-45 NS-30 a function is there from the start of its cell, over a %s as well', async (_what, earlier) => {
    await using session = await createSession();
    await session.execute(earlier.replace('NAME', 'main'));

    const { value, error } = await session.execute('"use strict"\nconst out = await main()\nexport async function main() { return "v2" }\n;[out, await main(), main.name]');

    expect({ value, error }).toEqual({ value: ['v2', 'v2', 'main'], error: undefined });
  });

  test('EX-45 of two functions of one name the last one holds, and each sees the others', async () => {
    await using session = await createSession();
    await session.execute('let one = 1, two = 2');

    expect(await session.execute('[one(), two()]\nfunction one() { return "never" }\nfunction two() { return one() + 2 }\nfunction one() { return "one" }\nvar one')).toMatchObject({ value: ['one', 'one2'] });
  });

  test('EX-35 its errors and those of the statements around it stay where they were written', async () => {
    await using session = await createSession();
    await session.execute('let fail = 1');

    expect(await session.execute('#!/usr/bin/env node\nfail()\nfunction fail(): never {\n  throw new Error("here")\n}', { filename: 'a.ts' })).toMatchObject({
      error: { stack: 'Error: here\n    at fail (a.ts:4:9)\n    at a.ts:2:1', span: { file: 'a.ts', line: 4, column: 9 } },
    });
    expect(await session.execute('let before = 1; function fail() {} missing()')).toMatchObject({ error: { span: { line: 1, column: 36 } } });
    expect(await session.execute('function fail() {}\n// a comment\n  missing(); enum E { A }')).toMatchObject({ error: { span: { line: 3, column: 3 } } });
  });
});
