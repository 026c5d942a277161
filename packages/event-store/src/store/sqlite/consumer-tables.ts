import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { JsonValue } from '@holdfast/protocol';
import { copyJson } from '../../json.ts';
import type { ConsumerState } from '../consumers.ts';
import type { ConsumerChange } from '../staging.ts';
import { integer, text, type Row } from './rows.ts';
import { Query } from './statements.ts';

const pageSize = 512;

/** What consumers keep. */
export class ConsumerTables {
  readonly #position: Query;
  readonly #find: Query;
  readonly #page: Query;

  constructor(database: DatabaseSync) {
    this.#position = new Query(database, 'SELECT position FROM consumers WHERE name = ?');
    this.#find = new Query(database, 'SELECT key, position, state FROM consumer_states WHERE consumer = ? AND key = ?');
    this.#page = new Query(database, `SELECT key, position, state FROM consumer_states WHERE consumer = ? AND key > ? ORDER BY key LIMIT ${pageSize}`);
  }

  position(consumer: string): number {
    const row = this.#position.first(consumer);
    return row ? integer(row[0]) : 0;
  }

  find(consumer: string, key: string): ConsumerState | undefined {
    const row = this.#find.first(consumer, key);
    return row && stateOf(row);
  }

  /** The next states of a consumer after a key; fewer than a page at the end. */
  page(consumer: string, afterKey: string): { readonly states: readonly ConsumerState[]; readonly isLast: boolean } {
    const states = this.#page.all(consumer, afterKey).map(stateOf);
    return { states, isLast: states.length < pageSize };
  }
}

/** Writes what becomes of consumers; inside a transaction. */
export class ConsumerWriter {
  readonly #setPosition: StatementSync;
  readonly #setState: StatementSync;
  readonly #removal: readonly StatementSync[];
  readonly #renaming: readonly StatementSync[];

  constructor(database: DatabaseSync) {
    this.#setPosition = database.prepare('INSERT INTO consumers (name, position) VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position');
    this.#setState = database.prepare(
      'INSERT INTO consumer_states (consumer, key, position, state) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position, state = excluded.state',
    );
    this.#removal = ['DELETE FROM consumers WHERE name = ?', 'DELETE FROM consumer_states WHERE consumer = ?'].map((sql) => database.prepare(sql));
    this.#renaming = ['UPDATE consumers SET name = ? WHERE name = ?', 'UPDATE consumer_states SET consumer = ? WHERE consumer = ?'].map((sql) => database.prepare(sql));
  }

  write(change: ConsumerChange): void {
    if (change.kind !== 'save') {
      for (const statement of this.#removal) statement.run(change.consumer);
      if (change.kind === 'replace') for (const statement of this.#renaming) statement.run(change.consumer, change.by);
      return;
    }
    const { consumer, progress } = change;
    if (progress.sequenceNumber !== undefined) this.#setPosition.run(consumer, progress.sequenceNumber);
    for (const { key, sequenceNumber, state } of progress.states ?? []) this.#setState.run(consumer, key, sequenceNumber, JSON.stringify(state));
  }
}

function stateOf([key, position, state]: Row): ConsumerState {
  const parsed: unknown = JSON.parse(text(state));
  const copy: JsonValue = copyJson(parsed);
  return Object.freeze({ key: text(key), sequenceNumber: integer(position), state: copy });
}
