import { openPromises, type Promises, type PromisesEvent, type RemotePromisesOptions } from '@holdfast/promises/durable';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { freshSchema, postgres } from './postgres.ts';

const open = async (schema: string, options: Partial<RemotePromisesOptions> = {}): Promise<Promises> =>
  openPromises({ mode: 'remote', url: postgres.url, schema, leaseMs: 300, ...options });

async function administer(statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(statement);
  await client.end();
  return rows;
}

describe.skipIf(postgres.isMissing)(`promises in PostgreSQL${postgres.note}`, () => {
  test('what one process has no room for is taken by another', async () => {
    const schema = freshSchema();
    await using one = await open(schema, { concurrency: 1 });
    await using two = await open(schema, { concurrency: 1 });
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const ran: string[] = [];
    const define = (promises: Promises, name: string) =>
      promises.define('hold', async (context, gate: number) =>
        context.step('hold', async () => {
          ran.push(`${gate} by ${name}`);
          await gates[gate]?.promise;
        }),
      );
    const hold = define(one, 'one');
    define(two, 'two');

    const runs = [await one.start(hold, 'a', 0), await one.start(hold, 'b', 1)];
    await expect.poll(() => ran.length).toBe(2);
    for (const gate of gates) gate.resolve();
    await Promise.all(runs.map(async (run) => run.result()));

    expect(ran.toSorted()).toEqual(['0 by one', '1 by two']);
  });

  test('a process takes only what it can run, whoever woke it', async () => {
    const schema = freshSchema();
    await using worker = await open(schema);
    await using other = await open(schema);
    await using stranger = await open(schema, { group: 'strangers' });
    const asks = worker.define('asks', async (context) => [await context.external({ kind: 'input' }), await context.external({ kind: 'input' })]);
    const run = await worker.start(asks, 'a', undefined);

    await expect.poll(async () => other.external.resolve('a:0', 'other')).toBe(true);
    await expect.poll(async () => stranger.external.resolve('a:1', 'stranger')).toBe(true);

    expect(await run.result()).toEqual(['other', 'stranger']);
    expect(await stranger.result('a')).toEqual(['other', 'stranger']);
  });

  test('whoever waits in another process is told, and a step there is stopped when its run is cancelled', async () => {
    const schema = freshSchema();
    await using worker = await open(schema);
    await using other = await open(schema);
    const [begun, aborted] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()];
    const long = worker.define('long', async (context) =>
      context.step('long', async ({ signal }) => {
        begun.resolve();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        aborted.resolve(signal.reason);
      }),
    );
    await worker.start(long, 'long', undefined);
    await begun.promise;
    const result = other.result('long').catch((error: unknown) => error);

    expect(await other.cancel('long', 'not needed')).toBe(true);

    expect(await result).toMatchObject({ code: 'HOLDFAST_PROMISES_CANCELLED' });
    expect(await aborted.promise).toMatchObject({ code: 'HOLDFAST_PROMISES_CANCELLED' });
  });

  test('what a process that closes had is taken by another at once', async () => {
    const schema = freshSchema();
    const ran: string[] = [];
    const define = (promises: Promises, name: string) =>
      promises.define('relay', async (context) => {
        await context.step('first', () => ran.push(`first by ${name}`));
        await context.step('second', async ({ signal }) => {
          ran.push(`second by ${name}`);
          if (name === 'one') await new Promise((resolve) => signal.addEventListener('abort', resolve));
        });
      });
    const one = await open(schema, { leaseMs: 60_000 });
    await using two = await open(schema, { leaseMs: 60_000 });
    define(two, 'two');
    await one.start(define(one, 'one'), 'relay', undefined);
    await expect.poll(() => ran.length).toBe(2);

    await one.close();
    await two.result('relay');

    expect(ran).toEqual(['first by one', 'second by one', 'second by two']);
  });

  test('a run goes on when the server is started anew, and asks in between are refused as such', async () => {
    const schema = freshSchema();
    const events: PromisesEvent[] = [];
    await using promises = await open(schema, { onEvent: (event) => events.push(event) });
    const asks = promises.define('asks', async (context) => context.external({ kind: 'input' }));
    const run = await promises.start(asks, 'a', undefined);
    await expect.poll(async () => (await promises.external.pending()).length).toBe(1);

    const restarted = postgres.server.restart();
    await expect.poll(async () => promises.external.pending().catch((error: unknown) => error)).toMatchObject({ code: 'HOLDFAST_PROMISES_UNAVAILABLE', retriable: true });
    await restarted;
    await expect.poll(async () => promises.external.resolve('a:0', 'yes').catch(() => false), { timeout: 10_000 }).toBe(true);

    expect(await run.result()).toBe('yes');
  });

  test('a process that stands still in a transaction holds up its tree, and no other', async () => {
    const schema = freshSchema();
    await using promises = await open(schema);
    const one = promises.define('one', async (context, input: number) => context.step('one', () => input));
    await (await promises.start(one, 'a', 1)).result();
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    const { lockKey } = await import('../src/postgres/statements.ts');
    await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${lockKey(schema, 'b')})`);

    await using other = await open(schema);
    const blocked = other.start(other.define('one', async (context, input: number) => context.step('one', () => input)), 'b', 2);
    expect(await (await promises.start(one, 'c', 3)).result()).toBe(3);
    await client.query('ROLLBACK');

    expect(await (await blocked).result()).toBe(2);
    await client.end();
  });

  test('finished trees are forgotten as a whole, and those with something pending are kept', async () => {
    const schema = freshSchema();
    const first = await open(schema);
    const ends = first.define('ends', async (context) => context.step('end', () => 1));
    const waits = first.define('waits', async (context) => context.external({ kind: 'input' }));
    await (await first.start(ends, 'done', undefined)).result();
    const waiting = await first.start(waits, 'open', undefined);
    await expect.poll(async () => (await first.external.pending()).length).toBe(1);
    await first.close();

    await using second = await open(schema, { keepFinishedMs: 0 });
    await expect.poll(async () => second.attach('done').catch((error: unknown) => error)).toMatchObject({ code: 'HOLDFAST_PROMISES_NOT_FOUND' });

    expect(await (await second.attach('open')).state()).toBe('pending');
    expect(waiting.id).toBe('open');
    expect(await administer(`SELECT (SELECT count(*)::int FROM ${schema}.promise) AS promises, (SELECT count(*)::int FROM ${schema}.task) AS tasks`)).toEqual([{ promises: 2, tasks: 2 }]);
  });

  test('a promise is found by its kind, whatever is in it, page after page', async () => {
    await using promises = await open(freshSchema());
    const kinds = ['a"b', 'a\\b', '{"a":1}', 'ü', "it's"];
    await Promise.all(kinds.map(async (kind) => promises.external.create({ id: kind, kind, data: { kind } })));
    await Promise.all(Array.from({ length: 250 }, async (_, index) => promises.external.create({ id: `many-${index}`, kind: 'many', data: 'x'.repeat(index * 100) })));

    const found = await Promise.all(kinds.map(async (kind) => promises.external.pending({ kind })));

    expect(found.map((each) => each.map(({ data }) => data))).toEqual(kinds.map((kind) => [{ kind }]));
    expect(await promises.external.pending({ kind: 'many' })).toHaveLength(250);
  });

  test('a large value, and a text with a zero in it, come back whole', async () => {
    await using promises = await open(freshSchema(), { leaseMs: 60_000 });
    const large = promises.define('large', async (context, text: string) => context.step('large', () => text));
    const text = '\u0000ü'.repeat(1_000_000);

    expect(await (await promises.start(large, 'a', text)).result()).toBe(text);
  });

  test('a request that cannot be answered does not take those of its batch with it', async () => {
    await using promises = await open(freshSchema());

    const settled = await Promise.allSettled([
      promises.external.create({ id: 'a', kind: 'k', data: 1 }),
      promises.external.create({ id: 'b', kind: 'k', data: 1, timeoutMs: Number.NaN }),
      promises.external.create({ id: 'c', kind: 'k', data: 1 }),
    ]);

    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  test.each([
    ['that is not there', () => `${postgres.url}-gone`, 'HOLDFAST_PROMISES_UNAVAILABLE'],
    ['without that database', () => postgres.url.replace('/postgres?', '/nothing?'), 'HOLDFAST_PROMISES_STORE_FAILED'],
    ['that refuses the user', () => postgres.url.replace('holdfast@', 'nobody@'), 'HOLDFAST_PROMISES_UNAUTHORIZED'],
  ])('a server %s is said to be that', async (_, url, code) => {
    await expect(openPromises({ mode: 'remote', url: url() })).rejects.toMatchObject({ code });
  });

  test('a schema of somebody else, or of a newer version, is refused and not changed', async () => {
    await administer(`CREATE SCHEMA foreign_one; CREATE TABLE foreign_one.promise (id text)`);
    await using _ = await open('newer');
    await administer(`UPDATE newer.layout SET schema_version = 99`);

    await expect(open('foreign_one')).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_FOREIGN' });
    await expect(open('newer')).rejects.toMatchObject({ code: 'HOLDFAST_PROMISES_STORE_NEWER', data: { version: 99 } });
    expect(await administer(`SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'foreign_one'`)).toEqual([{ tables: 1 }]);
  });

  test('two processes that open a new schema at once both get it', async () => {
    const schema = freshSchema();
    const all = await Promise.all(Array.from({ length: 4 }, async () => open(schema)));

    expect(await all[0]?.external.create({ id: 'a', kind: 'k', data: null })).toMatchObject({ state: 'pending' });
    expect(await all[3]?.external.pending()).toHaveLength(1);
    await Promise.all(all.map(async (promises) => promises.close()));
  });
});

test.each([
  [{ schema: 'Upper' }, /name of a schema/u],
  [{ schema: 'a; DROP TABLE b' }, /name of a schema/u],
  [{ concurrency: 0 }, /runs at once/u],
])('%o is refused before anything is asked', async (options, message) => {
  await expect(openPromises({ mode: 'remote', url: 'postgres://127.0.0.1:1/none', ...options })).rejects.toThrow(message);
});
