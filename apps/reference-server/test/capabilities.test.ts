import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openPromises } from '@holdfast/promises/durable';
import { expect, test } from 'vitest';
import { holdfast, startServe } from './command-line.ts';
import { temporaryFolder, type Api } from './running-holdfast.ts';

const approval = 'const { approved, comment } = await capabilities.approve({ text: `Deploy version ${version}?` }); `${approved}, ${comment}`';

/** What waits, once something does. */
async function question(api: Api): Promise<{ readonly id: string; readonly kind: string; readonly data: unknown }> {
  await expect.poll(async () => (await api.request('GET', '/promises')).body.promises.length, { timeout: 20_000 }).toBe(1);
  return (await api.request('GET', '/promises')).body.promises[0];
}

async function ended(api: Api, executionId: string): Promise<unknown> {
  return (await api.request('GET', `/executions/${executionId}?waitMs=20000`)).body;
}

test('PR-09 PR-14 PR-17 a cell asks for approval, and whoever answers over REST lets it go on', async () => {
  const { api } = await startServe({ cwd: temporaryFolder() });
  await api.createSession('work');
  await api.execute('work', 'const version = 7');
  await api.execute('work', approval, { executionId: 'deploy', waitMs: 0 });

  const asked = await question(api);
  expect(asked).toMatchObject({ kind: 'approve', data: { type: 'capability_request', executionId: 'deploy', args: [{ text: 'Deploy version 7?' }] } });
  const path = `/promises/${encodeURIComponent(asked.id)}/resolve`;
  expect(await api.request('POST', path, { value: { approved: true, comment: 'go' } })).toMatchObject({ status: 200 });
  expect(await api.request('POST', path, { value: { approved: false } })).toMatchObject({ status: 409 });

  expect(await ended(api, 'deploy')).toMatchObject({ state: 'ended', status: 'ok', value: 'true, go' });
  expect((await api.request('GET', '/promises')).body).toEqual({ promises: [] });
});

test('PR-14 a refusal and a cancelled cell each end the question; an answer of another form is refused and leaves it open', async () => {
  const { api } = await startServe({ cwd: temporaryFolder() });
  await api.createSession('work');
  const ask = async (executionId: string): Promise<string> => {
    await api.execute('work', 'await capabilities.approve({ text: "Deploy?" }).catch((error) => error.code)', { executionId, waitMs: 0 });
    return `/promises/${encodeURIComponent((await question(api)).id)}`;
  };

  await api.request('POST', `${await ask('refused')}/reject`, { error: { message: 'not today' } });
  expect(await ended(api, 'refused')).toMatchObject({ status: 'ok', value: 'HOLDFAST_PROMISES_REJECTED' });

  const path = await ask('malformed');
  for (const [value, where] of [['yes', 'value'], [{ approved: 'yes' }, 'value'], [{ approved: true, comment: 7 }, 'value'], [null, 'value']] as const) {
    expect(await api.request('POST', `${path}/resolve`, { value })).toMatchObject({
      status: 400,
      body: { code: 'unexpected_answer', data: { kind: 'approve', issues: [{ path: where, message: expect.stringContaining('"approved"') }] } },
    });
  }
  expect(await api.request('POST', `${path}/resolve`, { value: { approved: true } })).toMatchObject({ status: 200 });
  expect(await ended(api, 'malformed')).toMatchObject({ status: 'ok', value: { approved: true } });

  await ask('cancelled');
  await api.request('POST', '/sessions/work/cancel');
  expect(await ended(api, 'cancelled')).toMatchObject({ status: 'cancelled' });
  await expect.poll(async () => (await api.request('GET', '/promises')).body.promises, { timeout: 20_000 }).toEqual([]);
});

