import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isolationLevels, probeIsolation } from '@holdfast/executor';
import { replCaseFiles, replCases, type ReplCase } from '@holdfast/executor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holdfast } from '../src/compose.ts';
import { Api, startInMemory } from './running-holdfast.ts';

const reports = await Promise.all(isolationLevels.map(async (level) => probeIsolation(level)));

describe.each(reports)('over REST, at the level $level', ({ level, works }) => {
  let folder: string;
  let holdfast: Holdfast;
  let api: Api;
  let sessionId: string;
  beforeAll(async () => {
    if (!works) return;
    folder = mkdtempSync(join(tmpdir(), 'holdfast-cells-'));
    const directory = join(folder, 'files');
    mkdirSync(directory);
    for (const [name, text] of Object.entries(replCaseFiles)) writeFileSync(join(directory, name), text);
    holdfast = await startInMemory({ isolation: level });
    api = new Api(holdfast.server.url);
    sessionId = (await api.request('POST', '/sessions', { directory })).body.sessionId;
  });
  afterAll(async () => {
    if (!works) return;
    await holdfast.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.skipIf(!works).each(replCases)('$name', async ({ cells, language = 'typescript', outcome }: ReplCase) => {
    let body: { error?: { span?: object } } = {};
    for (const code of cells) ({ body } = await api.execute(sessionId, code, { language }));

    expect({ ...body, ...(body.error && { error: { ...body.error, ...body.error.span } }) }).toMatchObject({ status: 'ok', ...outcome });
  });
});
