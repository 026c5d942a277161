// A module whose loading was cancelled begins anew when it is asked for again, in the same session.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession } from '@holdfast/executor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runUntilHere } from './run-until.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-half-loaded-'));

const body = (stop: string): string => `console.log('here'); if (!globalThis.isMended) ${stop}`;

beforeAll(() => {
  writeFileSync(join(directory, 'loop.cjs'), `exports.before = 1; ${body('for (;;);')} exports.after = 2;`);
  writeFileSync(join(directory, 'loop.mjs'), `export const before = 1; ${body('for (;;);')} export const after = 2;`);
  writeFileSync(join(directory, 'loop.ts'), `export const before: number = 1; ${body('for (;;);')} export const after: number = 2;`);
  writeFileSync(join(directory, 'await.mjs'), `export const before = 1; ${body('await new Promise(() => {});')} export const after = 2;`);
  writeFileSync(join(directory, 'around.mjs'), "import './kept.mjs'; export * from './loop.mjs';");
  writeFileSync(join(directory, 'kept.mjs'), 'globalThis.evaluated = (globalThis.evaluated ?? 0) + 1;');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ["require('./loop.cjs')", 'terminate'],
  ["await import('./loop.cjs')", 'terminate'],
  ["await import('./loop.mjs')", 'terminate'],
  ["await import('./loop.ts')", 'terminate'],
  ["await import('./around.mjs')", 'terminate'],
  ["await import('./await.mjs')", 'signal'],
  ["import * as all from './loop.mjs'; all", 'terminate'],
])('EX-76 %s that is cancelled, and cancelled again, begins anew the third time', async (code, step) => {
  await using session = await createSession({ directory });
  for (const _ of [1, 2]) {
    const { result } = await runUntilHere(session, code);
    await session.cancel();
    expect(await result).toMatchObject({ status: 'cancelled', cancelled: { step, namespaceKept: true } });
  }
  await session.execute('globalThis.isMended = true');

  const loaded = await session.execute(`const loaded = ${code.startsWith('import') ? "await import('./loop.mjs')" : code}; [loaded.before, loaded.after]`);

  expect(loaded).toMatchObject({ status: 'ok', value: [1, 2] });
});

test('EX-76 what was loaded whole before the import that is cancelled is not evaluated again', async () => {
  await using session = await createSession({ directory });
  await session.execute("await import('./kept.mjs')");

  const { result } = await runUntilHere(session, "await import('./around.mjs')");
  await session.cancel();
  await result;
  await session.execute("globalThis.isMended = true; await import('./around.mjs')");

  expect(await session.execute('evaluated')).toMatchObject({ value: 1 });
});
