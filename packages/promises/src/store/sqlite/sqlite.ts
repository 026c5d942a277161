import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { promisesError } from '../../errors.ts';
import { PromiseKeeper } from '../promise-keeper.ts';
import { timeoutFailure, type PendingPromise, type PromiseRecord, type SettledPromise, type Settlement } from '../promise-record.ts';
import type { PromiseRecords } from '../promise-records.ts';
import type { PromiseStore, PromiseStoreTime } from '../promise-store.ts';
import type { Durability } from './durability.ts';
import { openDatabase, resultCode } from './open-database.ts';
import { readPending, readRecord, readSettled } from './row.ts';
import { promiseStoreLayout } from './schema.ts';

export interface SqlitePromiseStoreOptions extends PromiseStoreTime {
  /** The file; made when it does not exist. Its folder has to exist. */
  readonly path: string;
  /** @default 'power' */
  readonly durability?: Durability;
}

/**
 * Promises in one file, which one process at a time owns. What was pending when the process ended is pending when the file
 * is opened again; what expired meanwhile is timed out then.
 *
 * @throws HOLDFAST_PROMISES_STORE_LOCKED, HOLDFAST_PROMISES_STORE_FOREIGN, HOLDFAST_PROMISES_STORE_NEWER, HOLDFAST_PROMISES_STORE_FAILED
 */
export async function openSqlitePromiseStore(options: SqlitePromiseStoreOptions): Promise<PromiseStore> {
  const database = openDatabase(options.path, options.durability ?? 'power', promiseStoreLayout);
  try {
    return new PromiseKeeper(new SqliteRecords(database), options);
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteRecords implements PromiseRecords {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #settle: StatementSync;
  readonly #expire: StatementSync;
  readonly #pending: StatementSync;
  readonly #countPending: StatementSync;
  readonly #nextDeadline: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#find = database.prepare('SELECT * FROM promise WHERE id = ?');
    this.#insert = database.prepare(
      `INSERT INTO promise (id, kind, data, created_at, deadline, state) VALUES (?, ?, ?, ?, ?, 'pending')`,
    );
    this.#settle = database.prepare(
      `UPDATE promise SET state = ?, value = ?, error = ?, settled_at = ? WHERE id = ? AND state = 'pending' RETURNING *`,
    );
    this.#expire = database.prepare(
      `UPDATE promise SET state = 'timedout', error = ?, settled_at = ? WHERE state = 'pending' AND deadline <= ? RETURNING *`,
    );
    this.#pending = database.prepare(`SELECT * FROM promise WHERE state = 'pending' AND (?1 IS NULL OR kind = ?1) ORDER BY position`);
    this.#countPending = database.prepare(`SELECT count(*) AS count FROM promise WHERE state = 'pending'`);
    this.#nextDeadline = database.prepare(
      `SELECT deadline FROM promise WHERE state = 'pending' AND deadline IS NOT NULL ORDER BY deadline LIMIT 1`,
    );
  }

  find(id: string): PromiseRecord | undefined {
    const row = attempt('read', () => this.#find.get(id));
    return row && readRecord(row);
  }

  insert({ id, kind, data, createdAt, deadline }: PendingPromise): void {
    const [created, ends] = [Date.parse(createdAt), deadline === null ? null : Date.parse(deadline)];
    attempt('write', () => this.#insert.run(id, kind, JSON.stringify(data), created, ends));
  }

  settle(id: string, settlement: Settlement): SettledPromise | undefined {
    const value = settlement.state === 'resolved' ? JSON.stringify(settlement.value) : null;
    const error = settlement.state === 'resolved' ? null : JSON.stringify(settlement.error);
    const row = attempt('write', () => this.#settle.get(settlement.state, value, error, Date.parse(settlement.settledAt), id));
    return row && readSettled(row);
  }

  expire(now: number): readonly SettledPromise[] {
    return attempt('write', () => this.#expire.all(JSON.stringify(timeoutFailure), now, now)).map(readSettled);
  }

  pending(kind: string | undefined): readonly PendingPromise[] {
    return attempt('read', () => this.#pending.all(kind ?? null)).map(readPending);
  }

  countPending(): number {
    return Number(attempt('read', () => this.#countPending.get())?.['count']);
  }

  nextDeadline(): number | undefined {
    const deadline = attempt('read', () => this.#nextDeadline.get())?.['deadline'];
    return deadline === undefined ? undefined : Number(deadline);
  }

  close(): void {
    this.#database.close();
  }
}

function attempt<Result>(verb: 'read' | 'write', work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (resultCode(cause) === undefined) throw cause;
    throw promisesError('HOLDFAST_PROMISES_STORE_FAILED', `Cannot ${verb} promises: SQLite refused`, { cause });
  }
}
