import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { probeIsolation, strongestIsolation, type IsolationLevel } from '@holdfast/executor';
import { describe, expect, test } from 'vitest';
import { holdfast, startServe, type ServeProcess } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';

/** What a client of the network might have its code try. Each gives `denied`, or what it got. */
const attempts = {
  token: (data: string) => `attempt(() => fs.readFileSync(${JSON.stringify(join(data, 'token'))}, 'utf8'))`,
  events: (data: string) => `attempt(() => fs.readFileSync(${JSON.stringify(join(data, 'events.db'))}).length)`,
  listing: (data: string) => `attempt(() => fs.readdirSync(${JSON.stringify(data)}).includes('token') ? 'seen' : 'denied')`,
  environment: () => `attempt(() => fs.readFileSync('/proc/' + process.ppid + '/environ', 'utf8').includes('secret-of-the-server') ? 'seen' : 'denied')`,
  ownEnvironment: () => `process.env.SECRET_OF_THE_TEST ?? 'denied'`,
  write: (_data: string, outside: string) => `attempt(() => { fs.writeFileSync(${JSON.stringify(join(outside, 'left.txt'))}, 'x'); return 'written' })`,
  replace: (data: string) => `attempt(() => { fs.appendFileSync(${JSON.stringify(join(data, 'token'))}, 'x'); return 'written' })`,
  link: (data: string) => `attempt(() => { const link = require('node:os').tmpdir() + '/link'; fs.symlinkSync(${JSON.stringify(join(data, 'token'))}, link); return fs.readFileSync(link, 'utf8') })`,
} as const;

async function tryAll(server: ServeProcess, sessionId: string, data: string, outside: string): Promise<Record<string, unknown>> {
  await server.api.execute(sessionId, `var fs = require('node:fs'); function attempt(act) { try { return act() } catch { return 'denied' } }`, { language: 'javascript' });
  const found: Record<string, unknown> = {};
  for (const [name, code] of Object.entries(attempts)) found[name] = (await server.api.execute(sessionId, code(data, outside), { language: 'javascript' })).body.value;
  return found;
}

describe.each<[IsolationLevel]>([['restricted'], ['sandbox']])('a client of the network at the level %s', (level) => {
  test('reads neither the token nor the environment of the server, and writes only in its own folder', async (context) => {
    if (!(await probeIsolation(level)).works) context.skip();
    const cwd = temporaryFolder();
    const server = await startServe({ cwd, env: { SECRET_OF_THE_TEST: 'secret-of-the-server' } }, '--isolation', level);
    const { body: session } = await server.api.request('POST', '/sessions', { sessionId: 'mine' });

    const found = await tryAll(server, 'mine', join(cwd, '.holdfast'), cwd);

    expect(session).toMatchObject({ isolation: level });
    expect(found).toEqual(Object.fromEntries(Object.keys(attempts).map((name) => [name, 'denied'])));
    expect(readFileSync(join(cwd, '.holdfast/token'), 'utf8')).not.toMatch(/x$/u);
    expect((await server.api.execute('mine', `fs.writeFileSync('own.txt', 'kept'); fs.readFileSync('own.txt', 'utf8') + process.cwd()`)).body.value).toMatch(/^kept.*\.holdfast\/sessions\//u);
  });

  test('may name a folder to start in, and sees all of it but the data of the server', async (context) => {
    if (!(await probeIsolation(level)).works) context.skip();
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'data.txt'), 'here you are');
    const server = await startServe({ cwd }, '--isolation', level);
    await server.api.request('POST', '/sessions', { sessionId: 'mine', directory: cwd });

    expect((await server.api.execute('mine', `require('node:fs').readFileSync('data.txt', 'utf8')`)).body).toMatchObject({ value: 'here you are' });
    expect(await tryAll(server, 'mine', join(cwd, '.holdfast'), cwd)).toEqual(Object.fromEntries(Object.keys(attempts).map((name) => [name, 'denied'])));
    expect(await server.api.request('POST', '/sessions', { directory: join(cwd, '.holdfast') })).toMatchObject({ status: 403, body: { code: 'directory_hidden' } });
  });

  test('does not see the files of another session, and its own are gone with it', async (context) => {
    if (!(await probeIsolation(level)).works) context.skip();
    const cwd = temporaryFolder();
    const server = await startServe({ cwd }, '--isolation', level);
    await server.api.createSession('one');
    await server.api.createSession('two');
    const folder = (await server.api.execute('one', `require('node:fs').writeFileSync('own.txt', 'of one'); process.cwd()`)).body.value as string;

    expect((await server.api.execute('two', `require('node:fs').readFileSync(${JSON.stringify(join(folder, 'own.txt'))}, 'utf8')`)).body).toMatchObject({ status: 'error' });
    expect(readFileSync(join(folder, 'own.txt'), 'utf8')).toBe('of one');
    await server.api.request('DELETE', '/sessions/one');
    expect(existsSync(folder)).toBe(false);
  });
});

test('the level process contains accidents only: code may read and write what the user of the server may', async () => {
  const cwd = temporaryFolder();
  const server = await startServe({ cwd, env: { SECRET_OF_THE_TEST: 'secret-of-the-server' } }, '--isolation', 'process');
  const { body: session } = await server.api.request('POST', '/sessions', { sessionId: 'mine' });

  const found = await tryAll(server, 'mine', join(cwd, '.holdfast'), cwd);

  expect(session).toMatchObject({ isolation: 'process' });
  // Its own environment is scrubbed. Nothing else is kept from it, which is why it is not what a server takes by itself.
  expect(found).toMatchObject({ ownEnvironment: 'denied', token: expect.stringMatching(/^.{20,}/u), environment: 'seen', write: 'written', replace: 'written' });
});

test('a server takes the strictest level that works, and says which', async () => {
  const server = await startServe({ cwd: temporaryFolder() });

  expect(server.line).toContain(`isolation ${await strongestIsolation()}`);
});

test('a session keeps its folder and its level over a restart of the server', async () => {
  const cwd = temporaryFolder();
  const first = await startServe({ cwd });
  await first.api.createSession('mine');
  await first.api.execute('mine', `require('node:fs').writeFileSync('own.txt', 'kept')`);
  await first.end('SIGTERM');

  const second = await startServe({ cwd });
  expect((await second.api.request('GET', '/sessions/mine')).body).toMatchObject({ state: 'suspended', isolation: await strongestIsolation() });
});

test('a level that does not work here keeps the server from starting', async () => {
  const cwd = temporaryFolder();

  const { code, stderr } = await holdfast(['serve', '--port', '0', '--isolation', 'sandbox'], { cwd, env: { PATH: cwd } });

  expect(code).toBe(1);
  expect(stderr).toContain('Cannot use isolation "sandbox"');
  expect(stderr).toContain('HOLDFAST_CLI_ISOLATION');
  expect(stderr).toContain('install bubblewrap');
  expect(existsSync(join(cwd, '.holdfast'))).toBe(false);
});
