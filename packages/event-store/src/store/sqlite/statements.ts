import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Row } from './rows.ts';

/** A statement that reads. Rows come whole, never one by one: an iterator over a database that is written meanwhile is a trap. */
export class Query {
  readonly #statement: StatementSync;

  constructor(database: DatabaseSync, sql: string) {
    this.#statement = database.prepare(sql);
    this.#statement.setReturnArrays(true);
  }

  all(...values: SQLInputValue[]): readonly Row[] {
    return rowsOf(this.#statement.all(...values));
  }

  allNamed(values: Readonly<Record<string, SQLInputValue>>): readonly Row[] {
    return rowsOf(this.#statement.all(values));
  }

  first(...values: SQLInputValue[]): Row | undefined {
    return this.all(...values)[0];
  }
}

/** With `setReturnArrays` rows are arrays; the types of Node do not say so. */
function rowsOf(rows: unknown): readonly Row[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return rows as readonly Row[];
}
