import { openPromises, type Dependency, type PromisesEvent } from '@holdfast/promises/durable';
import { expect, test, vi } from 'vitest';
import { freshPath } from './folder.ts';

test('PR-30 every run has its own dependencies, singletons are shared, and all are disposed of in order', async () => {
  const log: string[] = [];
  let made = 0;
  const database: Dependency<string> = { name: 'database', lifetime: 'singleton', create: () => 'database', dispose: () => void log.push('close database') };
  const executor: Dependency<{ readonly id: number }> = {
    name: 'executor',
    lifetime: 'run',
    create: async (use) => {
      await use(database);
      made += 1;
      return { id: made };
    },
    dispose: ({ id }) => void log.push(`close executor ${id}`),
  };
  const session: Dependency<string> = { name: 'session', lifetime: 'run', create: async (use) => `session of ${(await use(executor)).id}`, dispose: (it) => void log.push(`close ${it}`) };
  const promises = await openPromises({ mode: 'memory' });
  const uses = promises.define('uses', async (context) => {
    const first = await context.step('first', async ({ use }) => use(session));
    return context.step('second', async ({ use }) => `${first}, ${(await use(executor)).id}, ${await use(database)}`);
  });

  expect(await (await promises.start(uses, 'a', undefined)).result()).toBe('session of 1, 1, database');
  expect(await (await promises.start(uses, 'b', undefined)).result()).toBe('session of 2, 2, database');
  await promises.close();

  expect(log).toEqual(['close session of 1', 'close executor 1', 'close session of 2', 'close executor 2', 'close database']);
});

test('PR-30 a dependency that is made from another one late is disposed of before it', async () => {
  const log: string[] = [];
  const pool: Dependency<string> = { name: 'pool', lifetime: 'run', create: () => 'pool', dispose: () => void log.push('close pool') };
  const repository: Dependency<string> = {
    name: 'repository',
    lifetime: 'run',
    create: async (use) => {
      await Promise.resolve();
      return `repository of ${await use(pool)}`;
    },
    dispose: () => void log.push('close repository'),
  };
  const promises = await openPromises({ mode: 'memory' });
  const uses = promises.define('uses', async (context) => context.step('use', async ({ use }) => use(repository)));

  expect(await (await promises.start(uses, 'uses', undefined)).result()).toBe('repository of pool');
  await promises.close();

  expect(log).toEqual(['close repository', 'close pool']);
});

test.each(['run', 'singleton'] as const)('PR-30 with lifetime "%s" a dependency that is made from itself is refused', async (lifetime) => {
  const chicken: Dependency<string> = { name: 'chicken', lifetime, create: async (use) => use(egg) };
  const egg: Dependency<string> = { name: 'egg', lifetime, create: async (use) => use(chicken) };
  await using promises = await openPromises({ mode: 'memory' });
  const uses = promises.define('uses', async (context) => context.step('use', async ({ use }) => use(chicken)));

  const run = await promises.start(uses, 'uses', undefined);

  await expect(run.result()).rejects.toThrow(new TypeError('Cannot make "egg" from "chicken": "chicken" is made from "egg"'));
});

test('PR-30 a singleton that cannot be disposed of is reported, and all else is closed', async () => {
  const path = await freshPath();
  const events: PromisesEvent[] = [];
  const closed = Promise.withResolvers<void>();
  const pool: Dependency<string> = { name: 'pool', lifetime: 'singleton', create: () => 'pool', dispose: () => closed.resolve() };
  const broken: Dependency<string> = {
    name: 'broken',
    lifetime: 'singleton',
    create: async (use) => use(pool),
    dispose: () => {
      throw new Error('closed already');
    },
  };
  const promises = await openPromises({ mode: 'local', path, onEvent: (event) => events.push(event) });
  const uses = promises.define('uses', async (context) => {
    await context.step('use', async ({ use }) => use(broken));
    return context.external({ kind: 'input' });
  });
  const run = await promises.start(uses, 'uses', undefined);
  const result = run.result().catch((error: unknown) => error);
  await vi.waitUntil(async () => (await promises.external.pending()).length === 1);

  await promises.close();

  await closed.promise;
  expect(await result).toMatchObject({ code: 'HOLDFAST_PROMISES_CLOSED' });
  expect(events).toEqual([{ type: 'dispose-failed', message: expect.stringContaining('closed already') }]);
  await using again = await openPromises({ mode: 'local', path });
  expect(await again.external.pending()).toHaveLength(1);
});
