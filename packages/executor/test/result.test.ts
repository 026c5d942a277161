import { createSession } from '@holdfast/executor';
import { expect, test } from 'vitest';

test('PRO-04 a value that JSON cannot say is left out with the reason, and its text is there', async () => {
  await using session = await createSession();

  expect(await session.execute('() => 1')).toMatchObject({ status: 'ok', value: null, valueOmitted: 'not serialisable', repr: '[Function (anonymous)]' });
  expect(await session.execute('({ a: [1, { b: 10n }] })')).toMatchObject({ value: null, valueOmitted: 'not serialisable', repr: '{ a: [ 1, { b: 10n } ] }' });
  expect(await session.execute('let nothing')).toMatchObject({ value: null, valueOmitted: 'undefined', repr: '' });
});

test('PRO-07 the time is measured whether a cell completes, throws or does not compile', async () => {
  await using session = await createSession();

  for (const code of ['1', 'throw new Error("x")', 'let = =']) {
    const { executionTimeMs } = await session.execute(code);
    expect(executionTimeMs).toBeGreaterThan(0);
  }
});

test('PRO-24 the channel survives code that writes to the descriptors of the process', async () => {
  await using session = await createSession();

  await session.execute('const { writeSync } = require("node:fs"); writeSync(1, Buffer.from([0, 0, 0, 1, 0xc0])); writeSync(2, "\\u0000\\u0001")');

  expect(await session.execute('1 + 1')).toMatchObject({ status: 'ok', value: 2 });
});
