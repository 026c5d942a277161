import { createHash } from 'node:crypto';
import {
  AwaitableDurablePromise,
  createDurableExecute,
  createMemoryCellCheckpoints,
  defineDurableExecute,
  MigrationAdapter,
  openPromises,
  type CellCheckpoints,
  type CellExecutor,
  type CellRequest,
  type CellResult,
  type Dependency,
  type ExecuteFn,
  type Promises,
} from '@holdfast/promises/durable';
import type { CheckpointData, ExecutionMode, JsonValue } from '@holdfast/protocol';
import { expect, test } from 'vitest';
import { freshPath } from './folder.ts';

const never = new AbortController().signal;

/** An executor in this process: each session has a record of variables that its cells change. */
class SmallExecutor implements CellExecutor {
  readonly sessions = new Map<string, Record<string, JsonValue>>();
  readonly executed: string[] = [];
  readonly begun = Promise.withResolvers<void>();

  readonly execute: ExecuteFn = async ({ sessionId, executionId, code }, { signal }) => {
    this.executed.push(executionId);
    this.begun.resolve();
    // oxlint-disable-next-line typescript/no-implied-eval -- the smallest thing that runs code
    const run = new Function('names', 'signal', `return (async () => { ${code} })()`);
    const value: JsonValue = await run(this.names(sessionId), signal);
    return { status: 'ok', value: value ?? null, repr: value === undefined ? '' : JSON.stringify(value), executionTimeMs: 0 };
  };

  async checkpoint(sessionId: string): Promise<CheckpointData> {
    const namespace = new TextEncoder().encode(JSON.stringify(this.names(sessionId)));
    const digest = createHash('sha256').update(namespace).digest('hex');
    return { checkpointId: digest, executionId: '', format: 1, namespace, digest, size: namespace.length, createdAt: 0 };
  }

  async restore(sessionId: string, { namespace }: CheckpointData): Promise<void> {
    if (!this.sessions.has(sessionId)) this.sessions.set(sessionId, JSON.parse(new TextDecoder().decode(namespace)));
  }

  names(sessionId: string): Record<string, JsonValue> {
    const names = this.sessions.get(sessionId) ?? {};
    this.sessions.set(sessionId, names);
    return names;
  }
}

interface Process {
  readonly promises: Promises;
  readonly executor: SmallExecutor;
  readonly execute: ExecuteFn;
}

/** What a process has: the file and the checkpoints outlive it, the executor does not. */
async function begin(path: string, checkpoints: CellCheckpoints, whenInterrupted: 'fail' | 'run-again' = 'fail'): Promise<Process> {
  const promises = await openPromises({ mode: 'local', path, durability: 'process', closeGraceMs: 10 });
  const executor = new SmallExecutor();
  const dependency: Dependency<CellExecutor> = { name: 'executor', lifetime: 'run', create: () => executor };
  return { promises, executor, execute: createDurableExecute(promises, defineDurableExecute(promises, { executor: dependency, checkpoints, whenInterrupted })) };
}

const cell = (executionId: string, code: string): CellRequest => ({ sessionId: 's1', executionId, code });

test('PR-20 PR-22 PR-23 PR-24 a cell that only assigns, and one that awaits, have a result', async () => {
  const { promises, execute } = await begin(await freshPath(), createMemoryCellCheckpoints());

  expect(await execute(cell('e1', 'names.x = 1'), { signal: never })).toEqual({ status: 'ok', value: null, repr: '', executionTimeMs: 0 });
  const { value } = await execute(cell('e2', 'names.y = await Promise.resolve(names.x + 1); return names.y'), { signal: never });

  expect(value).toBe(2);
  await promises.close();
});

test('PR-22 a request without code is refused', async () => {
  const { promises, execute } = await begin(await freshPath(), createMemoryCellCheckpoints());

  await expect(execute({ sessionId: 's1', executionId: 'e1' } as CellRequest, { signal: never })).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_INVALID_INPUT' });
  await promises.close();
});

test('PR-37 executing twice under one id executes once', async () => {
  const { promises, executor, execute } = await begin(await freshPath(), createMemoryCellCheckpoints());
  const request = cell('e1', 'return (names.n = (names.n ?? 0) + 1)');

  expect([await execute(request, { signal: never }), await execute(request, { signal: never })]).toMatchObject([{ value: 1 }, { value: 1 }]);
  expect(executor.executed).toEqual(['e1']);
  await promises.close();
});

