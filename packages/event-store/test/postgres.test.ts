import type { Event, EventStore } from '@holdfast/event-store';
import { openPostgresEventStore } from '@holdfast/event-store/postgres';
import { Client } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startCuttingProxy } from './cutting-proxy.ts';
import { freshSchema, postgres } from './postgres.ts';

const note = (index: number) => ({ type: 'NOTE_TAKEN', data: { index } });
const refused = (code: string) => expect.objectContaining({ code: `HOLDFAST_EVENT_STORE_${code}` }) as Error;
const modes = ['single-writer', 'multi-writer'] as const;

async function all(store: EventStore): Promise<readonly Event[]> {
  return collect(store.read());
}

async function collect(reading: AsyncIterable<Event>): Promise<readonly Event[]> {
  const events: Event[] = [];
  for await (const event of reading) events.push(event);
  return events;
}

/** Sends SQL as somebody else. */
async function sql(statement: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement, [...values])).rows;
  } finally {
    await client.end();
  }
}

async function open(schema: string, options: Partial<Parameters<typeof openPostgresEventStore>[0]> = {}): Promise<EventStore> {
  const store = await openPostgresEventStore({ url: postgres.url, schema, ...options });
  onTestFinished(async () => store.close());
  return store;
}

/** Appends one event after the other until it is told to stop, and gives what was acknowledged. */
async function appendUntil(store: EventStore, taskId: string, stop: AbortSignal): Promise<readonly Event[]> {
  const acknowledged: Event[] = [];
  for (let index = 0; !stop.aborted; index += 1) acknowledged.push(...(await store.append(taskId, [note(index), note(index)])));
  return acknowledged;
}

