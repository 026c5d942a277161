import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

const create = async (): Promise<string> => (await api.request('POST', '/tasks', { prompt: 'Write a kettle' })).body.taskId;
const follow = (task: string): Follower => new Follower(holdfast.server.url, `/ws/${task}`);

/** How many streams the server holds open. */
async function openStreams(): Promise<number> {
  const response = await fetch(`${holdfast.server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  return Number(/^holdfast_streams_open\{transport="websocket"\} (?<open>\d+)$/mu.exec(await response.text())?.groups?.['open'] ?? 0);
}

/** Waits until the server holds so many; the client hears of an end before the server counts it. */
async function untilOpen(count: number): Promise<void> {
  while ((await openStreams()) !== count) await new Promise((resolve) => setImmediate(resolve));
}

test('SRV-15 SRV-20 clients come and leave while events are told: who stays gets each, and nothing is left of who went', async () => {
  const task = await create();
  const stays = follow(task);
  await stays.untilType('TASK_CREATED');

  const passing = Array.from({ length: 60 }, async (_, index) => {
    const follower = follow(task);
    if (index % 3 === 0) await follower.opened.promise;
    if (index % 3 === 1) await follower.untilType('TASK_CREATED');
    follower.socket.close();
    await follower.closed.promise;
  });
  await Promise.all([...passing, holdfast.tasks.happen(task, 200)]);
  await untilOpen(1);
  await stays.until(({ version }) => version === 201);
  stays.socket.close();

  expect(stays.messages.map(({ version }) => version)).toEqual(Array.from({ length: 201 }, (_, index) => index + 1));
  await untilOpen(0);
});

test('SRV-17 what happens while nobody follows disturbs nothing, and is told to the next client', async () => {
  const task = await create();
  await untilOpen(0);
  await holdfast.tasks.happen(task, 10);

  const follower = follow(task);
  await follower.until(({ version }) => version === 11);

  expect(follower.messages.map(({ version }) => version)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
  follower.socket.close();
});

test('SRV-18 a client that fails while it is accepted is none, and the next one is served', async () => {
  const task = await create();
  await untilOpen(0);
  const request = (lines: readonly string[]): string => [`GET /ws/${task} HTTP/1.1`, 'host: 127.0.0.1', `authorization: Bearer ${token}`, 'connection: upgrade', 'upgrade: websocket', ...lines, '', ''].join('\r\n');
  const handshake = request(['sec-websocket-version: 13', `sec-websocket-key: ${Buffer.alloc(16).toString('base64')}`]);

  const withoutKey = connect(holdfast.server.port, '127.0.0.1').on('error', () => undefined);
  withoutKey.write(request(['sec-websocket-version: 13']));
  expect(await text(withoutKey)).toMatch(/^HTTP\/1\.1 400 /u);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const gone = connect(holdfast.server.port, '127.0.0.1').on('error', () => undefined);
    await once(gone, 'connect');
    gone.write(handshake, () => gone.resetAndDestroy());
    await once(gone, 'close');
  }

  await untilOpen(0);
  const follower = follow(task);
  await follower.untilType('TASK_CREATED');
  await untilOpen(1);
  follower.socket.close();
});
