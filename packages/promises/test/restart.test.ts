import { openPromises, type Promises, type PromisesEvent } from '@holdfast/promises/durable';
import { expect, test, vi } from 'vitest';
import { Engine } from '../src/durable/engine.ts';
import { resolveEngineOptions, type EngineOptions } from '../src/durable/open-promises-options.ts';
import type { Backend } from '../src/machine/backend.ts';
import { EmbeddedBackend } from '../src/machine/embedded-backend.ts';
import { freshPath } from './folder.ts';

const open = async (path: string, options: EngineOptions = {}): Promise<Promises> => openPromises({ mode: 'local', path, durability: 'process', ...options });

test('PR-27 PR-34 a run goes on in the next process with what it had done, and asks its question once', async () => {
  const path = await freshPath();
  const done: string[] = [];
  const define = (promises: Promises) =>
    promises.define('deploy', async (context, version: number) => {
      await context.step('build', () => done.push(`build ${version}`));
      const answer = await context.external({ kind: 'approval', data: version });
      await context.step('deploy', () => done.push('deploy'));
      return answer;
    });
  const first = await open(path);
  await first.start(define(first), 'deploy-7', 7);
  await vi.waitUntil(async () => (await first.external.pending()).length === 1);
  await first.close();

  await using second = await open(path);
  define(second);
  const [question] = await second.external.pending({ kind: 'approval' });
  await second.external.resolve(question?.id ?? '', 'yes');

  expect(await second.result('deploy-7')).toBe('yes');
  expect(done).toEqual(['build 7', 'deploy']);
  expect(question).toMatchObject({ id: 'deploy-7:1', data: 7 });
});

test('work at most once that was under way is not repeated', async () => {
  const path = await freshPath();
  const begun = Promise.withResolvers<void>();
  let count = 0;
  const define = (promises: Promises) =>
    promises.define('pay', async (context) => {
      await context.once('charge', async ({ signal }) => {
        count += 1;
        begun.resolve();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      });
    });
  const first = await open(path);
  await first.start(define(first), 'pay-1', undefined);
  await begun.promise;
  await first.close();

  await using second = await open(path);
  define(second);

  await expect(second.result('pay-1')).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_INTERRUPTED' });
  expect(count).toBe(1);
});

test('a function whose code changed is stopped before it does something else', async () => {
  const path = await freshPath();
  const first = await open(path);
  const old = first.define('order', async (context) => {
    await context.step('reserve', () => 1);
    await context.external({ kind: 'input' });
  });
  await first.start(old, 'order-1', undefined);
  await vi.waitUntil(async () => (await first.external.pending()).length === 1);
  await first.close();
  let ran = false;

  await using second = await open(path);
  second.define('order', async (context) => {
    await context.step('charge', () => (ran = true));
  });
  await second.external.resolve('order-1:1', null);

  await expect(second.result('order-1')).rejects.toMatchObject({
    code: 'HOLDFAST_PROMISES_CODE_CHANGED',
    data: { id: 'order-1:0', expected: 'step:reserve', actual: 'step:charge' },
  });
  expect(ran).toBe(false);
});

test('what is unfinished is picked up as soon as its function is defined', async () => {
  const path = await freshPath();
  const first = await open(path);
  const defined = first.define('later', async (context) => context.external({ kind: 'input' }));
  await first.start(defined, 'later-1', undefined);
  await vi.waitUntil(async () => (await first.external.pending()).length === 1);
  await first.external.resolve('later-1:0', 1);
  await first.close();

  await using second = await open(path);
  const result = second.result('later-1');
  await new Promise((resolve) => setImmediate(resolve));
  second.define('later', async (context) => [await context.external({ kind: 'input' })]);

  expect(await result).toEqual([1]);
});

