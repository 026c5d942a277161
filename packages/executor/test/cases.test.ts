import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession, type ExecutionResult, type Session } from '@holdfast/executor';
import { replCaseFiles, replCases, type ReplCase } from '@holdfast/executor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder: string;
let directory: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-cells-'));
  directory = join(folder, 'files');
  await mkdir(directory);
  await Promise.all(Object.entries(replCaseFiles).map(async ([name, text]) => writeFile(join(directory, name), text)));
});
afterAll(async () => rm(folder, { recursive: true }));

describe.each(['never', 'always'] as const)('the wrapper is used %s', (fallback) => {
  let session: Session;
  beforeAll(async () => {
    session = await createSession({ directory, fallback });
  });
  afterAll(async () => session.close());

  const cases = replCases.filter(({ notWrapped }) => fallback === 'never' || notWrapped === undefined);
  test.each(cases)('$name', async ({ cells, language = 'typescript', outcome }: ReplCase) => {
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
