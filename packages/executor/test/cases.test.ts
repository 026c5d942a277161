import { fileURLToPath } from 'node:url';
import { createSession, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declarations } from './cases/declarations.ts';
import { failures } from './cases/failures.ts';
import { imports } from './cases/imports.ts';
import type { ReplCase } from './cases/repl-case.ts';
import { values } from './cases/values.ts';

let session: Session;
beforeAll(async () => {
  session = await createSession({ directory: fileURLToPath(new URL('cases/files', import.meta.url)) });
});
afterAll(async () => session.close());

describe.each([
  ['values', values],
  ['declarations', declarations],
  ['imports', imports],
  ['failures', failures],
] as const)('%s', (_title, cases) => {
  test.each([...cases])('$name', async ({ cells, language = 'typescript', outcome }: ReplCase) => {
    const results = [];
    for (const cell of cells) results.push(await session.execute(cell, { language }));

    const { error, ...rest } = results.at(-1)!;
    const { error: expectedError, ...expected } = outcome;
    expect({ ...rest, ...(error && { status: 'error' }) }).toMatchObject(expected);
    expect(error && { ...error, ...error.span }).toEqual(expectedError && expect.objectContaining(expectedError));
  });
});