test('PR-34 after a crash the namespace is back, and only what never finished runs again', async () => {
  const [path, checkpoints] = [await freshPath(), createMemoryCellCheckpoints()];
  const first = await begin(path, checkpoints, 'run-again');
  await first.execute(cell('e1', 'names.x = 1'), { signal: never });
  const lost = first.execute(cell('e2', 'names.x += 1; if (names.x === 2 && !globalThis.again) await new Promise((resolve) => signal.addEventListener("abort", resolve)); return names.x'), {
    signal: never,
  });
  await expect.poll(() => first.executor.executed).toEqual(['e1', 'e2']);
  await first.promises.close();
  await expect(lost).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CLOSED' });

  Reflect.set(globalThis, 'again', true);
  const second = await begin(path, checkpoints, 'run-again');

  expect(await second.promises.result<CellResult>('e2')).toMatchObject({ value: 2 });
  expect(await second.promises.result<CellResult>('e1')).toMatchObject({ status: 'ok' });
  expect(second.executor.executed).toEqual(['e2']);
  expect(second.executor.names('s1')).toEqual({ x: 2 });
  Reflect.deleteProperty(globalThis, 'again');
  await second.promises.close();
});

test('a cell that was running when its process ended is reported, not repeated', async () => {
  const [path, checkpoints] = [await freshPath(), createMemoryCellCheckpoints()];
  const first = await begin(path, checkpoints);
  const lost = first.execute(cell('e1', 'await new Promise((resolve) => signal.addEventListener("abort", resolve))'), { signal: never });
  await first.executor.begun.promise;
  await first.promises.close();
  await expect(lost).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CLOSED' });

  const second = await begin(path, checkpoints);

  await expect(second.promises.result('e1')).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_INTERRUPTED' });
  expect(second.executor.executed).toEqual([]);
  await second.promises.close();
});

test('a cell whose result was kept when its process ended has it', async () => {
  const [path, kept] = [await freshPath(), createMemoryCellCheckpoints()];
  const saved = Promise.withResolvers<void>();
  const stuck: CellCheckpoints = {
    latest: async (sessionId) => kept.latest(sessionId),
    save: async (sessionId, checkpoint) => {
      await kept.save(sessionId, checkpoint);
      if (!checkpoint.result) return;
      saved.resolve();
      await new Promise<void>(() => undefined);
    },
  };
  const first = await begin(path, stuck);
  const lost = first.execute(cell('e1', 'return 7'), { signal: never });
  lost.catch(() => undefined);
  await saved.promise;
  await first.promises.close();

  const second = await begin(path, kept);

  expect(await second.promises.result<CellResult>('e1')).toMatchObject({ value: 7 });
  expect(second.executor.executed).toEqual([]);
  await second.promises.close();
});

test('aborting cancels the cell', async () => {
  const { promises, executor, execute } = await begin(await freshPath(), createMemoryCellCheckpoints());
  const stop = new AbortController();
  const running = execute(cell('e1', 'await new Promise((resolve) => signal.addEventListener("abort", resolve))'), { signal: stop.signal });
  await executor.begun.promise;

  stop.abort();

  await expect(running).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CANCELLED' });
  await promises.close();
});

const went =
  (value: string): ExecuteFn =>
  async () => ({ status: 'ok', value, repr: value, executionTimeMs: 0 });

test.each([
  ['simple_sync', 'direct'],
  ['async_def', 'direct'],
  ['unknown', 'direct'],
  ['top_level_await', 'durable'],
  ['blocking_sync', 'durable'],
] as const)('PR-28 PR-29 a cell of mode "%s" goes the %s way', async (mode: ExecutionMode, way) => {
  const ports = { direct: went('direct'), durable: went('durable'), modeOf: () => mode };
  const run = async (use: 'auto' | 'always' | 'never') => (await new MigrationAdapter({ ...ports, use }).execute(cell('e1', ''), { signal: never })).value;

  expect([await run('auto'), await run('always'), await run('never')]).toEqual([way, 'durable', 'direct']);
  const other = new MigrationAdapter({ ...ports, durableModes: [mode] });
  expect(other.shouldUseDurable(mode)).toBe(true);
});

test('PR-26 PR-27 a run is awaited like a promise, several times, before and after it settled, and when it fails', async () => {
  await using promises = await openPromises({ mode: 'memory' });
  const asks = promises.define('asks', async (context) => context.external({ kind: 'input' }));
  const run = new AwaitableDurablePromise(await promises.start(asks, 'a', undefined));
  const early = [run.then((value) => value), (async () => run)()];
  await expect.poll(async () => promises.external.resolve('a:0', 5)).toBe(true);
  const failed = new AwaitableDurablePromise(await promises.start(asks, 'b', undefined));
  await promises.cancel('b', 'not needed');

  expect([...(await Promise.all(early)), await run, await run]).toEqual([5, 5, 5, 5]);
  await expect(failed).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_CANCELLED' });
});
