// Real sessions in worker processes, with the durable functions and the capabilities of @holdfast/promises around them.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSession, type Session } from '@holdfast/executor';
import { createMemoryPromiseStore, type PromiseStore } from '@holdfast/promises';
import { approveCapability, Capability, CapabilityRegistry, type CapabilityContext } from '@holdfast/promises/capabilities';
import {
  createDurableExecute,
  createMemoryCellCheckpoints,
  defineDurableExecute,
  openPromises,
  type CellCheckpoints,
  type CellExecutor,
  type CellResult,
  type Dependency,
  type ExecuteFn,
  type Promises,
} from '@holdfast/promises/durable';
import { expect, test } from 'vitest';

const never = new AbortController().signal;

/** A capability that does what its input says. */
class Does extends Capability<string, string> {
  async handle(input: string, { signal }: { readonly signal: AbortSignal }): Promise<string> {
    if (input === 'fail') throw new RangeError('it failed');
    if (input === 'wait') await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return `did ${input}`;
  }
}

const text = {
  parse: (value: unknown): string => {
    if (typeof value === 'string') return value;
    throw new TypeError('expected a text');
  },
};

async function openSession(promises: PromiseStore, grants: readonly string[]): Promise<Session> {
  const registry = new CapabilityRegistry({ promises });
  registry.register(approveCapability());
  registry.register({ name: 'does', description: 'Does it.', permission: 'work', input: text, output: text, create: (context: CapabilityContext) => new Does(context) });
  return createSession({ capabilities: registry.forSession({ grants }), capabilityTimeoutMs: 2000 });
}

test('PR-14 PR-15 PR-17 user code asks a person through its capabilities, and gets the answer', async () => {
  const promises = createMemoryPromiseStore();
  await using session = await openSession(promises, ['human']);

  const cell = session.execute('const { approved } = await capabilities.approve({ text: "Deploy?" }); approved');
  await expect.poll(async () => promises.pending({ kind: 'approve' })).toHaveLength(1);
  const [question] = await promises.pending();
  await promises.resolve(question?.id ?? '', { approved: true });

  expect(await cell).toMatchObject({ status: 'ok', value: true });
  expect(question?.data).toMatchObject({ type: 'capability_request', args: [{ text: 'Deploy?', details: null }] });
});

test('PR-14 PR-16 success, failure, timeout, cancel and what is not granted come back to the worker', async () => {
  const promises = createMemoryPromiseStore();
  await using session = await openSession(promises, ['work']);
  const ask = async (code: string) => session.execute(`await ${code}.catch((error) => error.code)`);

  expect(await ask('capabilities.does("it")')).toMatchObject({ value: 'did it' });
  expect(await ask('capabilities.does("fail")')).toMatchObject({ value: 'HOLDFAST_EXECUTOR_CAPABILITY_FAILED' });
  expect(await ask('capabilities.does(1)')).toMatchObject({ value: 'HOLDFAST_PROMISES_INVALID_INPUT' });
  expect(await ask('capabilities.approve({ text: "?" })')).toMatchObject({ value: 'HOLDFAST_EXECUTOR_CAPABILITY_UNKNOWN' });
  expect(await ask('capabilities.does("wait")')).toMatchObject({ value: 'HOLDFAST_EXECUTOR_CAPABILITY_TIMEOUT' });
  const stop = new AbortController();
  const cancelled = session.execute('await capabilities.does("wait")', { signal: stop.signal, onStart: () => stop.abort() });
  expect(await cancelled).toMatchObject({ status: 'cancelled' });
});

/** Each process has its own worker; the file and the checkpoints outlive it. */
async function begin(path: string, checkpoints: CellCheckpoints): Promise<{ promises: Promises; execute: ExecuteFn; session: Session }> {
  const session = await createSession({ sessionId: 's1' });
  let isNew = true;
  const executor: Dependency<CellExecutor> = {
    name: 'executor',
    lifetime: 'run',
    create: () => ({
      execute: async ({ code, executionId }, { signal }) => session.execute(code, { executionId, signal }),
      checkpoint: async () => (await session.checkpoint()).checkpoint,
      restore: async (_, checkpoint) => {
        if (isNew) await session.restore(checkpoint);
        isNew = false;
      },
    }),
  };
  const promises = await openPromises({ mode: 'local', path, durability: 'process', closeGraceMs: 100 });
  return { promises, session, execute: createDurableExecute(promises, defineDurableExecute(promises, { executor, checkpoints, whenInterrupted: 'run-again' })) };
}

test('PR-23 PR-24 PR-25 PR-34 the executor runs inside a durable function, and a session goes on after a crash', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-durable-session-'));
  // What lets the cell end is outside of it: what is in its namespace is restored.
  const [path, marker] = [join(folder, 'durable.db'), join(folder, 'marker')];
  const checkpoints = createMemoryCellCheckpoints();
  const first = await begin(path, checkpoints);

  expect(await first.execute({ sessionId: 's1', executionId: 'e1', code: 'x = 1' }, { signal: never })).toMatchObject({ status: 'ok', value: 1 });
  const lost = first.execute({ sessionId: 's1', executionId: 'e2', code: `x += 1; if (!(await import("node:fs")).existsSync(${JSON.stringify(marker)})) await new Promise(() => {}); x` }, { signal: never });
  lost.catch(() => undefined);
  await expect.poll(() => first.session.state).toBe('busy');
  await first.promises.close();
  await first.session.close();

  await writeFile(marker, '');
  const second = await begin(path, checkpoints);

  expect(await second.promises.result<CellResult>('e2')).toMatchObject({ value: 2 });
  expect(await second.execute({ sessionId: 's1', executionId: 'e3', code: 'await Promise.resolve(x)' }, { signal: never })).toMatchObject({ value: 2 });
  await second.promises.close();
  await second.session.close();
});
