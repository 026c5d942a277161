import { openPostgresEventStore } from '@holdfast/event-store/postgres';
import { Client } from 'pg';
import { findPostgres, installPostgres, startPostgres } from '../test/postgres-server.ts';
import { measureAppenders } from './appenders.ts';
import { data, type } from './payload.ts';
import { Missing, type Report } from './report.ts';

const appenders = 64;

/** The adapter beside what a program does without one: a row for each insert, over 64 connections. */
export async function measurePostgres(report: Report, scale: number): Promise<void> {
  if (findPostgres() === undefined) throw new Missing(`PostgreSQL is not installed: ${installPostgres}`);
  const server = await startPostgres(['shared_buffers=256MB']);
  try {
    const raw = await rawInserts(server.url, 20_000 * scale);
    for (const mode of ['single-writer', 'multi-writer'] as const) {
      const store = await openPostgresEventStore({ url: server.url, schema: mode.replace('-', '_'), mode });
      const ours = await measureAppenders(appenders, 20_000 * scale, async (appender) => store.append(`task-${appender}`, [{ type, data }]));
      report({
        name: `postgres, ${mode}, ${appenders} appenders`,
        value: ours.perSecond,
        unit: 'events/s',
        beside: { name: `raw inserts of one row, ${appenders} connections`, value: raw },
        ...(mode === 'single-writer' && { goal: { ratio: 1.2 } }),
      });
      await store.close();
    }
  } finally {
    await server.stop();
  }
}

async function rawInserts(url: string, rows: number): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: appenders }, async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      return client;
    }),
  );
  await clients[0]?.query('CREATE TABLE log (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text NOT NULL, type text NOT NULL, data json NOT NULL)');
  const insert = { name: 'insert', text: 'INSERT INTO log (stream, type, data) VALUES ($1, $2, $3)' };
  const json = JSON.stringify(data);
  const { perSecond } = await measureAppenders(appenders, rows, async (appender) => clients[appender]?.query({ ...insert, values: [`task-${appender}`, type, json] }));
  await Promise.all(clients.map(async (client) => client.end()));
  return perSecond;
}
