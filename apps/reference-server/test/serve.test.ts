import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { strongestIsolation } from '@holdfast/executor';
import { expect, test } from 'vitest';
import { exited, holdfast, isRunning, spawnHoldfast, startServe, untilGone } from './command-line.ts';
import { follow } from './follower.ts';
import { Api, temporaryFolder } from './running-holdfast.ts';

test('serve prints its URL, runs cells, keeps a token that only this user can read, and ends with SIGTERM', async () => {
  const cwd = temporaryFolder();
  const { line, url, api, end } = await startServe({ cwd });

  expect(line).toBe(`Holdfast listens on ${url} (data in ${join(cwd, '.holdfast')}, isolation ${await strongestIsolation()})`);
  expect(statSync(join(cwd, '.holdfast/token')).mode & 0o777).toBe(0o600);
  expect(statSync(join(cwd, '.holdfast')).mode & 0o777).toBe(0o700);
  const session = await api.createSession();
  expect((await api.execute(session, 'const seen = await Promise.resolve(41); seen')).body).toMatchObject({ value: 41 });
  expect((await api.execute(session, 'seen + 1')).body).toMatchObject({ value: 42 });
  const { pid } = (await api.request('GET', `/sessions/${session}`)).body;
  expect(isRunning(pid)).toBe(true);

  expect(await end('SIGTERM')).toBe(0);
  await untilGone(pid);
});

test('SRV-58 after kill -9 the executions are listed, the session runs again, and no worker is left', async () => {
  const cwd = temporaryFolder();
  const first = await startServe({ cwd });
  const session = await first.api.createSession('work');
  await first.api.execute(session, 'let count = 7; count', { executionId: 'ended' });
  await first.api.execute(session, 'console.log("runs"); for (;;) {}', { executionId: 'unfinished', waitMs: 0 });
  const follower = follow(first.url, session, { headers: { authorization: `Bearer ${readFileSync(join(cwd, '.holdfast/token'), 'utf8')}` } });
  await follower.until(({ type, data }) => type === 'EXECUTION_OUTPUT' && data['executionId'] === 'unfinished');
  const { pid } = (await first.api.request('GET', `/sessions/${session}`)).body;

  await first.end('SIGKILL');
  await untilGone(pid);
  const { api } = await startServe({ cwd });

  expect((await api.request('GET', `/sessions/${session}`)).body).toMatchObject({ state: 'suspended', pid: null, executions: 2 });
  expect((await api.request('GET', `/sessions/${session}/executions`)).body.executions).toMatchObject([
    { executionId: 'ended', state: 'ended', status: 'ok' },
    { executionId: 'unfinished', state: 'ended', status: 'error' },
  ]);
  expect((await api.request('GET', '/executions/ended')).body).toMatchObject({ status: 'ok', value: 7 });
  expect((await api.request('GET', '/executions/unfinished')).body).toMatchObject({ error: { name: 'Interrupted' } });
  expect((await api.execute(session, 'typeof count')).body).toMatchObject({ status: 'ok', value: 'undefined' });
  const { body } = await api.request('GET', `/sessions/${session}`);
  expect(body).toMatchObject({ state: 'ready', executions: 3 });
  expect(body.pid).not.toBe(pid);
});

test('SIGTERM waits no longer for a cell than it was told, exits 0, leaves no worker, and the log knows an end', async () => {
  const cwd = temporaryFolder();
  const first = await startServe({ cwd }, '--drain-ms', '50', '--warm-workers', '1');
  const session = await first.api.createSession();
  await first.api.execute(session, 'for (;;) {}', { executionId: 'endless', waitMs: 0 });
  const { pid } = (await first.api.request('GET', `/sessions/${session}`)).body;
  const waiting = first.api.request('GET', '/executions/endless?waitMs=25000').then(
    ({ body }) => body.state,
    () => 'cut off',
  );

  expect(await first.end('SIGTERM')).toBe(0);

  // A request that waits is answered half-way, as things stand then; on a busy machine the end may come first.
  expect(['running', 'cut off']).toContain(await waiting);
  await untilGone(pid);
  const { api } = await startServe({ cwd });
  expect((await api.request('GET', '/executions/endless')).body.state).toBe('ended');
});

test('a second server on the same data folder is refused and leaves the token of the first alone', async () => {
  const cwd = temporaryFolder();
  const { api } = await startServe({ cwd });
  const before = readFileSync(join(cwd, '.holdfast/token'), 'utf8');

  for (const args of [['--token', 'another-token'], ['--no-token']]) {
    const { code, stdout, stderr } = await holdfast(['serve', '--port', '0', ...args], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^holdfast: Cannot [^\n]+ \(HOLDFAST_EVENT_STORE_LOCKED\)\nhint: [^\n]+\n$/u);
  }

  expect(readFileSync(join(cwd, '.holdfast/token'), 'utf8')).toBe(before);
  expect((await api.request('GET', '/sessions')).status).toBe(200);
});

