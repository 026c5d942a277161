import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession } from '@holdfast/executor';
import { expect, onTestFinished, test, vi } from 'vitest';

test('a worker reads and fills the compile cache of its host, so that the next one starts faster', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-compile-cache-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  vi.stubEnv('NODE_COMPILE_CACHE', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  await using session = await createSession();

  const { value } = await session.execute("require('node:module').getCompileCacheDir()");

  expect(value).toEqual(expect.stringContaining(folder));
  expect(readdirSync(folder, { recursive: true }).length).toBeGreaterThan(1);
});
