/** The rows of the machine in SQLite. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Payload, PromiseView, ProtocolState, SearchPromises, TaskState } from './messages.ts';
import { treeOf, type PromiseRow, type Records, type TaskRow } from './records.ts';

/** Longer texts stand in a table of their own. */
const longText = 65_536;
/** What stands in the row instead; JSON never begins with it. */
const elsewhere = '@';

type Row = Readonly<Record<string, SQLOutputValue>>;

export class SqliteRecords implements Records {
  readonly database: DatabaseSync;
  /** Addresses that wait for a promise. They end with the process; whoever waits asks again. */
  readonly #listeners = new Map<string, Set<string>>();
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  findPromise(id: string): PromiseRow | undefined {
    const row = this.#sql('SELECT * FROM promise WHERE id = ?').get(id);
    return row && this.#promise(row);
  }

  insertPromise(promise: Omit<PromiseRow, 'position' | 'param' | 'value'>, param: Payload): void {
    const { id, state, tags, timeoutAt, createdAt, settledAt } = promise;
    const text = this.#keepText(id, 'param', JSON.stringify(param));
    const origin = tags['resonate:origin'] ?? treeOf(id);
    this.#sql(
      `INSERT INTO promise (id, origin, branch, state, param, value, tags, timeout_at, created_at, settled_at) VALUES (?, ?, ?, ?, ?, '{}', ?, ?, ?, ?)`,
    ).run(id, origin, tags['resonate:branch'] ?? null, state, text, JSON.stringify(tags), timeoutAt, createdAt, settledAt);
  }

  settlePromise(id: string, state: ProtocolState, value: Payload, settledAt: number): void {
    const text = this.#keepText(id, 'value', JSON.stringify(value));
    this.#sql('UPDATE promise SET state = ?, value = ?, settled_at = ? WHERE id = ?').run(state, text, settledAt, id);
  }

  duePromises(now: number): readonly PromiseRow[] {
    const rows = this.#sql(`SELECT * FROM promise WHERE state = 'pending' AND timeout_at <= ? ORDER BY timeout_at, position`).all(now);
    return rows.map((row) => this.#promise(row));
  }

  /** What was recorded below the same branch, so that a worker need not ask for each. */
  branchOf(id: string): readonly PromiseRow[] {
    const rows = this.#sql(
      'SELECT * FROM promise WHERE branch = (SELECT branch FROM promise WHERE id = ?1) AND id <> ?1 ORDER BY position',
    ).all(id);
    return rows.map((row) => this.#promise(row));
  }

  search({ state, tags = {}, limit = 100, cursor }: SearchPromises): readonly PromiseRow[] {
    const found: PromiseRow[] = [];
    const origin = tags['resonate:origin'];
    const rows = this.#sql(
      'SELECT * FROM promise WHERE position > ?1 AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR origin = ?3) ORDER BY position',
    ).iterate(Number(cursor ?? 0), state ?? null, origin ?? null);
    for (const row of rows) {
      const promise = this.#promise(row);
      if (Object.entries(tags).every(([key, value]) => promise.tags[key] === value)) found.push(promise);
      if (found.length >= limit) break;
    }
    return found;
  }

  findTask(id: string): TaskRow | undefined {
    const row = this.#sql('SELECT * FROM task WHERE id = ?').get(id);
    return row && readTask(row);
  }

  insertTask(task: Omit<TaskRow, 'resumes'>, dueAt: number | null): void {
    const { id, state, version, pid, ttl, address } = task;
    this.#sql('INSERT INTO task (id, state, version, pid, ttl, address, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)').run(id, state, version, pid, ttl, address, dueAt);
  }

  acquireTask(id: string, version: number, pid: string, ttl: number, dueAt: number | null): void {
    this.#sql(`UPDATE task SET state = 'acquired', version = ?, pid = ?, ttl = ?, resumes = '[]', due_at = ? WHERE id = ?`).run(version, pid, ttl, dueAt, id);
  }

  /** Every state but `acquired`. */
  putTask(id: string, state: TaskState, resumes: readonly string[], dueAt: number | null): void {
    this.#sql('UPDATE task SET state = ?, pid = NULL, ttl = NULL, resumes = ?, due_at = ? WHERE id = ?').run(state, JSON.stringify(resumes), dueAt, id);
  }

  setResumes(id: string, resumes: readonly string[]): void {
    this.#sql('UPDATE task SET resumes = ? WHERE id = ?').run(JSON.stringify(resumes), id);
  }

  setTaskDue(id: string, dueAt: number | null): void {
    this.#sql('UPDATE task SET due_at = ? WHERE id = ?').run(dueAt, id);
  }

  dueTasks(now: number): readonly TaskRow[] {
    return this.#sql('SELECT * FROM task WHERE due_at <= ? ORDER BY due_at, id').all(now).map(readTask);
  }

  /** Those that are held, and those that are offered. */
  openTasks(): readonly TaskRow[] {
    const held = this.#sql(`SELECT * FROM task WHERE state = 'acquired'`).all();
    const offered = this.#sql(`SELECT * FROM task WHERE due_at IS NOT NULL AND state = 'pending'`).all();
    return [...held, ...offered].map(readTask);
  }

  addCallback(awaited: string, awaiter: string): void {
    this.#sql('INSERT OR IGNORE INTO callback VALUES (?, ?)').run(awaited, awaiter);
  }

  takeAwaiters(awaited: string): readonly string[] {
    const awaiters = this.#sql('SELECT awaiter FROM callback WHERE awaited = ? ORDER BY awaiter').all(awaited).map((row) => String(row['awaiter']));
    if (awaiters.length > 0) this.#sql('DELETE FROM callback WHERE awaited = ?').run(awaited);
    return awaiters;
  }

  dropCallbacksOf(awaiter: string): void {
    this.#sql('DELETE FROM callback WHERE awaiter = ?').run(awaiter);
  }

  addListener(awaited: string, address: string): void {
    this.#listeners.set(awaited, (this.#listeners.get(awaited) ?? new Set()).add(address));
  }

  takeListeners(awaited: string): readonly string[] {
    const addresses = [...(this.#listeners.get(awaited) ?? [])];
    this.#listeners.delete(awaited);
    return addresses;
  }

  nextDue(): number | undefined {
    const row = this.#sql(
      `SELECT min(due) AS due FROM (SELECT min(timeout_at) AS due FROM promise WHERE state = 'pending' UNION ALL SELECT min(due_at) FROM task WHERE due_at IS NOT NULL)`,
    ).get();
    return typeof row?.['due'] === 'number' ? row['due'] : undefined;
  }

  lastInstant(): number {
    return Number(this.#sql('SELECT last FROM clock').get()?.['last'] ?? 0);
  }

  setLastInstant(now: number): void {
    this.#sql('UPDATE clock SET last = ?').run(now);
  }

  /** Deletes whole trees that ended before the instant and have nothing pending; says how many promises that were. */
  deleteTrees(settledBefore: number, maxTrees: number): number {
    const origins = this.#sql(
      `SELECT origin FROM promise root WHERE state <> 'pending' AND id = origin AND settled_at < ?
       AND NOT EXISTS (SELECT 1 FROM promise part WHERE part.origin = root.origin AND part.state = 'pending') LIMIT ?`,
    ).all(settledBefore, maxTrees);
    let count = 0;
    for (const { origin } of origins) {
      const key = origin ?? null;
      this.#sql('DELETE FROM task WHERE id IN (SELECT id FROM promise WHERE origin = ?)').run(key);
      this.#sql('DELETE FROM callback WHERE awaited IN (SELECT id FROM promise WHERE origin = ?)').run(key);
      this.#sql('DELETE FROM large WHERE promise IN (SELECT id FROM promise WHERE origin = ?)').run(key);
      count += Number(this.#sql('DELETE FROM promise WHERE origin = ?').run(key).changes);
    }
    return count;
  }

  #payload(promise: PromiseRow, field: 'param' | 'value'): Payload {
    const text = promise[field] === elsewhere ? this.#longText(promise.id, field) : promise[field];
    return JSON.parse(text);
  }

  view(promise: PromiseRow): PromiseView {
    const { id, state, tags, timeoutAt, createdAt, settledAt } = promise;
    const settled = settledAt === null ? {} : { settledAt };
    return { id, state, param: this.#payload(promise, 'param'), value: this.#payload(promise, 'value'), tags, timeoutAt, createdAt, ...settled };
  }

  #keepText(id: string, field: string, text: string): string {
    if (text.length <= longText) return text;
    this.#sql('INSERT OR REPLACE INTO large VALUES (?, ?, ?)').run(id, field, text);
    return elsewhere;
  }

  #longText(id: string, field: string): string {
    return String(this.#sql('SELECT text FROM large WHERE promise = ? AND field = ?').get(id, field)?.['text']);
  }

  #promise(row: Row): PromiseRow {
    return {
      position: Number(row['position']),
      id: String(row['id']),
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this file alone
      state: row['state'] as ProtocolState,
      param: String(row['param']),
      value: String(row['value']),
      tags: JSON.parse(String(row['tags'])),
      timeoutAt: Number(row['timeout_at']),
      createdAt: Number(row['created_at']),
      settledAt: row['settled_at'] === null ? null : Number(row['settled_at']),
    };
  }

  #sql(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }
}

function readTask(row: Row): TaskRow {
  return {
    id: String(row['id']),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this file alone
    state: row['state'] as TaskState,
    version: Number(row['version']),
    pid: row['pid'] === null ? null : String(row['pid']),
    ttl: row['ttl'] === null ? null : Number(row['ttl']),
    address: String(row['address']),
    resumes: JSON.parse(String(row['resumes'])),
  };
}
