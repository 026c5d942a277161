import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { environmentOfHoldfast, holdfastFromSource, startServe } from './command-line.ts';
import { Api, temporaryFolder, token } from './running-holdfast.ts';
import { startWithTasks } from './running-tasks.ts';

let holdfast: Awaited<ReturnType<typeof startWithTasks>>;
let api: Api;
beforeAll(async () => {
  holdfast = await startWithTasks({ tokens: { guest: 'a-token-of-a-guest' } });
  api = new Api(holdfast.server.url);
});
afterAll(async () => holdfast.close());

type Era = 'legacy' | 'auto';
const eras: readonly Era[] = ['legacy', 'auto'];
// oxlint-disable-next-line typescript/no-explicit-any -- tests look at whatever came
type Loose = any;

function clientOf(era: Era): Client {
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode: era }, capabilities: { elicitation: {} } });
  onTestFinished(async () => client.close());
  return client;
}

async function connectHttp(era: Era, presented = token): Promise<Client> {
  const client = clientOf(era);
  await client.connect(new StreamableHTTPClientTransport(new URL(`${holdfast.server.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${presented}` } } }));
  return client;
}

async function call(client: Client, name: string, input: object = {}): Promise<Loose> {
  return client.callTool({ name, arguments: input as Record<string, unknown> });
}

const contract = ['ask_person', 'cancel_execution', 'cancel_task', 'checkpoint_session', 'create_session', 'execute_code', 'get_task_events', 'get_task_status', 'intervene', 'list_questions', 'list_sessions', 'list_tasks', 'restore_session', 'start_coding_task'];

