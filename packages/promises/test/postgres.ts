/** The PostgreSQL server of a test file, started before its tests and stopped after them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPostgres, installPostgres, startPostgres, type PostgresServer } from './postgres-server.ts';

const isMissing = findPostgres() === undefined;
let server: PostgresServer | undefined;

beforeAll(async () => {
  if (!isMissing) server = await startPostgres();
});

afterAll(async () => {
  await server?.stop();
});

// Where everything has to be there, nothing may be skipped.
test.runIf(isMissing && process.env['CI'] === 'true')('PostgreSQL is installed', () => {
  expect.fail(`Cannot test promises in PostgreSQL: install it with: ${installPostgres}`);
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
  return `promises_${schemas}`;
}