test('PR-17 after a kill the cell that waited has ended, its question is closed, and the next server asks anew with the variables of the checkpoint', async () => {
  const cwd = temporaryFolder();
  const first = await startServe({ cwd });
  await first.api.createSession('work');
  await first.api.execute('work', 'const version = 7');
  await first.api.request('POST', '/sessions/work/checkpoint');
  await first.api.execute('work', approval, { executionId: 'deploy', waitMs: 0 });
  const lost = await question(first.api);
  await first.end('SIGKILL');

  const { api } = await startServe({ cwd });
  expect((await api.request('GET', '/promises')).body).toEqual({ promises: [] });
  expect(await api.request('POST', `/promises/${encodeURIComponent(lost.id)}/resolve`, { value: { approved: true } })).toMatchObject({ status: 409 });
  expect(await ended(api, 'deploy')).toMatchObject({ state: 'ended', status: 'error' });

  await api.execute('work', approval, { executionId: 'deploy-again', waitMs: 0 });
  const asked = await question(api);
  await api.request('POST', `/promises/${encodeURIComponent(asked.id)}/resolve`, { value: { approved: true } });
  expect(await ended(api, 'deploy-again')).toMatchObject({ status: 'ok', value: 'true, undefined' });
});

test('PR-17 holdfast promises lists what waits and answers it', async () => {
  const cwd = temporaryFolder();
  const { api } = await startServe({ cwd });
  const empty = await holdfast(['promises'], { cwd });
  expect(empty).toEqual({ code: 0, stdout: 'Nothing waits for an answer: capabilities.approve({ text }) in a cell asks for one\n', stderr: '' });
  await api.createSession('work');
  await api.execute('work', 'const version = 7');

  await api.execute('work', approval, { executionId: 'deploy', waitMs: 0 });
  const { id } = await question(api);
  expect((await holdfast(['promises', 'ls'], { cwd })).stdout).toMatch(/^PROMISE {2,}KIND {2,}CREATED {2,}QUESTION\nwork\/deploy\/approve\/0 {2}approve {2}\S+Z {2}Deploy version 7\?\n$/u);
  expect(JSON.parse((await holdfast(['promises', 'list', '--json'], { cwd })).stdout)).toMatchObject({ promises: [{ id, kind: 'approve' }] });
  expect(await holdfast(['promises', 'answer', id, 'perhaps'], { cwd })).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('expected yes or no') });
  expect(await holdfast(['promises', 'answer', id, 'yes', '--comment', 'go'], { cwd })).toEqual({ code: 0, stdout: `Promise ${id} has its answer\n`, stderr: '' });
  expect(await ended(api, 'deploy')).toMatchObject({ status: 'ok', value: 'true, go' });
  expect(await holdfast(['promises', 'answer', id, 'no'], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining('holdfast promises ls') });

  await api.execute('work', 'await capabilities.requestInput({ text: "Which?" })', { executionId: 'which', waitMs: 0 });
  const open = await question(api);
  const answered = await holdfast(['promises', 'answer', open.id, 'the second', '--json'], { cwd });
  expect(JSON.parse(answered.stdout)).toEqual({ promiseId: open.id, state: 'resolved', value: 'the second' });
  expect(await ended(api, 'which')).toMatchObject({ status: 'ok', value: 'the second' });
});

test('PR-06 PR-17 without a server holdfast promises answers in the folder', async () => {
  const cwd = temporaryFolder();
  expect(await holdfast(['promises', 'ls'], { cwd })).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing waits') });
  expect(existsSync(join(cwd, '.holdfast', 'durable.db'))).toBe(false);
  mkdirSync(join(cwd, '.holdfast'));
  const path = join(cwd, '.holdfast', 'durable.db');
  const before = await openPromises({ mode: 'local', path });
  for (const id of ['one', 'two']) await before.external.create({ id, kind: 'approve', data: { text: `Deploy ${id}?` } });
  await before.close();

  expect((await holdfast(['promises'], { cwd })).stdout).toMatch(/one +approve .*Deploy one\?\ntwo +approve/u);
  expect(JSON.parse((await holdfast(['promises', 'show', 'one'], { cwd })).stdout)).toMatchObject({ id: 'one', kind: 'approve', data: { text: 'Deploy one?' } });
  expect((await holdfast(['promises', 'answer', 'one', 'yes'], { cwd })).stdout).toBe('Promise one has its answer\n');
  expect((await holdfast(['promises', 'reject', 'two', 'not today'], { cwd })).stdout).toBe('Promise two is rejected\n');
  expect(await holdfast(['promises', 'reject', 'two', 'again'], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining('does not wait') });

  await using after = await openPromises({ mode: 'local', path });
  expect(await after.external.wait('one')).toEqual({ approved: true });
  await expect(after.external.wait('two')).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_REJECTED', cause: { message: 'not today' } });
});