describe.each(eras)('SRV-59 SRV-61 MCP over HTTP, negotiation %s', (era) => {
  test('lists the tools of the contract in order, each with what it takes, gives and does', async () => {
    const { tools } = await (await connectHttp(era)).listTools();

    expect(tools.map(({ name }) => name)).toEqual(contract);
    for (const { inputSchema, outputSchema, annotations, description = '' } of tools) {
      expect(inputSchema['type']).toBe('object');
      expect(outputSchema?.['type']).toBe('object');
      expect(annotations).toMatchObject({ readOnlyHint: expect.any(Boolean), destructiveHint: expect.any(Boolean), idempotentHint: expect.any(Boolean) });
      expect(description.length).toBeLessThanOrEqual(300);
    }
  });

  test('runs code in a session that keeps its variables', async () => {
    const client = await connectHttp(era);
    const { structuredContent: session } = await call(client, 'create_session');

    await call(client, 'execute_code', { sessionId: session.sessionId, code: 'const kept = 40' });
    const answer = await call(client, 'execute_code', { sessionId: session.sessionId, code: 'console.log("hello"); kept + 2' });

    expect(answer.structuredContent).toMatchObject({ state: 'ended', result: { status: 'ok', value: 42, stdout: 'hello\n' } });
    expect(answer.content).toEqual([{ type: 'text', text: 'hello\n\n42' }]);
    expect((await call(client, 'list_sessions')).structuredContent.sessions).toContainEqual(expect.objectContaining({ sessionId: session.sessionId }));
  });

  test('code that runs on can be waited for and stopped', async () => {
    const client = await connectHttp(era);
    const { structuredContent: session } = await call(client, 'create_session');
    const { structuredContent: running } = await call(client, 'execute_code', { sessionId: session.sessionId, code: 'for (;;) {}', waitMs: 0 });

    expect(running).toMatchObject({ state: 'running', executionId: expect.any(String) });
    expect((await call(client, 'cancel_execution', { sessionId: session.sessionId })).structuredContent).toEqual({ cancelled: true });
    expect((await call(client, 'execute_code', { executionId: running.executionId })).structuredContent.result).toMatchObject({ status: 'cancelled' });
  });

  test('SRV-63 SRV-64 SRV-68 a task started here is seen by REST, and one started there is seen here', async () => {
    const client = await connectHttp(era);
    const { structuredContent: started } = await call(client, 'start_coding_task', { prompt: 'Write a kettle' });
    expect(await api.request('GET', `/tasks/${started.taskId}`)).toMatchObject({ status: 200, body: { status: 'created' } });

    const { body: other } = await api.request('POST', '/tasks', { prompt: 'Write a cup' });
    expect((await call(client, 'get_task_status', { taskId: other.taskId })).structuredContent).toMatchObject({ status: 'created', prompt: 'Write a cup' });
    expect((await call(client, 'list_tasks')).structuredContent.tasks.map(({ taskId }: Loose) => taskId)).toEqual(expect.arrayContaining([started.taskId, other.taskId]));
    expect((await call(client, 'get_task_events', { taskId: other.taskId })).structuredContent.events).toMatchObject([{ type: 'TASK_CREATED', version: 1 }]);
    expect((await call(client, 'cancel_task', { taskId: other.taskId })).structuredContent).toEqual({ cancelled: true, status: 'cancelled' });
  });

  test('a question of a task is asked of the person at the client', async () => {
    const client = await connectHttp(era);
    const asked: string[] = [];
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params.message);
      return { action: 'accept' as const, content: { approved: true } };
    });
    const { structuredContent: started } = await call(client, 'start_coding_task', { prompt: 'Write a kettle' });
    await holdfast.tasks.ask(started.taskId, 'approval', 'Ship the kettle?');

    const { structuredContent: after } = await call(client, 'intervene', { taskId: started.taskId, kind: 'ask_person' });

    expect(asked).toEqual(['Ship the kettle?']);
    expect(after).toMatchObject({ status: 'running', questions: [] });
  });

  test.each([
    { answer: { action: 'accept' as const, content: { approved: true } }, state: 'resolved', status: 'ok', value: true },
    { answer: { action: 'accept' as const, content: { approved: false } }, state: 'resolved', status: 'ok', value: false },
    { answer: { action: 'decline' as const }, state: 'resolved', status: 'ok', value: false },
    { answer: { action: 'cancel' as const }, state: 'pending', status: 'cancelled', value: null },
  ])('PR-17 what a cell asks is asked of the person at the client, who answers $answer', async ({ answer, state, status, value }) => {
    const client = await connectHttp(era);
    const asked: string[] = [];
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params.message);
      return answer;
    });
    const sessionId = await api.createSession();
    const { body: cell } = await api.execute(sessionId, '(await capabilities.approve({ text: "Deploy?" })).approved', { waitMs: 0 });
    const open = async (): Promise<Loose> => (await call(client, 'list_questions')).structuredContent.questions;
    await expect.poll(async () => open(), { timeout: 20_000 }).toHaveLength(1);
    const [question] = await open();

    const { structuredContent: after } = await call(client, 'ask_person', { promiseId: question.promiseId });

    expect(question).toMatchObject({ kind: 'approve', text: 'Deploy?' });
    expect(asked).toEqual(['Deploy?']);
    expect(after).toEqual({ promiseId: question.promiseId, state });
    if (state === 'pending') await api.request('POST', `/sessions/${sessionId}/cancel`);
    const { body: ended } = await api.request('GET', `/executions/${cell.executionId}?waitMs=20000`);
    expect(ended).toMatchObject({ status, value });
    await expect.poll(async () => open(), { timeout: 20_000 }).toEqual([]);
    expect((await call(client, 'ask_person', { promiseId: question.promiseId })).structuredContent).toMatchObject({ state: 'none' });
  });

  test('SRV-27 what cannot be done is an error with a code and a hint, and no fault of the protocol', async () => {
    const client = await connectHttp(era);

    expect(await call(client, 'get_task_status', { taskId: 'none' })).toMatchObject({ isError: true, _meta: { 'io.github.holdfast/problem': { code: 'task_not_found', status: 404 } } });
    expect(await call(client, 'execute_code', { code: 5 })).toMatchObject({ isError: true, _meta: { 'io.github.holdfast/problem': { code: 'validation' } } });
    await expect(call(client, 'no_such_tool')).rejects.toThrow(/no_such_tool/u);
  });

  test('one idempotency key starts one task, whatever the client repeats', async () => {
    const client = await connectHttp(era);
    const before = holdfast.tasks.submissions;
    const started = await Promise.all(Array.from({ length: 5 }, async () => call(client, 'start_coding_task', { prompt: 'once', idempotencyKey: `once-${era}` })));

    expect(new Set(started.map(({ structuredContent }) => structuredContent.taskId)).size).toBe(1);
    expect(holdfast.tasks.submissions).toBe(before + 1);
  });

  test('output comes as progress while code runs', async () => {
    const client = await connectHttp(era);
    const { structuredContent: session } = await call(client, 'create_session');
    const heard: (string | undefined)[] = [];

    await client.callTool({ name: 'execute_code', arguments: { sessionId: session.sessionId, code: 'console.log("first"); await new Promise((go) => setTimeout(go, 100)); console.log("second"); await new Promise((go) => setTimeout(go, 100))' } }, { onprogress: ({ message }) => void heard.push(message) });

    expect(heard.join('')).toContain('first');
  });

  test('a call that is given up does not stop what it began', async () => {
    const client = await connectHttp(era);
    const { structuredContent: session } = await call(client, 'create_session');
    const giveUp = new AbortController();
    const calling = client.callTool({ name: 'execute_code', arguments: { sessionId: session.sessionId, executionId: `kept-${era}`, code: 'await new Promise((go) => setTimeout(go, 300)); "done"' } }, { signal: giveUp.signal });
    await untilListed(session.sessionId);
    giveUp.abort();

    await expect(calling).rejects.toThrow(/abort/iu);
    expect((await api.request('GET', `/executions/kept-${era}?waitMs=25000`)).body).toMatchObject({ state: 'ended', status: 'ok', value: 'done' });
  });

  test('sessions and tasks can be read as resources', async () => {
    const client = await connectHttp(era);
    const { structuredContent: started } = await call(client, 'start_coding_task', { prompt: 'Write a kettle' });
    const uri = `holdfast://tasks/${started.taskId}`;

    expect((await client.listResources()).resources.map((resource) => resource.uri)).toContain(uri);
    const { contents } = await client.readResource({ uri });
    expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({ taskId: started.taskId, prompt: 'Write a kettle' });
    const { contents: events } = await client.readResource({ uri: `${uri}/events` });
    expect((events[0] as { text: string }).text).toContain('TASK_CREATED');
    await expect(client.readResource({ uri: 'holdfast://tasks/none' })).rejects.toThrow(/not found/iu);
  });
});