function expectWhole(events: readonly Event[], acknowledged: readonly Event[]): void {
  expect(events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
  const kept = new Map(events.map((event) => [event.eventId, event]));
  for (const event of acknowledged) expect(kept.get(event.eventId)).toEqual(event);
}

describe.skipIf(postgres.isMissing)(`event store on postgres${postgres.note}`, () => {
  test('EV-37 opening again gives identical events and goes on with the next number', async () => {
    const schema = freshSchema();
    const first = await open(schema);
    await Promise.all(['a', 'b', 'a', 'c'].map(async (taskId, index) => first.append(taskId, [note(index), note(index)])));
    const before = { events: await all(first), streams: await first.streams(), head: await first.head() };
    await first.close();

    const second = await open(schema);

    expect({ events: await all(second), streams: await second.streams(), head: await second.head() }).toEqual(before);
    expect(await second.append('b', [note(9)], { expectedVersion: 2 })).toMatchObject([{ sequenceNumber: 9, streamVersion: 3 }]);
  });

  test('EV-52 a second single writer is refused while the first lives, and harms nothing', async () => {
    const schema = freshSchema();
    const first = await open(schema);
    await first.append('a', [note(0)]);

    await expect(open(schema)).rejects.toThrow(refused('LOCKED'));

    await first.append('a', [note(1)]);
    await first.close();
    expect(await (await open(schema)).append('a', [note(2)])).toMatchObject([{ sequenceNumber: 3 }]);
  });

  test('EV-52 a writer whose epoch is over moves nothing, says so, and may go on once it has read the log anew', async () => {
    const schema = freshSchema();
    const store = await open(schema);
    await store.append('a', [note(0)]);
    await sql(`UPDATE ${schema}.head SET epoch = epoch + 1`);

    await expect(store.append('a', [note(1)])).rejects.toThrow(refused('FENCED'));

    expect(await store.append('a', [note(2)])).toMatchObject([{ sequenceNumber: 2, streamVersion: 2 }]);
    expectWhole(await all(store), []);
  });

  test('EV-34 EV-35 EV-53 four writers at once leave no gap, and whoever follows sees every event once and in order', async () => {
    const schema = freshSchema();
    const stores = await Promise.all(Array.from({ length: 5 }, async () => open(schema, { mode: 'multi-writer' })));
    const [follower, ...writers] = stores as [EventStore, ...EventStore[]];
    const following = collect(follower.subscribe({ limit: 400 }));

    const appended = await Promise.all(
      writers.flatMap((store, writer) => Array.from({ length: 5 }, async (_, appender) => appendCount(store, `task-${writer % 2}`, 10, appender))),
    );

    const seen = await following;
    expectWhole(seen, appended.flat());
    expect(await all(follower)).toEqual(seen);
    for (const taskId of ['task-0', 'task-1']) {
      const own = seen.filter((event) => event.taskId === taskId).map(({ streamVersion }) => streamVersion);
      expect(own).toEqual(own.map((_, index) => index + 1));
    }
  });

  test('EV-34 of writers in several processes that expect the same version one wins', async () => {
    const schema = freshSchema();
    const stores = await Promise.all(Array.from({ length: 4 }, async () => open(schema, { mode: 'multi-writer' })));

    const outcomes = await Promise.allSettled(stores.map(async (store, index) => store.append('a', [note(index)], { expectedVersion: 0 })));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))).toEqual(Array(3).fill(refused('CONFLICT')));
    expect(await stores[0]?.head()).toBe(1);
  });

  test.each(modes)('EV-38 EV-39 appends go on when the server ends their connections, nothing lost and nothing twice: %s', async (mode) => {
    const schema = freshSchema();
    const store = await open(schema, { mode });
    const stop = new AbortController();
    const appending = Promise.all(['a', 'b', 'c'].map(async (taskId) => appendUntil(store, taskId, stop.signal)));

    for (let kill = 0; kill < 10; kill += 1) {
      const reached = await store.head();
      await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast-event-store'`);
      while ((await store.head()) < reached + 4) await store.append('d', [note(kill)]);
    }
    stop.abort();

    const acknowledged = (await appending).flat();
    expect(acknowledged.length).toBeGreaterThan(0);
    expectWhole(await all(store), acknowledged);
  });

  test.each(modes)('EV-38 appends go on when the server is stopped as by a loss of power and started again: %s', async (mode) => {
    const schema = freshSchema();
    const store = await open(schema, { mode, reconnectMs: 60_000 });
    const stop = new AbortController();
    const appending = Promise.all(['a', 'b', 'c'].map(async (taskId) => appendUntil(store, taskId, stop.signal)));
    await store.append('d', [note(0)]);

    await postgres.server.restart();
    await store.append('d', [note(1)]);
    stop.abort();

    const acknowledged = (await appending).flat();
    expect(acknowledged.length).toBeGreaterThan(0);
    expectWhole(await all(store), acknowledged);
  });

  test.each(modes)('EV-34 EV-39 a commit that was done although its answer was lost is acknowledged and not made again: %s', async (mode) => {
    const schema = freshSchema();
    const proxy = await startCuttingProxy(postgres.url);
    onTestFinished(async () => proxy.close());
    const store = await open(schema, { mode, url: proxy.url });
    await store.append('a', [note(0)]);
    const committed = async () => Number((await sql(`SELECT position FROM ${schema}.head`))[0]?.['position']);

    let appending: Promise<readonly Event[]> | undefined;
    if (mode === 'single-writer') {
      proxy.holdAnswers();
      appending = store.append('a', [note(1), note(2)]);
      while ((await committed()) < 3);
    } else {
      // Here the answers to the steps before the commit are needed, so only the connection is cut, at any step.
      appending = store.append('a', [note(1), note(2)]);
      await committed();
    }
    proxy.cut();

    expect(await appending).toMatchObject([
      { sequenceNumber: 2, data: { index: 1 } },
      { sequenceNumber: 3, data: { index: 2 } },
    ]);
    expect(await store.append('a', [note(3)])).toMatchObject([{ sequenceNumber: 4, streamVersion: 4 }]);
    expectWhole(await all(store), await appending);
    await store.close();
  });

  test('EV-39 a server that stays away is named in the error, and the store goes on when it is back', async () => {
    const schema = freshSchema();
    const proxy = await startCuttingProxy(postgres.url);
    const store = await open(schema, { url: proxy.url, reconnectMs: 50 });
    await store.append('a', [note(0)]);
    await proxy.close();

    await expect(store.append('a', [note(1)])).rejects.toThrow(refused('UNREACHABLE'));
    await expect(all(store)).rejects.toThrow(refused('UNREACHABLE'));
  });

  test('a password is in no message', async () => {
    const url = 'postgres://holdfast:secret-word@127.0.0.1:1/none';

    const failure: unknown = await openPostgresEventStore({ url, reconnectMs: 0 }).catch((error: unknown) => error);

    expect(failure).toEqual(refused('UNREACHABLE'));
    expect(String(failure)).toContain('127.0.0.1:1/none');
    expect(String(failure)).not.toContain('secret-word');
  });

  test('EV-41 a database that is not there, and a user without rights, are refused with a code', async () => {
    await expect(open(freshSchema(), { url: postgres.url.replace('/postgres?', '/nowhere?') })).rejects.toThrow(refused('CANNOT_OPEN'));
    const schema = freshSchema();
    await (await open(schema)).close();
    await sql('CREATE ROLE visitor LOGIN');

    await expect(open(schema, { url: postgres.url.replace('holdfast@', 'visitor@') })).rejects.toThrow(refused('READ_ONLY'));
  });

  test('a schema name that is none, and a schema of a newer version, are refused', async () => {
    await expect(open('a"; DROP TABLE events; --')).rejects.toThrow(refused('INVALID_ARGUMENT'));
    const schema = freshSchema();
    await (await open(schema)).close();
    await sql(`UPDATE ${schema}.head SET schema_version = 99`);

    await expect(open(schema)).rejects.toThrow(refused('NEWER_DATABASE'));
  });

  test('what was appended cannot be changed, not even with SQL', async () => {
    const schema = freshSchema();
    const store = await open(schema);
    await store.append('a', [note(0)]);

    await expect(sql(`UPDATE ${schema}.events SET type = 'OTHER'`)).rejects.toThrow('events are immutable');
  });

  test('appends of one turn share one transaction', async () => {
    const schema = freshSchema();
    const store = await open(schema);
    await store.append('a', [note(0)]);

    await Promise.all(Array.from({ length: 50 }, async (_, index) => store.append(`task-${index % 5}`, [note(index)])));

    const [counted] = await sql(`SELECT count(DISTINCT xmin::text) AS transactions FROM ${schema}.events`);
    expect(counted).toEqual({ transactions: '2' });
  });
});

async function appendCount(store: EventStore, taskId: string, count: number, appender: number): Promise<readonly Event[]> {
  const appended: Event[] = [];
  for (let index = 0; index < count; index += 1) appended.push(...(await store.append(taskId, [note(appender * 100 + index), note(index)])));
  return appended;
}
