import { promisesError } from '../errors.ts';
import type { Connection, Database } from './connect.ts';
import { createTables, hasTables, lockSetup, schemaVersion, selectSchemaVersion } from './statements.ts';

/**
 * Makes the schema and its tables where they are missing, all or none. Any number of processes may do so at once.
 *
 * @throws HOLDFAST_PROMISES_STORE_NEWER
 */
export async function ensureTables(connection: Connection, { schema, name }: Database): Promise<void> {
  if (!(await isThere(connection))) await createAll(connection, schema);
  const [row] = await connection.query(selectSchemaVersion);
  const version = Number(row?.['schema_version']);
  if (version <= schemaVersion) return;
  throw promisesError('HOLDFAST_PROMISES_STORE_NEWER', `Cannot use promises in "${name}": their schema is version ${version}, known is ${schemaVersion}`, {
    data: { store: name, version, known: schemaVersion },
  });
}

async function isThere(connection: Connection): Promise<boolean> {
  const [found] = await connection.query(hasTables);
  return found?.['found'] === true;
}

async function createAll(connection: Connection, schema: string): Promise<void> {
  await connection.query('BEGIN');
  try {
    await connection.query(lockSetup, [schema]);
    await connection.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    if (!(await isThere(connection))) await connection.query(createTables);
    await connection.query('COMMIT');
  } catch (error) {
    // The connection may be what failed; the server rolls back by itself then.
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
