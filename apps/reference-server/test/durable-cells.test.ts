import { expect, test } from 'vitest';
import { holdfast, startServe } from './command-line.ts';
import { temporaryFolder, type Api } from './running-holdfast.ts';

/** Counts its beginnings in a variable, asks, and uses what an earlier cell left. */
const approval = 'begun += 1; const { approved } = await capabilities.approve({ text: `Deploy version ${version}?` }); `${approved}, version ${version}, begun ${begun}`';

async function question(api: Api): Promise<string> {
  await expect.poll(async () => (await api.request('GET', '/promises')).body.promises.length, { timeout: 40_000 }).toBe(1);
  return (await api.request('GET', '/promises')).body.promises[0].id;
}

async function ended(api: Api, executionId: string): Promise<unknown> {
  return (await api.request('GET', `/executions/${executionId}?waitMs=25000`)).body;
}

/** What the log says of the executions of the session. */
async function facts(api: Api): Promise<string[]> {
  const { events } = (await api.request('GET', '/sessions/work/events?limit=1000')).body;
  return events.filter(({ type }: { type: string }) => type.startsWith('EXECUTION_') && type !== 'EXECUTION_OUTPUT').map(({ type, data }: { type: string; data: { executionId: string } }) => `${type} ${data.executionId}`);
}

async function begin(cwd: string): Promise<Awaited<ReturnType<typeof startServe>>> {
  const server = await startServe({ cwd });
  await server.api.createSession('work');
  await server.api.execute('work', 'let begun = 0; const version = 7', { executionId: 'before', durable: 'always' });
  await server.api.execute('work', approval, { executionId: 'deploy', durable: 'always', waitMs: 0 });
  return server;
}

const went = ['EXECUTION_STARTED before', 'EXECUTION_ENDED before', 'EXECUTION_STARTED deploy', 'EXECUTION_RESUMED deploy', 'EXECUTION_ENDED deploy'];
const result = { state: 'ended', status: 'ok', value: 'true, version 7, begun 1' };

test('PR-17 PR-28 PR-34 SRV-58 a durable cell that waits for a person when the server is killed goes on in the next one with its variables, answered over REST', { timeout: 240_000 }, async () => {
  const cwd = temporaryFolder();
  const first = await begin(cwd);
  const asked = await question(first.api);
  await first.end('SIGKILL');

  const { api } = await startServe({ cwd });
  expect(await question(api)).toBe(asked);
  expect((await api.request('GET', '/executions/deploy')).body).toMatchObject({ state: 'running' });
  expect(await api.execute('work', '1')).toMatchObject({ status: 409 });
  expect(await api.request('POST', `/promises/${encodeURIComponent(asked)}/resolve`, { value: { approved: true } })).toMatchObject({ status: 200 });

  expect(await ended(api, 'deploy')).toMatchObject(result);
  expect(await facts(api)).toEqual(went);
  expect((await api.request('GET', '/promises')).body).toEqual({ promises: [] });
});

test('PR-17 PR-37 an answer that came before the kill is there after it, and what ended is not run again by another one', { timeout: 240_000 }, async () => {
  const cwd = temporaryFolder();
  const first = await startServe({ cwd });
  await first.api.createSession('work');
  await first.api.execute('work', 'let begun = 0; const version = 7', { durable: 'always' });
  await first.api.execute('work', approval.replace('; `', '; if (begun === 1) await new Promise(() => {}); `'), { executionId: 'held', durable: 'always', waitMs: 0 });
  const answered = await holdfast(['promises', 'answer', await question(first.api), 'yes'], { cwd });
  expect(answered.code).toBe(0);
  await first.end('SIGKILL');

  const second = await startServe({ cwd });
  await expect.poll(async () => facts(second.api), { timeout: 40_000 }).toContain('EXECUTION_RESUMED held');
  expect((await second.api.request('GET', '/promises')).body).toEqual({ promises: [] }); // it has its answer, and asks nobody
  await second.api.request('POST', '/sessions/work/cancel');
  expect(await ended(second.api, 'held')).toMatchObject({ status: 'cancelled' });
  expect(await second.api.execute('work', 'version')).toMatchObject({ body: { value: 7 } });
  await second.end('SIGKILL');

  const third = await startServe({ cwd });
  expect(await ended(third.api, 'held')).toMatchObject({ state: 'ended', status: 'cancelled' });
  expect((await facts(third.api)).filter((fact) => fact.endsWith(' held'))).toEqual(['EXECUTION_STARTED held', 'EXECUTION_RESUMED held', 'EXECUTION_ENDED held']);
});

test('PR-17 PR-34 a server that is told to end leaves a durable cell and its question to the next one', { timeout: 240_000 }, async () => {
  const cwd = temporaryFolder();
  const first = await begin(cwd);
  const asked = await question(first.api);
  await first.end('SIGTERM');

  const { api } = await startServe({ cwd });
  expect(await question(api)).toBe(asked);
  expect((await holdfast(['promises', 'answer', asked, 'yes'], { cwd })).code).toBe(0);

  expect(await ended(api, 'deploy')).toMatchObject(result);
  expect(await facts(api)).toEqual(went);
});

test('PR-28 PR-29 a cell is durable where it is told to be; with auto, where it awaits or blocks', { timeout: 120_000 }, async () => {
  const { api } = await startServe({ cwd: temporaryFolder() });
  await api.createSession('work');
  const cells = [
    ['plain', '1 + 1', undefined],
    ['auto-plain', '1 + 1', 'auto'],
    ['auto-await', 'await Promise.resolve(2)', 'auto'],
    ['never', 'await Promise.resolve(2)', 'never'],
    ['always', '1 + 1', 'always'],
  ] as const;
  for (const [executionId, code, durable] of cells) expect(await api.execute('work', code, { executionId, ...(durable && { durable }) })).toMatchObject({ body: { value: 2 } });

  const { events } = (await api.request('GET', '/sessions/work/events?limit=1000')).body;
  const durable = events.filter(({ type, data }: { type: string; data: { durable?: object } }) => type === 'EXECUTION_STARTED' && data.durable).map(({ data }: { data: { executionId: string } }) => data.executionId);
  expect(durable).toEqual(['auto-await', 'always']);
  expect(await api.execute('work', '1', { durable: 'sometimes' })).toMatchObject({ status: 400 });
});
