import { expect, test } from 'vitest';
import { startServe } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

test('SES-16 PR-34 variables of a checkpoint come back after the worker, and after the server, was killed', async () => {
  const cwd = temporaryFolder();
  const first = await startServe({ cwd });
  const session = await first.api.createSession('work');
  await first.api.execute(session, 'const seen = new Map([["a", [1, 2]]]); function twice(n: number) { return n * 2 }; const timer = setTimeout(() => {}, 1)');

  const taken = await first.api.request('POST', `/sessions/${session}/checkpoint`);
  await first.api.execute(session, 'const later = 1');

  expect(taken.status).toBe(201);
  expect(taken.body.kept.toSorted()).toEqual(['seen', 'twice']);
  expect(taken.body.skipped).toMatchObject([{ name: 'timer' }]);
  const { pid } = (await first.api.request('GET', `/sessions/${session}`)).body;
  process.kill(pid, 'SIGKILL');
  await expect.poll(async () => (await first.api.request('GET', `/sessions/${session}`)).body.state).toBe('suspended');
  expect((await first.api.execute(session, 'twice(seen.get("a")!.length) + typeof later')).body).toMatchObject({ value: '4undefined' });

  await first.end('SIGKILL');
  const { api } = await startServe({ cwd });
  expect((await api.request('GET', `/sessions/${session}`)).body.state).toBe('suspended');
  expect((await api.execute(session, '[...seen.keys()][0] + twice(4)')).body).toMatchObject({ value: 'a8' });

  await api.execute(session, 'seen.clear()');
  const restored = await api.request('POST', `/sessions/${session}/restore`, { checkpointId: taken.body.checkpointId });
  expect(restored).toMatchObject({ status: 200, body: { skipped: [] } });
  expect(restored.body.restored.toSorted()).toEqual(['seen', 'twice']);
  expect((await api.execute(session, 'seen.size')).body.value).toBe(1);
});

test('SES-16 restoring where there is no checkpoint is 404, and checkpointing a busy session is refused', async () => {
  const { api } = await startServe({ cwd: temporaryFolder() });
  const session = await api.createSession();

  expect(await api.request('POST', `/sessions/${session}/restore`)).toMatchObject({ status: 404, body: { code: 'checkpoint_not_found' } });
  await api.execute(session, 'await new Promise(() => {})', { waitMs: 0 });
  expect(await api.request('POST', `/sessions/${session}/checkpoint`)).toMatchObject({ status: 409, body: { code: 'session_busy' } });
});