async function untilListed(sessionId: string): Promise<void> {
  while ((await api.request('GET', `/sessions/${sessionId}/executions`)).body.executions.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

test('SRV-61 a plain GET answers what this is, with and without a slash', async () => {
  for (const path of ['/mcp', '/mcp/']) expect(await api.request('GET', path)).toMatchObject({ status: 200, body: { name: 'holdfast', transport: expect.stringContaining('Streamable HTTP') } });
});

test('SRV-73 no token, a wrong host or another origin get no MCP', async () => {
  const post = { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', headers: { 'content-type': 'application/json' } };

  expect((await new Api(holdfast.server.url, 'wrong').send('POST', '/mcp', post)).status).toBe(401);
  expect((await api.send('POST', '/mcp', { ...post, headers: { ...post.headers, origin: 'https://evil.example' } })).status).toBe(403);
});

test('a session of one principal is none of another', async () => {
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } } };
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const opened = await fetch(`${holdfast.server.url}/mcp`, { method: 'POST', headers: { ...headers, authorization: `Bearer ${token}` }, body: JSON.stringify(initialize) });
  const sessionId = opened.headers.get('mcp-session-id') ?? '';
  await opened.text();

  const stolen = await fetch(`${holdfast.server.url}/mcp`, { method: 'POST', headers: { ...headers, authorization: 'Bearer a-token-of-a-guest', 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' }, body: '{"jsonrpc":"2.0","id":2,"method":"tools/list"}' });

  expect(sessionId).not.toBe('');
  expect(stolen.status).toBe(404);
});

async function connectStdio(era: Era, folder: string): Promise<Client> {
  const client = clientOf(era);
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [...holdfastFromSource, 'mcp'], env: { ...environmentOfHoldfast() }, cwd: folder }));
  return client;
}

describe.each(eras)('SRV-60 SRV-62 MCP over stdio, negotiation %s', (era) => {
  test('is a server itself where none runs', async () => {
    const client = await connectStdio(era, temporaryFolder());

    expect((await client.listTools()).tools.length).toBeGreaterThanOrEqual(4);
    expect((await call(client, 'execute_code', { code: '6 * 7' })).structuredContent).toMatchObject({ result: { value: 42 } });
  });

  test('shares the state of the server that runs', async () => {
    const folder = temporaryFolder();
    const server = await startServe({ cwd: folder });
    const client = await connectStdio(era, folder);
    const { structuredContent: session } = await call(client, 'create_session');

    await call(client, 'execute_code', { sessionId: session.sessionId, code: 'const shared = "by stdio"' });

    expect((await server.api.execute(session.sessionId, 'shared')).body).toMatchObject({ value: 'by stdio' });
    const [one, two] = await Promise.all([connectStdio(era, folder), connectStdio(era, folder)]);
    const values = await Promise.all([one, two].map(async (each) => (await call(each, 'list_sessions')).structuredContent.sessions.length));
    expect(values).toEqual([1, 1]);
  });
});
