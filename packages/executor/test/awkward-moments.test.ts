// What a session does at moments that seldom come: answers that fit through no channel, a worker that just died.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createSession, type Session } from '@holdfast/executor';
import { ManualClock } from '@holdfast/executor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runUntilHere } from './run-until.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-places-'));
const tooLarge = expect.objectContaining({ code: 'HOLDFAST_PROTOCOL_FRAME_TOO_LARGE' }) as Error;

test.each([
  ['the names', async (session: Session) => session.listNames()],
  ['what a text may go on with', async (session: Session) => session.complete('nnn')],
  ['which names are gone', async (session: Session) => session.clearNames()],
])('%s that are too many to tell are an error, and the worker and its variables stay', async (_what, ask) => {
  await using session = await createSession();
  await session.execute("for (let index = 0; index < 1000; index += 1) globalThis['n'.repeat(20_000) + index] = 1");
  const { pid } = session;

  await expect(ask(session)).rejects.toThrow(tooLarge);

  expect(await session.execute('1 + 1')).toMatchObject({ status: 'ok', value: 2 });
  expect(session.pid).toBe(pid);
});

test('whoever looks at the variables of a cell that is cancelled meanwhile is told them, and the worker stays', async () => {
  await using session = await createSession();
  await session.execute('const kept = 1');
  const { pid } = session;
  for (let round = 0; round < 8; round += 1) {
    const { result } = await runUntilHere(session, "console.log('here'); for (;;) {}");
    for (let turn = 0; turn < round; turn += 1) await nextTurn();
    const looking = Promise.all([session.listNames(), session.complete('kep')]);
    for (let turn = 0; turn < round % 4; turn += 1) await nextTurn();
    await session.cancel();

    expect(await result).toMatchObject({ status: 'cancelled', cancelled: { namespaceKept: true } });
    const [names, { candidates }] = await looking;
    expect([names.map(({ name }) => name), candidates]).toEqual([['kept'], ['kept']]);
  }
  expect(session.pid).toBe(pid);
});

test('a cell that comes when the worker has just died is run by a fresh one', async () => {
  await using session = await createSession();
  const asked = session.checkpoint();
  process.kill(session.pid ?? 0, 'SIGKILL');
  await expect(asked).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_WORKER_DIED' });

  expect(await session.execute('1 + 2')).toMatchObject({ status: 'ok', value: 3 });
});

test.each(['await capabilities.big(1)', "prompt('?')"])('%s whose answer is too large for the channel fails at once', async (code) => {
  await using session = await createSession({
    onInput: async () => 'y'.repeat(17_000_000),
    capabilities: { offered: { big: 'a large answer' }, request: async () => 'y'.repeat(17_000_000) },
  });

  const result = await session.execute(`1;\n  ${code}`);

  expect(result).toMatchObject({ status: 'error', error: { message: expect.stringContaining('17000') as string, span: { line: 2 } } });
});

test('EX-09 the failure of a capability is placed where it was asked for', async () => {
  await using session = await createSession({
    capabilities: {
      offered: { deploy: 'deploys' },
      request: async () => {
        throw new Error('the harbour is closed');
      },
    },
  });

  const result = await session.execute('const ready = 1;\nawait capabilities.deploy(ready)');

  expect(result.error).toMatchObject({ message: expect.stringContaining('the harbour is closed') as string, span: { file: 'cell-1.ts', line: 2 } });
});

test.each([
  ["const one = 1;\nimport { two } from './missing.ts'", 2],
  ["const one = 1;\n\nconst { two } = await import('not-installed')", 3],
  ["import './broken.mjs'", 1],
])('EX-09 a module that cannot be loaded is an error placed at its import: %j', async (code, line) => {
  await using session = await createSession({ directory });

  const result = await session.execute(code);

  expect(result).toMatchObject({ status: 'error', error: { span: { file: 'cell-1.ts', line } } });
});

test('EX-87 what a child or the file system writes to the standard output belongs to the cell that has them write', async () => {
  await using session = await createSession();
  for (let index = 0; index < 30; index += 1) {
    const write = index % 2 === 0 ? `require('node:child_process').execSync('echo ${index}', { stdio: 'inherit' })` : `require('node:fs').writeSync(1, '${index}\\n')`;
    expect(await session.execute(`${write}; 'done'`)).toMatchObject({ value: 'done', stdout: `${index}\n` });
  }
});

test('a suspended session that somebody looked at is suspended again', async () => {
  const clock = new ManualClock();
  await using session = await createSession({ idleTimeoutMs: 1000 }, { clock });
  await session.execute('const kept = 1');
  const suspended = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    session.on('suspend', () => resolve());
    clock.advance(1000);
    await promise;
  };
  await suspended();

  expect((await session.listNames()).map(({ name }) => name)).toEqual(['kept']);
  expect(session.state).toBe('ready');

  await suspended();
  expect(session.state).toBe('suspended');
});

beforeAll(() => {
  mkdirSync(join(directory, 'sub'));
  writeFileSync(join(directory, 'broken.mjs'), 'export const = 1');
  writeFileSync(join(directory, 'beside.cjs'), "exports.from = 'beside'");
  writeFileSync(join(directory, 'sub', 'beside.cjs'), "exports.from = 'sub'");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('require and import.meta.resolve count from the file that the cell stands for', async () => {
  await using session = await createSession({ directory });

  expect(await session.execute("require('./beside.cjs').from", { filename: 'sub/cell.ts' })).toMatchObject({ value: 'sub' });
  expect(await session.execute("require('./beside.cjs').from")).toMatchObject({ value: 'beside' });
  expect(await session.execute("[import.meta.resolve('node:fs'), import.meta.resolve('./a.ts').endsWith('/sub/a.ts')]", { filename: 'sub/cell.ts' })).toMatchObject({
    value: ['node:fs', true],
  });
  expect(await session.execute("[require.resolve('./beside.cjs').endsWith('beside.cjs'), typeof require.cache]")).toMatchObject({ value: [true, 'object'] });
});
