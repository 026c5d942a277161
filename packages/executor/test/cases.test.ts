import { fileURLToPath } from 'node:url';
import { createSession, type ExecutionResult, type Session } from '@holdfast/executor';
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

describe.each<[string, readonly ReplCase[]]>([
  ['values', values],
  ['declarations', declarations],
  ['imports', imports],
  ['failures', failures],
])('%s', (_title, cases) => {
  test.each([...cases])('$name', async ({ cells, language = 'typescript', outcome }: ReplCase) => {
    let result: ExecutionResult | undefined;
    for (const cell of cells) result = await session.execute(cell, { language });

    expect(flat(result)).toMatchObject({ status: 'ok', ...outcome });
  });
});

/** The result with the place of its error beside the name. */
function flat(result: ExecutionResult | undefined): object | undefined {
  const error = result?.error;
  return error ? { ...result, error: { ...error, ...error.span } } : result;
}
