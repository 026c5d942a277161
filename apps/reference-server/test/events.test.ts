import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteEventStore } from '@holdfast/event-store/sqlite';
import { expect, test } from 'vitest';
import { exited, holdfast, spawnHoldfast, startServe } from './command-line.ts';
import { temporaryFolder } from './running-holdfast.ts';
import { Progress } from '../src/terminal/progress.ts';

interface Line {
  readonly sequenceNumber: number;
  readonly taskId: string;
  readonly type: string;
  readonly eventId: string;
}

const linesOf = (text: string): Line[] => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);

/** A working directory whose data folder has thirty events. */
async function withEvents(): Promise<string> {
  const cwd = temporaryFolder();
  await holdfast(['events', 'import', '-'], { cwd, input: '' });
  const store = await openSqliteEventStore({ path: join(cwd, '.holdfast/events.db') });
  for (let index = 1; index <= 30; index += 1) {
    await store.append(index % 2 === 0 ? 'even' : 'odd', [{ type: index % 3 === 0 ? 'THIRD' : 'OTHER', correlationId: `r${index % 5}`, data: { index, text: 'line\nbreak \u001B[31m' } }]);
  }
  await store.close();
  return cwd;
}

test('list prints a table for people and JSON lines for programs, narrowed by task, type, correlation, place and time', async () => {
  const cwd = await withEvents();

  const table = await holdfast(['events', 'ls', '--limit', '2'], { cwd });
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout.split('\n')).toHaveLength(3);
  expect(table.stdout).toMatch(/^ +1 {2}\d{4}-.*OTHER +odd@1 +\{"index":1/u);
  expect(table.stdout).not.toContain('\u001B');

  const numbers = async (...args: string[]): Promise<number[]> => linesOf((await holdfast(['events', 'list', '--json', ...args], { cwd })).stdout).map((line) => line.sequenceNumber);
  expect(await numbers()).toHaveLength(30);
  expect(await numbers('--task', 'even', '--type', 'THIRD,NONE', '--after', '6')).toEqual([12, 18, 24, 30]);
  expect(await numbers('--correlation', 'r0', '--limit', '2')).toEqual([5, 10]);
  expect(await numbers('--since', '2999-01-01')).toEqual([]);
  expect(await numbers('--until', '2999-01-01', '--after', '28')).toEqual([29, 30]);
});

test('where nothing matches, people are told so, and programs get nothing', async () => {
  const cwd = await withEvents();

  for (const command of ['list', 'tail']) {
    expect(await holdfast(['events', command, '--task', 'none'], { cwd })).toMatchObject({ code: 0, stdout: '', stderr: 'No events match\n' });
    expect(await holdfast(['events', command, '--task', 'none', '--json'], { cwd })).toMatchObject({ code: 0, stdout: '', stderr: '' });
  }
});

test('tail prints the last events, and follows a server that runs on the folder', async () => {
  const cwd = temporaryFolder();
  const server = await startServe({ cwd });
  const sessionId = await server.api.createSession();
  await server.api.execute(sessionId, '1 + 1');

  const last = await holdfast(['events', 'tail', '-n', '1', '--json'], { cwd });
  expect(linesOf(last.stdout)).toMatchObject([{ type: 'EXECUTION_ENDED', taskId: `session:${sessionId}` }]);

  const following = spawnHoldfast(['events', 'tail', '--follow', '--json', '-n', '0', '--type', 'EXECUTION_STARTED'], { cwd });
  let heard = '';
  following.stdout?.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  while (!heard.includes('\n')) await server.api.execute(sessionId, '2 + 2');
  following.kill('SIGINT');
  await exited(following);

  expect(linesOf(heard)[0]).toMatchObject({ type: 'EXECUTION_STARTED' });
  expect(following.exitCode).toBe(0);
  await server.end('SIGTERM');
});

test('tasks prints what has events, in the order of their first ones', async () => {
  const cwd = await withEvents();

  expect(await holdfast(['events', 'tasks'], { cwd })).toMatchObject({ code: 0, stdout: `     15 events  1..29              odd\n     15 events  2..30              even\n`, stderr: '' });
  expect((await holdfast(['events', 'tasks', '--json'], { cwd })).stdout.split('\n')[1]).toBe('{"taskId":"even","streamVersion":15,"firstSequence":2,"lastSequence":30}');
});

test('show prints one event by number or id, and says so when there is none', async () => {
  const cwd = await withEvents();

  const byNumber = await holdfast(['events', 'show', '7', '--json'], { cwd });
  const [event] = linesOf(byNumber.stdout);
  expect(event).toMatchObject({ sequenceNumber: 7, taskId: 'odd', schemaVersion: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/u) as string });
  const byId = await holdfast(['events', 'show', event?.eventId.toUpperCase() ?? ''], { cwd });
  expect(JSON.parse(byId.stdout)).toEqual(event);
  expect(byId.stdout.split('\n').length).toBeGreaterThan(10);

  for (const wanted of ['0', '31', '99999999999999999999', '0198a1b2-0000-7000-8000-000000000000', 'nonsense']) {
    expect(await holdfast(['events', 'show', wanted], { cwd })).toMatchObject({ code: 1, stderr: expect.stringContaining('HOLDFAST_CLI_NO_SUCH_EVENT') as string });
  }
});

