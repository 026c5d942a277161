import { HoldfastClient } from '@holdfast/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Follower } from './follower.ts';
import { Api, token } from './running-holdfast.ts';
import { startWithTasks } from './running-tasks.ts';

let holdfast: Awaited<ReturnType<typeof startWithTasks>>;
let api: Api;
beforeAll(async () => {
  holdfast = await startWithTasks();
  api = new Api(holdfast.server.url);
});
afterAll(async () => holdfast.close());

const create = async (more: object = {}): Promise<string> => (await api.request('POST', '/tasks', { prompt: 'Write a kettle', ...more })).body.taskId;

describe('a task by REST', () => {
  test('SRV-08 SRV-31 SRV-33 SRV-35 is created, told where its events come, and read', async () => {
    const { status, body } = await api.request('POST', '/tasks', { prompt: 'Write a kettle', priority: 'HIGH', answers: ['steel', { litres: 2 }] });

    expect(status).toBe(200);
    expect(body).toEqual({ taskId: expect.any(String), status: 'created', websocketUrl: `ws://127.0.0.1:${holdfast.server.port}/ws/${body.taskId}` });
    expect(await api.request('GET', `/tasks/${body.taskId}`)).toMatchObject({ status: 200, body: { status: 'created', prompt: 'Write a kettle', priority: 'HIGH', version: 1, questions: [] } });
    expect((await api.request('GET', '/tasks?status=created')).body.tasks).toContainEqual(expect.objectContaining({ taskId: body.taskId }));
  });

  test('SRV-09 an id with special characters comes back from URLs as it was', async () => {
    const taskId = 'a/b c?d#e%f ünï "q" 日本';
    const { body } = await api.request('POST', '/tasks', { prompt: 'x', taskId });

    expect(body.websocketUrl).toBe(`ws://127.0.0.1:${holdfast.server.port}/ws/${encodeURIComponent(taskId)}`);
    expect((await api.request('GET', `/tasks/${encodeURIComponent(taskId)}`)).body.taskId).toBe(taskId);
    const follower = new Follower('', body.websocketUrl);
    expect(await follower.untilType('TASK_CREATED')).toMatchObject({ stream: taskId, version: 1 });
    follower.socket.close();
  });

  test.each([
    ['SRV-01 an empty prompt', { prompt: '' }],
    ['SRV-01 a prompt of blanks', { prompt: ' \n\t ' }],
    ['no prompt', {}],
    ['SRV-03 answers that are no list', { prompt: 'x', answers: 'yes' }],
    ['SRV-06 a priority that there is not', { prompt: 'x', priority: 'URGENT' }],
    ['SRV-10 an id of 1000 characters', { prompt: 'x', taskId: 'x'.repeat(1000) }],
    ['SRV-04 a prompt of more than 200 000 characters', { prompt: 'x'.repeat(200_001) }],
    ['a field that there is not', { prompt: 'x', colour: 'blue' }],
  ])('SRV-32 %s is refused with 400', async (_what, body) => {
    expect(await api.request('POST', '/tasks', body)).toMatchObject({ status: 400, body: { code: 'validation' } });
  });

  test.each([
    ['SRV-03 1000 answers', { prompt: 'x', answers: Array.from({ length: 1000 }, (_, index) => `answer ${index}`) }],
    ['SRV-03 no answers', { prompt: 'x', answers: [] }],
    ['SRV-04 a prompt of 100 000 characters', { prompt: 'x'.repeat(100_000) }],
    ['SRV-05 a prompt in other scripts', { prompt: 'Schreibe 例 🫖 für عربي' }],
    ['SRV-06 each priority by its name', { prompt: 'x', priority: 'BACKGROUND' }],
  ])('%s is accepted', async (_what, body) => {
    expect(await api.request('POST', '/tasks', body)).toMatchObject({ status: 200, body: { status: 'created' } });
  });

  test('SRV-28 an id twice is 409; SRV-34 an unknown one 404 everywhere', async () => {
    await create({ taskId: 'twice' });
    expect(await api.request('POST', '/tasks', { prompt: 'x', taskId: 'twice' })).toMatchObject({ status: 409, body: { code: 'task_exists' } });
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['POST', '/cancel', undefined],
      ['POST', '/interventions', { kind: 'message', message: 'x' }],
      ['GET', '/questions', undefined],
      ['POST', '/answers', { value: 1 }],
      ['GET', '/events', undefined],
    ] as const) {
      expect(await api.request(method, `/tasks/none${path}`, body)).toMatchObject({ status: 404, body: { code: 'task_not_found' } });
    }
  });

  test('SRV-25 cancelling is idempotent, and false for a task that ended in another way', async () => {
    const [one, two] = [await create(), await create()];
    expect((await api.request('POST', `/tasks/${one}/cancel`)).body).toEqual({ cancelled: true, status: 'cancelled' });
    expect((await api.request('POST', `/tasks/${one}/cancel`)).body).toEqual({ cancelled: true, status: 'cancelled' });
    await holdfast.tasks.complete(two, 'done');
    expect((await api.request('POST', `/tasks/${two}/cancel`)).body).toEqual({ cancelled: false, status: 'completed' });
  });

  test('a wait ends with the news', async () => {
    const task = await create();
    const waiting = api.request('GET', `/tasks/${task}?waitMs=25000&sinceVersion=1`);
    await holdfast.tasks.happen(task);

    expect((await waiting).body.version).toBeGreaterThan(1);
    expect((await api.request('GET', `/tasks/${task}?waitMs=25000&sinceVersion=0`)).body.version).toBe(2);
  });

  test('SRV-17 its events as a page, after a sequence, and as lines', async () => {
    const task = await create();
    await holdfast.tasks.happen(task, 5);
    const { events } = (await api.request('GET', `/tasks/${task}/events`)).body;

    expect(events.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await api.request('GET', `/tasks/${task}/events?afterSequence=${events[3].sequence}`)).body.events).toEqual(events.slice(4));
    const lines = await fetch(`${holdfast.server.url}/tasks/${task}/events?limit=2`, { headers: { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' } });
    expect((await lines.text()).trimEnd().split('\n').map((line) => JSON.parse(line))).toEqual(events.slice(0, 2));
  });
});

