import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exited, holdfast, spawnHoldfast, startServe, type ServeProcess } from './command-line.ts';
import { Follower } from './follower.ts';
import { temporaryFolder } from './running-holdfast.ts';

const demo = ['--model', 'demo'];

/** Waits at the server until a task is in a state. */
async function until({ api }: ServeProcess, taskId: string, ...wanted: string[]): Promise<{ status: string; version: number; questions: { promiseId: string }[] }> {
  for (let version = 0; ; ) {
    const { body } = await api.request('GET', `/tasks/${taskId}?waitMs=20000&sinceVersion=${version}`);
    if (wanted.includes(body.status)) return body;
    version = body.version;
  }
}

test('SRV-31 SRV-33 SRV-35 WF-13 a task over REST: created, waiting, answered, completed', async () => {
  const server = await startServe({ cwd: temporaryFolder() }, ...demo);
  expect(server.line).toContain('model demo (recorded)');

  const created = await server.api.request('POST', '/tasks', { prompt: 'demo', taskId: 'one' });
  expect(created).toMatchObject({ status: 200, body: { taskId: 'one', websocketUrl: expect.stringMatching(/^ws:.*\/ws\/one$/u) } });
  expect(['created', 'queued']).toContain(created.body.status);
  const { questions } = await until(server, 'one', 'waiting');
  expect(await server.api.request('POST', '/tasks/one/interventions', { kind: 'approve', promiseId: questions[0]?.promiseId })).toMatchObject({ status: 200 });

  expect(await until(server, 'one', 'completed')).toMatchObject({ status: 'completed', isRecorded: true, codeVersion: 3 });
  expect((await server.api.request('POST', '/tasks', { prompt: 'demo', taskId: 'one' })).status).toBe(409);
  expect((await server.api.request('POST', '/tasks', { prompt: ' ' })).status).toBe(400);
  expect((await server.api.request('GET', '/tasks/two')).status).toBe(404);
  expect((await server.api.request('GET', '/health')).body).toMatchObject({ checks: { model: 'ok: demo (recorded), plays back recorded answers' } });
});

test('decision 18: without a model POST /tasks is 503 with what to do, and sessions work', async () => {
  const { api } = await startServe({ cwd: temporaryFolder() });

  expect(await api.request('POST', '/tasks', { prompt: 'Write a parser' })).toMatchObject({ status: 503, body: { code: 'no_model', hint: expect.stringContaining('--model ollama:NAME') } });
  expect((await api.request('GET', '/health')).body).toMatchObject({ checks: { model: 'not configured' } });
  const session = await api.createSession();
  expect((await api.execute(session, '6 * 7')).body).toMatchObject({ value: 42 });
});

test('the command line follows and answers a task of the running server', async () => {
  const cwd = temporaryFolder();
  await startServe({ cwd }, ...demo);

  const submitted = await holdfast(['tasks', 'run', 'demo', '--id', 'one', '--model', 'ollama:other'], { cwd });
  expect(submitted).toMatchObject({ code: 0, stdout: expect.stringContaining('holdfast tasks watch one'), stderr: 'holdfast: a server runs on this folder, so its own model counts and not "ollama:other"\n' });
  const followed = await holdfast(['tasks', 'watch', 'one', '--yes'], { cwd });

  expect(followed.code).toBe(0);
  expect(followed.stdout).toContain('TASK_CREATED');
  expect(followed.stdout).toContain('Task one completed');
  expect(JSON.parse((await holdfast(['tasks', '--json'], { cwd })).stdout)).toMatchObject({ tasks: [{ taskId: 'one', status: 'completed' }] });
  await holdfast(['tasks', 'run', 'demo', '--id', 'two'], { cwd });
  expect((await holdfast(['tasks', 'cancel', 'two'], { cwd })).code).toBe(0);
  expect(await holdfast(['tasks', 'get', 'three'], { cwd })).toMatchObject({ code: 1, stderr: expect.stringContaining('TASK_NOT_FOUND') });
});

test('a reader that has enough ends tasks watch with 141, and the task goes on', async () => {
  const cwd = temporaryFolder();
  const server = await startServe({ cwd }, ...demo);
  await server.api.request('POST', '/tasks', { prompt: 'demo', taskId: 'one' });
  await until(server, 'one', 'waiting');
  const child = spawnHoldfast(['tasks', 'watch', 'one'], { cwd });
  child.stdout!.once('data', () => child.stdout!.destroy());
  child.stdout!.once('close', () => void server.api.request('POST', '/tasks/one/interventions', { kind: 'message', message: 'Take your time' }));
  await exited(child);

  expect(child.exitCode).toBe(141);
  expect((await server.api.request('GET', '/tasks/one')).body).toMatchObject({ status: 'waiting' });
});

test('SRV-58 tasks of a server that is killed with kill -9 go on in the next one, five at a time, and each comes to its end', { timeout: 240_000 }, async () => {
  const cwd = temporaryFolder();
  const first = await startServe({ cwd }, ...demo);
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  for (const taskId of ids) await first.api.request('POST', '/tasks', { prompt: 'demo', taskId });
  await until(first, 'a', 'waiting');

  await first.end('SIGKILL');
  const second = await startServe({ cwd }, ...demo);
  for (const taskId of ids) {
    const { questions } = await until(second, taskId, 'waiting');
    await second.api.request('POST', `/tasks/${taskId}/interventions`, { kind: 'approve', promiseId: questions[0]?.promiseId });
    await until(second, taskId, 'completed');
    const { events } = (await second.api.request('GET', `/tasks/${taskId}/events`)).body as { events: { type: string; version: number }[] };
    expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter(({ type }) => type === 'CODE_GENERATED' || type === 'CORRECTION_COMPLETED')).toHaveLength(3);
  }
});

test('SRV-21 SRV-26 SRV-55 a workflow is streamed to its end; a shutdown leaves what waits, and the next process says the same of each task', async () => {
  const cwd = temporaryFolder();
  const first = await startServe({ cwd }, ...demo);
  const headers = { authorization: `Bearer ${readFileSync(join(cwd, '.holdfast/token'), 'utf8')}` };
  await first.api.request('POST', '/tasks', { prompt: 'demo', taskId: 'ended' });
  const follower = new Follower(first.url, '/ws/ended', { headers });
  const { questions } = await until(first, 'ended', 'waiting');
  await first.api.request('POST', '/tasks/ended/interventions', { kind: 'approve', promiseId: questions[0]?.promiseId });
  expect(await follower.closed.promise).toMatchObject({ code: 1000 });
  expect(follower.messages.map(({ version }) => version)).toEqual(follower.messages.map((_, index) => index + 1));
  expect(follower.messages.map(({ type }) => type)).toEqual(expect.arrayContaining(['TASK_CREATED', 'CODE_GENERATED', 'TEST_FAILED', 'TEST_PASSED']));
  expect(follower.messages.at(-1)?.type).toBe('TASK_COMPLETE');
  const ended = (await first.api.request('GET', '/tasks/ended')).body;
  await first.api.request('POST', '/tasks', { prompt: 'demo', taskId: 'waits' });
  const waiting = await until(first, 'waits', 'waiting');

  expect(await first.end('SIGTERM')).toBe(0);
  const second = await startServe({ cwd }, ...demo);

  expect((await second.api.request('GET', '/tasks/ended')).body).toEqual(ended);
  const taken = await until(second, 'waits', 'waiting');
  expect(taken.questions.map(({ promiseId }) => promiseId)).toEqual(waiting.questions.map(({ promiseId }) => promiseId));
});
