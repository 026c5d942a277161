/**
 * Who may write, and what the log ends with. Two ways to hold a claim:
 *
 * - `single-writer`: one connection holds a lease, an advisory lock that the server takes back when the connection dies.
 *   Each holder counts the epoch up, and a commit of an earlier epoch moves nothing. So the lease gives speed, for what
 *   is known of the log stays true between commits, and the epoch gives safety, when a holder was paused and goes on.
 * - `multi-writer`: each batch locks the head for its transaction, and learns there where the log ends.
 */
import { eventStoreError } from '../../errors.ts';
import type { Connection, OwnConnection, Server } from './connect.ts';
import { integer, text, toHead, type Head } from './rows.ts';
import { endBackend, lockHead, nextEpoch, selectBackend, tryLease } from './statements.ts';

export type WriterMode = 'single-writer' | 'multi-writer';

export interface Backend {
  readonly pid: number;
  readonly since: string;
}

/** A connection that may write. */
export interface Claim {
  readonly connection: OwnConnection;
  readonly backend: Backend;
  /** Where the log ended when the lease was taken; null where every batch has to ask. */
  readonly leasedAt: Head | null;
}

/**
 * @param left - the backend of an earlier connection of ours, which may not have noticed yet that it is gone
 * @throws HOLDFAST_EVENT_STORE_LOCKED while another holds the lease
 */
export async function claim(server: Server, mode: WriterMode, left: Backend | undefined): Promise<Claim> {
  const connection = await server.connect();
  try {
    const [row = {}] = await connection.query(selectBackend);
    const backend = { pid: integer(row, 'pid'), since: text(row, 'since') };
    if (left) await connection.query(endBackend, [left.pid, left.since]);
    return { connection, backend, leasedAt: mode === 'single-writer' ? await lease(connection, server.name) : null };
  } catch (error) {
    await connection.end();
    throw error;
  }
}

async function lease(connection: Connection, name: string): Promise<Head> {
  const [answer] = await connection.query(tryLease);
  if (answer?.['held'] !== true) {
    throw eventStoreError('HOLDFAST_EVENT_STORE_LOCKED', `Cannot use event store "${name}": another writer has it open`, { data: { store: name } });
  }
  const [row = {}] = await connection.query(nextEpoch);
  return toHead(row);
}

/** Waits for those who write before us. Must be in a transaction. */
export async function lockedHead(connection: Connection): Promise<Head> {
  const [row = {}] = await connection.query(lockHead);
  return toHead(row);
}