test('--no-token lets every program of this machine in', async () => {
  const cwd = temporaryFolder();
  const { url, line, end } = await startServe({ cwd }, '--no-token');

  expect(line).toContain(', no token)');
  expect((await fetch(`${url}/sessions`)).status).toBe(200);
  expect(await end('SIGINT')).toBe(0);
});

test('SRV-57 an occupied port: one clear line, exit code 1', async () => {
  const cwd = temporaryFolder();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };

  const { code, stdout, stderr } = await holdfast(['serve', '--port', String(port)], { cwd });

  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe(
    `holdfast: Cannot listen on 127.0.0.1:${port}: the port is in use (HOLDFAST_SERVER_PORT_IN_USE)\nhint: Stop that program, or choose another port with --port; --port 0 takes a free one\n`,
  );
  other.close();
  await once(other, 'close');
});

test('a setting comes from a flag before the environment before the file', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'holdfast.config.json'), JSON.stringify({ port: 0, token: 'token-of-the-file', maxSessions: 1 }));
  const env = { HOLDFAST_TOKEN: 'token-of-the-environment' };

  const { url, api, end } = await startServe({ cwd, env });
  expect((await new Api(url, 'token-of-the-environment').request('GET', '/sessions')).status).toBe(200);
  expect((await new Api(url, 'token-of-the-file').request('GET', '/sessions')).status).toBe(401);
  await api.createSession();
  expect(await api.request('POST', '/sessions', {})).toMatchObject({ status: 503, body: { code: 'too_many_sessions' } });
  await end('SIGTERM');

  const flagged = await startServe({ cwd, env }, '--token', 'token-of-a-flag', '--max-sessions', '2');
  expect((await new Api(flagged.url, 'token-of-a-flag').request('GET', '/sessions')).status).toBe(200);
  await flagged.end('SIGTERM');
  await exited(flagged.process);
});

test('OPS-14 OPS-16 the options of the executor come as JSON, and warnings go out as JSON lines', async () => {
  const cwd = temporaryFolder();
  const server = await startServe({ cwd, env: { HOLDFAST_EXECUTOR: '{"executionTimeoutMs":200,"blocking":{"warn":true}}' } });
  const heard: string[] = [];
  server.process.stderr!.on('data', (chunk) => heard.push(String(chunk)));
  const session = await server.api.createSession();

  expect((await server.api.execute(session, 'for (;;) {}')).body).toMatchObject({ status: 'cancelled', cancelled: { by: 'timeout' } });
  const { body } = await server.api.execute(session, 'require("node:fs").readFileSync("/dev/null").length');
  expect(body).toMatchObject({ value: 0 });
  await server.end('SIGTERM');

  expect(JSON.parse(heard.join(''))).toMatchObject({ level: 'warn', kind: 'blocking-call', executionId: body.executionId, name: 'fs.readFileSync', line: 1 });
});

test.each([
  ['{"executionTimeoutMs":-1}', 'Cannot use executionTimeoutMs "-1": expected a positive number'],
  ['{"executionTimeout":1}', 'Cannot use option "executionTimeout": there is none of this name'],
  ['{"executionTimeoutMs":', 'it is not JSON'],
  ['"fast"', 'expected record'],
])('OPS-14 options %s are refused', async (given, message) => {
  const { code, stderr } = await holdfast(['serve', '--port', '0', '--executor', given], { cwd: temporaryFolder() });

  expect(code).toBe(2);
  expect(stderr).toContain('Cannot use setting "executor"');
  expect(stderr).toContain(message);
});

test('where a server serves MCP alone, what needs more says so, and holdfast mcp uses it', async () => {
  const cwd = temporaryFolder();
  const { url } = await startServe({ cwd }, '--mcp-http');
  const refused = {
    code: 1,
    stdout: '',
    stderr: `holdfast: Cannot use the server at ${url}: it serves MCP alone (HOLDFAST_CLI_MCP_ONLY)\nhint: Start it with holdfast serve and without --mcp-http: MCP is served there too\n`,
  };

  for (const args of [['exec'], ['exec', '--session', 'one'], ['repl'], ['sessions'], ['promises'], ['tasks'], ['open']]) expect(await holdfast(args, { cwd, input: '1' })).toEqual(refused);

  const opening = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } } };
  const mcp = spawnHoldfast(['mcp'], { cwd });
  mcp.stdin!.write(`${JSON.stringify(opening)}\n`);
  const [answer]: unknown[] = await once(mcp.stdout!, 'data');
  mcp.stdin!.end();
  await exited(mcp);
  expect(JSON.parse(String(answer))).toMatchObject({ id: 1, result: { serverInfo: { name: 'holdfast' } } });
});
