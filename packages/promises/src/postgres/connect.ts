/** The only file that knows the driver, which is loaded when PostgreSQL is used and not before. */
import type * as pg from 'pg';
import { promisesError } from '../errors.ts';

/** What the driver gives: numbers for integers, text for everything else. */
export type Row = Readonly<Record<string, unknown>>;

/** One connection, whose end is noticed. */
export interface Connection {
  /** Aborted once it has ended, by whatever cause. */
  readonly ended: AbortSignal;
  /** With a name, the server parses the statement once for a connection. */
  query(statement: string, values?: readonly unknown[], name?: string): Promise<readonly Row[]>;
  onNotification(listener: (payload: string) => void): void;
  end(): Promise<void>;
}

export interface Database {
  /** For messages: where it is, without a password. */
  readonly name: string;
  readonly schema: string;
  connect(): Promise<Connection>;
}

/** Instants and positions are exact up to 2^53. */
const int8 = 20;

type Driver = typeof pg;

/** @throws HOLDFAST_PROMISES_STORE_FAILED when the driver is not installed */
export async function databaseAt(url: string, schema: string): Promise<Database> {
  const driver = await loadDriver();
  const config = configure(driver, url, schema);
  return { name: databaseName(url, schema), schema, connect: async () => connect(driver, config) };
}

async function loadDriver(): Promise<Driver> {
  try {
    return await import('pg');
  } catch (cause) {
    throw promisesError('HOLDFAST_PROMISES_STORE_FAILED', 'Cannot use PostgreSQL: its driver is not installed', { cause, hint: 'Run npm install pg' });
  }
}

async function connect(driver: Driver, config: pg.ClientConfig): Promise<Connection> {
  const client = new driver.Client(config);
  const ending = new AbortController();
  client.on('end', () => ending.abort());
  client.on('error', () => ending.abort());
  await client.connect();
  return {
    ended: ending.signal,
    query: async (statement, values = [], name) => {
      const text = { text: statement, ...(values.length > 0 && { values: [...values] }), ...(name !== undefined && { name }) };
      try {
        return (await client.query<Row>(text)).rows;
      } catch (cause) {
        throw ending.signal.aborted ? new Error('Connection terminated', { cause }) : cause;
      }
    },
    onNotification: (listener) => client.on('notification', ({ payload }) => listener(payload ?? '')),
    end: async () => client.end(),
  };
}

function configure({ types }: Driver, url: string, schema: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'holdfast-promises',
    // What was answered is flushed, whatever the server's default is. A process that stands still lets go of its locks.
    options: `-c search_path=${schema} -c synchronous_commit=on -c jit=off -c lock_timeout=10000 -c idle_in_transaction_session_timeout=10000`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types: { getTypeParser: (id: number) => (id === int8 ? Number : types.getTypeParser(id)) },
  };
}

/** Without a password. */
export function databaseName(url: string, schema: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const place = parsed ? `${parsed.searchParams.get('host') ?? parsed.host}${parsed.pathname}` : 'postgres';
  return `${place} ${schema}`;
}