test('EV-37 export and import carry a history to another folder, through a file and through a pipe', async () => {
  const cwd = await withEvents();
  const other = temporaryFolder();
  const file = join(cwd, 'events.ndjson');

  expect(await holdfast(['events', 'export', file, '--json'], { cwd })).toMatchObject({ code: 0, stdout: `{"events":30,"file":${JSON.stringify(file)}}\n`, stderr: '' });
  const piped = await holdfast(['events', 'export'], { cwd });
  expect(piped.stdout).toBe(readFileSync(file, 'utf8'));
  expect(await holdfast(['events', 'import', file], { cwd: other })).toMatchObject({ code: 0, stdout: 'Imported 30 events; the store ends at 30\n' });
  expect(await holdfast(['events', 'import', '-', '--json'], { cwd: other, input: piped.stdout })).toMatchObject({ code: 0, stdout: '{"added":0,"head":30}\n' });

  const [here, there] = [await holdfast(['events', 'verify', '--json'], { cwd }), await holdfast(['events', 'verify', '--json'], { cwd: other })];
  expect(here).toMatchObject({ code: 0 });
  expect(there.stdout).toBe(here.stdout);
  writeFileSync(file, 'nonsense\n');
  expect(await holdfast(['events', 'import', file], { cwd: other })).toMatchObject({ code: 1, stderr: expect.stringContaining('line 1') as string });
  expect(await holdfast(['events', 'export', join(cwd, 'none', 'x')], { cwd })).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') as string });
});

test('EV-52 everything that reads works while a server runs; what would write says that it may not, and why', async () => {
  const cwd = temporaryFolder();
  const server = await startServe({ cwd });
  const sessionId = await server.api.createSession();
  await server.api.execute(sessionId, '1 + 1');
  const file = join(cwd, 'events.ndjson');

  for (const args of [['list'], ['tail'], ['tasks'], ['show', '1'], ['verify'], ['export', file]]) expect(await holdfast(['events', ...args], { cwd })).toMatchObject({ code: 0, stderr: '' });
  const importing = await holdfast(['events', 'import', file], { cwd });

  expect(importing).toMatchObject({ code: 1, stdout: '' });
  expect(importing.stderr).toContain('a server has it open (HOLDFAST_CLI_DATA_FOLDER_IN_USE)');
  expect(importing.stderr).toContain('hint: Stop the server');
  expect((await server.api.execute(sessionId, '3')).status).toBe(200);
  await server.end('SIGTERM');
  expect(await holdfast(['events', 'import', file], { cwd })).toMatchObject({ code: 0 });
});

test('verify gives an anchor, finds an event that was changed and a history that was cut off, with exit code 1', async () => {
  const cwd = await withEvents();
  const intact = await holdfast(['events', 'verify'], { cwd });
  expect(intact).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Intact: 30 events; anchor 30:[0-9a-f]{64}\n$/u) as string });
  const anchor = /anchor (\S+)/u.exec(intact.stdout)?.[1] ?? '';
  const database = new DatabaseSync(join(cwd, '.holdfast/events.db'));
  database.exec('DELETE FROM events WHERE position = 30');
  expect(await holdfast(['events', 'verify', '--anchor', anchor], { cwd })).toMatchObject({ code: 1, stdout: expect.stringContaining('NOT INTACT: event 30') as string });
  database.exec("DROP TRIGGER events_stay_as_they_are; UPDATE events SET data = '{}' WHERE position = 12");
  database.close();

  expect(await holdfast(['events', 'verify'], { cwd })).toMatchObject({ code: 1, stdout: expect.stringContaining('NOT INTACT: event 12') as string });
  const json = await holdfast(['events', 'verify', '--json'], { cwd });
  expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { isIntact: false, events: 11, problem: { sequenceNumber: 12 } }]);
});

test('a data folder without events, and an argument that means nothing, is refused with what to do', async () => {
  const cwd = temporaryFolder();

  for (const args of [['list'], ['tail'], ['tasks'], ['show', '1'], ['verify'], ['export']]) {
    expect(await holdfast(['events', ...args], { cwd })).toMatchObject({ code: 1, stderr: expect.stringContaining('HOLDFAST_CLI_NO_EVENTS') as string });
  }
  expect(existsSync(join(cwd, '.holdfast'))).toBe(false);
  for (const args of [['list', '--limit', 'x'], ['verify', '--anchor', '1:2'], ['show'], ['list', '--nonsense'], ['nonsense']]) {
    expect(await holdfast(['events', ...args], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining('HOLDFAST_CLI_USAGE') as string });
  }
  const folder = await withEvents();
  expect(await holdfast(['events', 'list', '--since', 'yesterday'], { cwd: folder })).toMatchObject({ code: 1, stderr: expect.stringContaining('"since"') as string });
});

test('a reader that leaves early ends the listing', async () => {
  const cwd = await withEvents();
  const child = spawnHoldfast(['events', 'list', '--json'], { cwd });
  child.stdout?.once('data', () => child.stdout?.destroy());
  await exited(child);

  expect(child.exitCode).toBe(0);
});

test('a reader that leaves early ends what follows with 141', async () => {
  const cwd = temporaryFolder();
  const { api } = await startServe({ cwd });
  const session = await api.createSession();
  const child = spawnHoldfast(['events', 'tail', '--follow', '--json'], { cwd });
  child.stdout!.once('data', () => child.stdout!.destroy());
  child.stdout!.once('close', () => void api.execute(session, '1'));
  await exited(child);

  expect(child.exitCode).toBe(141);
});

test('progress is written over where somebody watches, and silent elsewhere', () => {
  const written: string[] = [];
  const output = (isTTY: boolean) => ({ isTTY, write: (text: string) => written.push(text) });
  const watched = new Progress('exported', output(true));
  watched.show({ done: 500, total: 2000 });
  watched.show({ done: 1000 });
  watched.end();
  const unwatched = new Progress('exported', output(false));
  unwatched.show({ done: 1, total: 2 });
  unwatched.end();

  expect(written).toEqual(['\r\u001B[K500 of 2000 (25 %) events exported', '\r\u001B[K1000 events exported', '\r\u001B[K']);
});