test('PR-31 a variable of the environment does not change the mode', async () => {
  vi.stubEnv('RESONATE_URL', 'http://127.0.0.1:1');
  await using promises = await openPromises({ mode: 'memory' });
  const one = promises.define('one', async () => 1);

  expect(await (await promises.start(one, 'one', undefined)).result()).toBe(1);
  vi.unstubAllEnvs();
});

/** Timers that do not wait. */
function atOnce(callback: () => void): () => void {
  const timer = setTimeout(callback, 0);
  return () => clearTimeout(timer);
}

/** A real backend, of which a test may change what it is asked. */
async function disturbed(disturb: (backend: Backend) => Partial<Backend>, options: EngineOptions = {}): Promise<{ promises: Promises; events: PromisesEvent[] }> {
  const events: PromisesEvent[] = [];
  const resolved = resolveEngineOptions({ ...options, onEvent: (event) => events.push(event) });
  const backend = new EmbeddedBackend({ path: ':memory:', durability: 'process', pid: 'test', ...resolved });
  const plain: Backend = {
    unicast: backend.unicast,
    anycast: backend.anycast,
    send: async (request) => backend.send(request),
    onMessage: (receive) => backend.onMessage(receive),
    onSettled: (receive) => backend.onSettled(receive),
    now: () => backend.now(),
    close: async () => backend.close(),
  };
  return { promises: new Engine({ ...plain, ...disturb(plain) }, 'test', resolved), events };
}

test('a run that fails outside of its own code is given up after a bounded number of passes', async () => {
  let passes = 0;
  const { promises, events } = await disturbed(
    ({ send }) => ({
      send: async (request) => {
        if (request.kind !== 'task.fence') return send(request);
        passes += 1;
        return { kind: request.kind, head: { ...request.head, status: 500 }, data: 'out of order' };
      },
    }),
    { maxAttempts: 4, setTimer: atOnce },
  );
  const poison = promises.define('poison', async (context) => context.step('never', () => 1));

  const run = await promises.start(poison, 'poison', undefined);

  await expect(run.result()).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_POISONED', data: { id: 'poison', attempts: 4 } });
  expect(passes).toBe(4);
  expect(events.map(({ type }) => type)).toEqual(['run-retried', 'run-retried', 'run-retried', 'run-poisoned']);
  await promises.close();
});

test.each([
  ['no message', null],
  ['an unknown kind', { kind: 'reboot', head: {}, data: {} }],
  ['half a message', { kind: 'execute', head: {}, data: {} }],
  ['a promise that is none', { kind: 'unblock', head: {}, data: { promise: { id: 1 } } }],
])('%s from the backend is dropped, and the process goes on', async (_, message) => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const told = Promise.withResolvers<(message: never) => void>();
  const { promises, events } = await disturbed((backend) => ({
    onMessage: (receive, runnable) => {
      told.resolve(receive);
      backend.onMessage(receive, runnable);
    },
  }));
  const one = promises.define('one', async () => 1);

  (await told.promise)(message as never);

  expect(await (await promises.start(one, 'one', undefined)).result()).toBe(1);
  expect(events).toEqual([{ type: 'message-dropped', reason: expect.any(String) }]);
  expect(exit).not.toHaveBeenCalled();
  await promises.close();
});

test('a task of a function with an invalid version is given up and not an assertion that ends the process', async () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  let patched = 0;
  const { promises } = await disturbed(
    ({ send }) => ({
      send: async (request) => {
        const answer = await send(request);
        if (request.kind !== 'task.acquire' || answer.head.status !== 200) return answer;
        patched += 1;
        const data = answer.data as { promise: { param: object } };
        return { ...answer, data: { ...data, promise: { ...data.promise, param: { data: JSON.stringify({ func: 'one', args: ['1'], version: -1 }) } } } };
      },
    }),
    { setTimer: atOnce },
  );
  const one = promises.define('one', async () => 1);
  await promises.start(one, 'one', undefined);

  await vi.waitUntil(() => patched > 2);

  expect(exit).not.toHaveBeenCalled();
  await promises.close();
});
