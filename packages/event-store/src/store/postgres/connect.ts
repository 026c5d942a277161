/** The only file that knows the driver, which is loaded when a store is opened and not before. */
import type * as pg from 'pg';
import { eventStoreError } from '../../errors.ts';
import { isConnectionLost } from './failure.ts';
import type { Row } from './rows.ts';
import { commitBatch } from './statements.ts';

/** Sends statements, one after the other. */
export interface Connection {
  query(statement: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** A connection of its own, whose end is noticed. */
export interface OwnConnection extends Connection {
  /** Aborted once the connection has ended, by whatever cause. */
  readonly ended: AbortSignal;
  onNotification(listener: (payload: string) => void): void;
  end(): Promise<void>;
}

export interface Server {
  /** For messages: where the server is, without a password. */
  readonly name: string;
  /** The channel on which commits are announced. */
  readonly channel: string;
  connect(): Promise<OwnConnection>;
  /** Shared by all who read. */
  readonly readers: Connection;
  close(): Promise<void>;
}

/** Positions and times are exact up to 2^53; JSON stays the text it is kept as. */
const int8 = 20;
const json = 114;

type Driver = typeof pg;

/** @throws HOLDFAST_EVENT_STORE_CANNOT_OPEN when the driver is not installed */
export async function serverAt(url: string, schema: string, maxReaders: number): Promise<Server> {
  const driver = await loadDriver();
  const config = configure(driver, url, schema);
  const pool = new driver.Pool({ ...config, max: maxReaders, idleTimeoutMillis: 10_000, allowExitOnIdle: true });
  pool.on('error', () => {
    // An idle connection ended; the pool has let it go already, and the next query opens another.
  });
  return {
    name: nameOf(url, schema),
    channel: `holdfast ${schema}`,
    connect: async () => connect(driver, config),
    readers: { query: async (statement, values = []) => (await pool.query<Row>(statement, [...values])).rows },
    close: async () => pool.end(),
  };
}

async function loadDriver(): Promise<Driver> {
  try {
    return await import('pg');
  } catch (cause) {
    throw eventStoreError('HOLDFAST_EVENT_STORE_CANNOT_OPEN', 'Cannot use PostgreSQL: its driver is not installed', { cause, hint: 'Run npm install pg' });
  }
}

async function connect(driver: Driver, config: pg.ClientConfig): Promise<OwnConnection> {
  const client = new driver.Client(config);
  const ending = new AbortController();
  client.on('end', () => ending.abort());
  client.on('error', () => ending.abort());
  await client.connect();
  return {
    ended: ending.signal,
    query: async (statement, values = []) => {
      try {
        return (await client.query<Row>({ text: statement, ...(values.length > 0 && { values: [...values] }), ...named(statement) })).rows;
      } catch (cause) {
        throw ending.signal.aborted && !isConnectionLost(cause) ? new Error('Connection terminated', { cause }) : cause;
      }
    },
    onNotification: (listener) => client.on('notification', ({ payload }) => listener(payload ?? '')),
    end: async () => client.end(),
  };
}

/** The one statement that comes again and again is parsed by the server once. */
function named(statement: string): { readonly name?: string } {
  return statement === commitBatch ? { name: 'commit_batch' } : {};
}

function configure({ types }: Driver, url: string, schema: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'holdfast-event-store',
    // An acknowledged append is flushed, whatever the server's default is.
    options: `-c search_path=${schema} -c synchronous_commit=on`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types: {
      getTypeParser: (id: number) => {
        if (id === int8) return Number;
        return id === json ? String : types.getTypeParser(id);
      },
    },
  };
}

function nameOf(url: string, schema: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const place = parsed ? `${parsed.searchParams.get('host') ?? parsed.host}${parsed.pathname}` : 'postgres';
  return `${place} ${schema}`;
}
