import { genesisHash } from '../chain.ts';
import { eventStoreError } from '../../errors.ts';
import type { Connection } from './connect.ts';
import { integer } from './rows.ts';
import { createTables, hasTables, insertHead, lockSetup, schemaVersion, selectSchemaVersion } from './statements.ts';

/**
 * Makes the schema and its tables where they are missing, all or none. Any number of processes may do so at once.
 *
 * @throws HOLDFAST_EVENT_STORE_NEWER_DATABASE
 */
export async function ensureTables(connection: Connection, schema: string, name: string): Promise<void> {
  const [found] = await connection.query(hasTables);
  if (found?.['found'] !== true) await createAll(connection, schema);
  const [row = {}] = await connection.query(selectSchemaVersion);
  const version = integer(row, 'schema_version');
  if (version <= schemaVersion) return;
  throw eventStoreError(
    'HOLDFAST_EVENT_STORE_NEWER_DATABASE',
    `Cannot use event store "${name}": its schema is version ${version} and this package knows ${schemaVersion}`,
    { data: { store: name, version, known: schemaVersion } },
  );
}

async function createAll(connection: Connection, schema: string): Promise<void> {
  await inTransaction(connection, async () => {
    await connection.query(lockSetup, [schema]);
    await connection.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    const [found] = await connection.query(hasTables);
    if (found?.['found'] === true) return;
    await connection.query(createTables);
    await connection.query(insertHead, [schemaVersion, genesisHash]);
  });
}

/** All of the work or nothing of it. */
export async function inTransaction<Result>(connection: Connection, work: () => Promise<Result>): Promise<Result> {
  await connection.query('BEGIN');
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    // The connection may be what failed; the server rolls back by itself then.
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
  await connection.query('COMMIT');
  return result;
}
