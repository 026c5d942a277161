/** The same twenty steps by every face leave the same log, but for ids and times. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import { environmentOfHoldfast, exited, holdfast, holdfastFromSource, spawnHoldfast, startServe, type ServeProcess } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- tests look at whatever came
type Loose = any;

/** One way to reach a server. */
interface Face {
  createSession(id: string): Promise<Loose>;
  listSessions(): Promise<Loose>;
  run(session: string, code: string): Promise<Loose>;
  /** Starts code that does not end. */
  begin(session: string, code: string): Promise<void>;
  cancel(session: string): Promise<Loose>;
  checkpoint(session: string): Promise<Loose>;
  restore(session: string): Promise<Loose>;
  startTask(id: string, prompt: string): Promise<Loose>;
  listTasks(): Promise<Loose>;
  task(id: string): Promise<Loose>;
  answer(id: string): Promise<Loose>;
  cancelTask(id: string): Promise<Loose>;
}

async function script(face: Face, { api }: ServeProcess): Promise<void> {
  const until = async (id: string, status: string): Promise<void> => {
    await expect.poll(async () => (await face.task(id)).status, { timeout: 120_000, interval: 200 }).toBe(status);
  };
  const steps: readonly (() => Promise<unknown>)[] = [
    async () => expect(await face.createSession('work')).toMatchObject({ sessionId: 'work' }),
    async () => face.run('work', 'const base: number = 40'),
    async () => face.run('work', 'console.log("adding"); console.error("with care"); base + 2'),
    async () => face.run('work', 'base.no.thing'),
    async () => expect((await face.listSessions()).sessions).toMatchObject([{ sessionId: 'work', executions: 3 }]),
    async () => expect(await face.checkpoint('work')).toMatchObject({ kept: ['base'] }),
    async () => face.run('work', 'let more = base * 2; more'),
    async () => face.begin('work', 'console.log("round and round"); for (;;) {}'),
    async () => expect(await face.cancel('work')).toMatchObject({ cancelled: true }),
    async () => face.run('work', 'more'),
    async () => expect(await face.restore('work')).toMatchObject({ restored: ['base'] }),
    async () => face.run('work', 'await Promise.resolve(base)'),
    async () => face.startTask('first', 'demo: parse durations'),
    async () => until('first', 'waiting'),
    async () => face.answer('first'),
    async () => until('first', 'completed'),
    async () => face.startTask('second', 'demo: parse durations'),
    async () => until('second', 'waiting'),
    async () => expect(await face.cancelTask('second')).toMatchObject({ cancelled: true, status: 'cancelled' }),
    async () => expect((await face.listTasks()).tasks).toMatchObject([{ taskId: 'first', status: 'completed' }, { taskId: 'second', status: 'cancelled' }]),
  ];
  expect(steps).toHaveLength(20);
  for (const step of steps) {
    await step();
    // Only the endless cell runs on behind its step.
    await expect.poll(async () => isAtRest(api), { timeout: 60_000 }).toBe(step !== steps[7]);
  }
}

/** Whether no cell runs. */
async function isAtRest(api: ServeProcess['api']): Promise<boolean> {
  const { sessions } = (await api.request('GET', '/sessions')).body;
  return sessions.every(({ runningExecutionId }: Loose) => runningExecutionId === null);
}

async function rest({ api }: ServeProcess): Promise<Face> {
  const get = async (path: string): Promise<Loose> => (await api.request('GET', path)).body;
  const post = async (path: string, body: object = {}): Promise<Loose> => (await api.request('POST', path, body)).body;
  return {
    createSession: async (id) => post('/sessions', { sessionId: id }),
    listSessions: async () => get('/sessions'),
    run: async (session, code) => post(`/sessions/${session}/execute`, { code }),
    begin: async (session, code) => {
      await post(`/sessions/${session}/execute`, { code, executionId: 'endless', waitMs: 0 });
      await untilItPrints(api);
    },
    cancel: async (session) => post(`/sessions/${session}/cancel`),
    checkpoint: async (session) => (await api.request('POST', `/sessions/${session}/checkpoint`)).body,
    restore: async (session) => post(`/sessions/${session}/restore`),
    startTask: async (id, prompt) => post('/tasks', { prompt, taskId: id }),
    listTasks: async () => get('/tasks'),
    task: async (id) => get(`/tasks/${id}`),
    answer: async (id) => post(`/tasks/${id}/answers`, { value: true }),
    cancelTask: async (id) => (await api.request('POST', `/tasks/${id}/cancel`)).body,
  };
}

async function untilItPrints(api: ServeProcess['api']): Promise<void> {
  await expect.poll(async () => JSON.stringify((await api.request('GET', '/sessions/work/events')).body.events.at(-1)), { timeout: 60_000 }).toContain('round and round\\n');
}

