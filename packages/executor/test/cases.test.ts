import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession, type ExecutionResult, type Session } from '@holdfast/executor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declarations } from './cases/declarations.ts';
import { failures } from './cases/failures.ts';
import { files, imports } from './cases/imports.ts';
import type { ReplCase } from './cases/repl-case.ts';
import { values } from './cases/values.ts';

let session: Session;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-cells-'));
  const directory = join(folder, 'files');
  await mkdir(directory);
  await Promise.all(Object.entries(files).map(async ([name, text]) => writeFile(join(directory, name), text)));
  session = await createSession({ directory });
});
afterAll(async () => {
  await session.close();
  await rm(folder, { recursive: true });
});

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
