import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openSqlitePromiseStore } from '@holdfast/promises/sqlite';
import { expect, test } from 'vitest';
import { freshPath } from './folder.ts';

test('PR-27 promises of a process that was killed are pending on disk and settle in the next one', async () => {
  const path = await freshPath();
  const child = fork(fileURLToPath(new URL('crash-child.ts', import.meta.url)), [path]);
  await once(child, 'message');
  await expect(openSqlitePromiseStore({ path })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_LOCKED' });

  child.kill('SIGKILL');
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  await using store = await openSqlitePromiseStore({ path });

  expect(await store.wait('settled')).toBe('before the crash');
  expect(await store.pending()).toMatchObject([{ id: 'open', data: { text: 'Deploy?' } }]);
  const waiting = store.wait('open');
  expect(await store.resolve('open', { decision: 'yes' })).toBe(true);
  expect(await waiting).toEqual({ decision: 'yes' });
});
