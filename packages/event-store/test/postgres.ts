/** The PostgreSQL server of a test file, started before its tests and stopped after them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isCi } from './ci.ts';
import { findPostgres, installPostgres, startPostgres, type PostgresServer } from './postgres-server.ts';

const isMissing = findPostgres() === undefined;
let server: PostgresServer | undefined;

beforeAll(async () => {
  if (!isMissing) server = await startPostgres();
});

afterAll(async () => {
  await server?.stop();
});

test.runIf(isMissing && isCi)('PostgreSQL is installed', () => {
  expect.fail(`Cannot test the PostgreSQL store: install it with: ${installPostgres}`);
});

export const postgres = {
  isMissing,
  /** For the names of tests that are skipped. */
  note: isMissing ? `, skipped, install it with: ${installPostgres}` : '',
  get url(): string {
    return postgres.server.url;
  },
  get server(): PostgresServer {
    if (server === undefined) throw new Error('Cannot use PostgreSQL before it is started');
    return server;
  },
};

let schemas = 0;

/** A schema that no other test of this file uses. */
export function freshSchema(): string {
  schemas += 1;
  return `store_${schemas}`;
}