async function mcp({ api }: ServeProcess, transport: StreamableHTTPClientTransport | StdioClientTransport): Promise<Face> {
  const client = new Client({ name: 'test', version: '1.0.0' }, { capabilities: {} });
  onTestFinished(async () => client.close());
  await client.connect(transport);
  const call = async (name: string, given: Record<string, unknown> = {}): Promise<Loose> => (await client.callTool({ name, arguments: given })).structuredContent;
  return {
    createSession: async (id) => call('create_session', { sessionId: id }),
    listSessions: async () => call('list_sessions'),
    run: async (session, code) => call('execute_code', { sessionId: session, code }),
    begin: async (session, code) => {
      await call('execute_code', { sessionId: session, code, executionId: 'endless', waitMs: 0 });
      await untilItPrints(api);
    },
    cancel: async (session) => call('cancel_execution', { sessionId: session }),
    checkpoint: async (session) => call('checkpoint_session', { sessionId: session }),
    restore: async (session) => call('restore_session', { sessionId: session }),
    startTask: async (id, prompt) => call('start_coding_task', { taskId: id, prompt }),
    listTasks: async () => call('list_tasks'),
    task: async (id) => call('get_task_status', { taskId: id }),
    answer: async (id) => call('intervene', { taskId: id, kind: 'answer', decision: true }),
    cancelTask: async (id) => call('cancel_task', { taskId: id }),
  };
}

async function mcpOverHttp(server: ServeProcess): Promise<Face> {
  return mcp(server, new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${server.token}` } } }));
}

async function mcpOverStdio(server: ServeProcess, cwd: string): Promise<Face> {
  return mcp(server, new StdioClientTransport({ command: process.execPath, args: [...holdfastFromSource, 'mcp'], env: { ...environmentOfHoldfast() }, cwd }));
}

async function commandLine({ api }: ServeProcess, cwd: string): Promise<Face> {
  const json = async (...args: string[]): Promise<Loose> => JSON.parse((await holdfast([...args, '--json'], { cwd })).stdout);
  return {
    createSession: async (id) => json('sessions', 'create', id),
    listSessions: async () => json('sessions'),
    run: async (session, code) => holdfast(['exec', '--session', session, '--json'], { cwd, input: code }),
    begin: async (session, code) => {
      const child = spawnHoldfast(['exec', '--session', session], { cwd });
      child.stdin?.end(code);
      onTestFinished(async () => {
        child.kill('SIGKILL');
        await exited(child);
      });
      await untilItPrints(api);
    },
    cancel: async (session) => json('sessions', 'cancel', session),
    checkpoint: async (session) => json('sessions', 'checkpoint', session),
    restore: async (session) => json('sessions', 'restore', session),
    startTask: async (id, prompt) => json('tasks', 'run', prompt, '--id', id),
    listTasks: async () => json('tasks'),
    task: async (id) => json('tasks', 'get', id),
    answer: async (id) => json('tasks', 'answer', id, 'yes'),
    cancelTask: async (id) => json('tasks', 'cancel', id),
  };
}

/** The log of a data folder, without what is another one each time. */
async function logOf(cwd: string): Promise<unknown[]> {
  const { stdout } = await holdfast(['events', 'list', '--json', '--limit', '1000'], { cwd });
  const ids = new Map<string, string>();
  const name = (id: string): string => ids.get(id) ?? (ids.set(id, `id ${ids.size + 1}`), `id ${ids.size}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { type, taskId, streamVersion, data } = JSON.parse(line.replaceAll(cwd, 'FOLDER'));
      const text = JSON.stringify(data, (key, value: unknown) => (/Ms$|^(?:size|stack|file|pid)$/u.test(key) ? undefined : value));
      return { type, taskId, streamVersion, data: JSON.parse(text.replaceAll(/[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}|\b[\da-f]{32,64}\b|\bendless\b/gu, name).replaceAll(/\b\d+ ms\b/gu, 'N ms')) };
    });
}

test('SRV-62 SRV-64 SRV-68 REST, MCP over HTTP, MCP over standard input and the command line leave the same log of the same twenty steps', { timeout: 600_000 }, async () => {
  const logs = new Map<string, unknown[]>();
  for (const [name, open] of Object.entries({ rest, mcpOverHttp, mcpOverStdio, commandLine })) {
    const cwd = temporaryFolder();
    const server = await startServe({ cwd }, '--model', 'demo', '--isolation', 'process', '--executor', '{"startTimeoutMs":120000}');
    await script(await open(server, cwd), server);
    await server.end('SIGTERM');
    logs.set(name, await logOf(cwd));
  }

  const expected = logs.get('rest') ?? [];
  expect(expected.length).toBeGreaterThan(60);
  expect(Object.fromEntries(logs)).toEqual({ rest: expected, mcpOverHttp: expected, mcpOverStdio: expected, commandLine: expected });
});