describe('SRV-02 an intervention', () => {
  test.each([
    [{ kind: 'message', message: 'use steel' }, 200],
    [{ kind: 'bug_report', message: 'it leaks', module: 'lid', codeVersion: 1 }, 200],
    [{ kind: 'message' }, 400],
    [{ kind: 'answer' }, 400],
    [{ kind: 'shout', message: 'x' }, 400],
    [{ kind: 'approve' }, 409],
  ])('%j answers %i', async (body, status) => {
    expect(await api.request('POST', `/tasks/${await create()}/interventions`, body)).toMatchObject({ status });
  });

  test('a question is listed, answered once, and not twice', async () => {
    const task = await create();
    const promiseId = await holdfast.tasks.ask(task, 'approval', 'Ship it?');

    expect((await api.request('GET', `/tasks/${task}/questions`)).body.questions).toMatchObject([{ promiseId, kind: 'approval', question: 'Ship it?', taskId: task }]);
    expect(await api.request('POST', `/tasks/${task}/answers`, { value: true, promiseId })).toMatchObject({ status: 200, body: { status: 'running', questions: [] } });
    expect(await api.request('POST', `/tasks/${task}/answers`, { value: false, promiseId })).toMatchObject({ status: 409, body: { code: 'promise_not_pending' } });
  });

  test('SRV-45 of a hundred that speak of one version, exactly one is heard', async () => {
    const task = await create();
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => api.request('POST', `/tasks/${task}/interventions`, { kind: 'message', message: String(index), expectedVersion: 1 })));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 412 && body.code === 'stale_version' && body.data.actual === 2)).toHaveLength(99);
  });

  test('one that has ended takes none', async () => {
    const task = await create();
    await holdfast.tasks.complete(task, 'done');

    expect(await api.request('POST', `/tasks/${task}/interventions`, { kind: 'message', message: 'more' })).toMatchObject({ status: 409, body: { code: 'task_ended' } });
  });
});

describe('SRV-37 a task by WebSocket', () => {
  test('SRV-12 SRV-13 three clients are told everything, and the stream ends with the task', async () => {
    const task = await create();
    const followers = Array.from({ length: 3 }, () => new Follower(holdfast.server.url, `/ws/${task}`));
    await Promise.all(followers.map(async (follower) => follower.untilType('TASK_CREATED')));
    await holdfast.tasks.happen(task, 3);
    await holdfast.tasks.complete(task, 'done');

    for (const follower of followers) {
      expect(await follower.closed.promise).toMatchObject({ code: 1000 });
      expect(follower.messages.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    }
  });

  test('SRV-39 an unknown task closes with 4404', async () => {
    expect(await new Follower(holdfast.server.url, '/ws/none').closed.promise).toMatchObject({ code: 4404 });
  });

  test('SRV-40 the client follows a task to its end', async () => {
    const client = new HoldfastClient({ url: holdfast.server.url, token });
    const { taskId } = await client.call('createTask', { body: { prompt: 'Write a kettle' } });
    const versions: number[] = [];
    const following = (async () => {
      for await (const update of client.followTask(taskId)) if (update.kind === 'message') versions.push(update.message.version);
    })();
    await holdfast.tasks.happen(taskId, 20);
    await holdfast.tasks.complete(taskId, 'done');

    await following;
    expect(versions).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
    expect(await client.waitForTask(taskId)).toMatchObject({ status: 'completed', result: { summary: 'done' } });
  });
});

test('one idempotency key starts one task, however often it is sent', async () => {
  const before = holdfast.tasks.submissions;
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'once' };
  const answers = await Promise.all(Array.from({ length: 200 }, async () => api.send('POST', '/tasks', { body: '{"prompt":"once"}', headers })));

  expect(new Set(answers.map(({ status, body }) => `${status} ${body.taskId}`)).size).toBe(1);
  expect(holdfast.tasks.submissions).toBe(before + 1);
});
