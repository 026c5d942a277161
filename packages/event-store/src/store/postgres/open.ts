import { eventStoreError } from '../../errors.ts';
import type { EventStore, EventStoreOptions } from '../event-store.ts';
import { catchUpInline } from '../inline-catch-up.ts';
import { count } from '../query.ts';
import type { WriterMode } from './claim.ts';
import { serverAt, type Server } from './connect.ts';
import { fromPostgres } from './failure.ts';
import { PostgresEventStore } from './postgres-event-store.ts';
import { ensureTables } from './setup.ts';
import { Writer } from './writer.ts';

export interface PostgresEventStoreOptions extends EventStoreOptions {
  /** Where the database is: `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** The schema that holds the tables; made where it is missing. One schema is one store. @default 'holdfast' */
  readonly schema?: string;
  /**
   * `single-writer`: this process alone appends, for as long as it has the store open, and fast. `multi-writer`: any
   * number of processes append, one batch after the other, and slower.
   *
   * @default 'single-writer'
   */
  readonly mode?: WriterMode;
  /** How many connections read at once. @default 4 */
  readonly maxReaders?: number;
  /** For how long an append or a read waits for a server that went away, in milliseconds. @default 10000 */
  readonly reconnectMs?: number;
}

/**
 * Opens, or makes, the event store in a schema of a PostgreSQL database, version 14 or newer.
 *
 * When a connection breaks, the store opens another and finds out whether the commit that was under way was done; so an
 * append settles as if nothing had happened, unless the server stays away for longer than `reconnectMs`.
 *
 * @throws HOLDFAST_EVENT_STORE_LOCKED while another single writer has it open
 * @throws HOLDFAST_EVENT_STORE_UNREACHABLE
 * @throws HOLDFAST_EVENT_STORE_CANNOT_OPEN
 * @throws HOLDFAST_EVENT_STORE_READ_ONLY
 * @throws HOLDFAST_EVENT_STORE_NEWER_DATABASE
 */
export async function openPostgresEventStore(options: PostgresEventStoreOptions): Promise<EventStore> {
  const { schema, maxReaders, ...resolved } = resolve(options);
  const server = await serverAt(options.url, schema, maxReaders);
  const writer = new Writer(server, resolved.mode, resolved.reconnectMs, resolved);
  try {
    await setUp(server, schema);
    const store = new PostgresEventStore(server, writer, await writer.open(), resolved);
    await catchUpInline(store, options.inline ?? []);
    return store;
  } catch (cause) {
    await writer.close();
    await server.close();
    throw fromPostgres(cause, server.name);
  }
}

async function setUp(server: Server, schema: string): Promise<void> {
  const connection = await server.connect();
  try {
    await ensureTables(connection, schema, server.name);
  } finally {
    await connection.end();
  }
}

/** Lower case, so that it means the same with and without quotes. */
const schemaName = /^[a-z_][a-z0-9_]{0,39}$/u;

function resolve({ schema = 'holdfast', mode = 'single-writer', maxReaders = 4, reconnectMs = 10_000, ...options }: PostgresEventStoreOptions) {
  if (!schemaName.test(schema)) {
    throw eventStoreError('HOLDFAST_EVENT_STORE_INVALID_ARGUMENT', `Cannot use ${JSON.stringify(schema)} as the name of a schema`, {
      hint: 'Use 1 to 40 lower case letters, digits and underscores',
    });
  }
  return { ...options, schema, mode, maxReaders: Math.max(1, count('maxReaders', maxReaders)), reconnectMs: count('reconnectMs', reconnectMs) };
}
