import { SessionManager, type StartWorker, type WorkerOptions } from '@holdfast/executor/session';
import { scriptWorkers, type WorkerScript } from '@holdfast/executor/testing';
import { expect, test } from 'vitest';
import { childrenOf } from './running-processes.ts';

const obliging: WorkerScript = async (message, worker) => {
  if (message.type === 'execution') await worker.send('result', { executionId: message.executionId, value: worker.pid, repr: '', executionTimeMs: 1 });
};

async function openPool(warmWorkers: number, defaults: WorkerOptions = {}) {
  const { start, workers } = scriptWorkers(obliging);
  const manager = new SessionManager({ warmWorkers, defaults }, { startWorker: start });
  await manager.warmedUp();
  return { manager, workers };
}

test('SES-31 a session takes a worker that is ready, never one that another had, and the pool starts the next', async () => {
  const { manager, workers } = await openPool(2);
  expect(manager.warmWorkers).toBe(2);

  const first = await manager.create().execute('1');
  await manager.warmedUp();
  const second = await manager.create().execute('1');
  await manager.warmedUp();

  expect([first.value, second.value]).toEqual([1, 2]);
  expect(workers).toHaveLength(4);
  expect(manager.warmWorkers).toBe(2);
});

test('a session with other options for its worker does not take one', async () => {
  const { manager, workers } = await openPool(1, { environment: { A: '1', B: '2' } });

  const other = await manager.create({ environment: { A: '1' } }).execute('1');
  const same = await manager.create({ environment: { B: '2', A: '1' }, startTimeoutMs: 5 }).execute('1');

  expect(workers[other.value as number - 1]!.options.environment).toEqual({ A: '1' });
  expect(same.value).toBe(1);
});

test('a worker that dies while it waits is replaced, not handed out', async () => {
  const { manager, workers } = await openPool(1);

  await workers[0]!.exit({ signal: 'SIGKILL' });
  await expect.poll(() => workers.length).toBe(2);
  await manager.warmedUp();

  expect(await manager.create().execute('1')).toMatchObject({ value: 2 });
});

test('a pool that cannot start workers leaves it to the session to say why', async () => {
  await using manager = new SessionManager({ warmWorkers: 1, defaults: { environment: { NODE_OPTIONS: '--no-such-flag' } } });
  await manager.warmedUp();
  expect(manager.warmWorkers).toBe(0);

  await expect(manager.create().start()).rejects.toMatchObject({ code: 'HOLDFAST_EXECUTOR_WORKER_START_FAILED' });
});

test('SES-28 closing the manager ends the workers that wait, and starts no more', async () => {
  const { manager, workers } = await openPool(2);
  const session = manager.create();
  await session.start();
  await manager.warmedUp();

  await manager.close();

  await manager.warmedUp();
  expect(workers.map(({ signals }) => signals)).toEqual([['SIGKILL'], ['SIGKILL'], ['SIGKILL']]);
  expect(manager.warmWorkers).toBe(0);
});

test('SES-28 closing the manager ends a worker that is not ready yet, and waits for no other end of it', async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const startWorker: StartWorker = async (_options, unwanted) =>
    new Promise((_settle, reject) => {
      unwanted!.addEventListener('abort', () => reject(new Error('ended before it was ready')));
      asked.resolve(unwanted!);
    });
  const manager = new SessionManager({ warmWorkers: 1 }, { startWorker });
  const unwanted = await asked.promise;

  await manager.close();

  expect(unwanted.aborted).toBe(true);
  expect(manager.warmWorkers).toBe(0);
});

test.runIf(process.platform === 'linux')('SES-28 a real worker that is not ready yet is gone when the manager is closed', async () => {
  const pids: number[] = [];
  const manager = new SessionManager({ warmWorkers: 2 });
  while (pids.length < 2) {
    await new Promise((settle) => setImmediate(settle));
    pids.splice(0, pids.length, ...childrenOf(process.pid));
  }

  await manager.close();

  expect(childrenOf(process.pid)).toEqual([]);
});

test('a session over a real worker of the pool hears its output and its end', async () => {
  await using manager = new SessionManager({ warmWorkers: 1 });
  await manager.warmedUp();

  const session = manager.create();
  await session.start();

  expect(await session.execute("console.log('heard'); 2")).toMatchObject({ value: 2, stdout: 'heard\n' });
});

test('a worker that waits in a folder of its own serves the session of that folder, also while it starts, and no other', async () => {
  let folders = 0;
  const { start, workers } = scriptWorkers(obliging);
  await using manager = new SessionManager({ warmWorkers: 2, warmWorkerOptions: () => ({ writableDirectory: `folder-${++folders}` }) }, { startWorker: start });

  const early = await manager.create({ writableDirectory: 'folder-2' }).execute('1');
  await manager.warmedUp();
  const stranger = await manager.create({ writableDirectory: 'elsewhere' }).execute('1');
  const late = await manager.create({ writableDirectory: 'folder-1' }).execute('1');
  await manager.warmedUp();

  const folderOf = (result: { readonly value: unknown }): unknown => workers[Number(result.value) - 1]!.options.writableDirectory;
  expect([early, stranger, late].map(folderOf)).toEqual(['folder-2', 'elsewhere', 'folder-1']);
  expect(new Set(workers.map(({ options }) => options.writableDirectory))).toEqual(new Set(['elsewhere', 'folder-1', 'folder-2', 'folder-3', 'folder-4']));
  expect(workers).toHaveLength(5);
});
