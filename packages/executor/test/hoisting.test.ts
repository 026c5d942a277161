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
