// Several processes share the work through a database.
import assert from 'node:assert/strict';
import { findPostgres, installPostgres, startPostgres } from '../test/postgres-server.ts';

if (findPostgres() === undefined) {
  console.log(`Left out, because there is no PostgreSQL; install it with: ${installPostgres}`);
  process.exit();
}
const database = await startPostgres();
const { url } = database;

//#region share
import { openPromises } from '@holdfast/promises/durable';

const promises = await openPromises({ mode: 'remote', url, schema: 'promises' });
const charge = promises.define('charge', async (context, order: number) => context.once('charge', () => `paid ${order}`));

const result = await (await promises.start(charge, 'order-7', 7)).result();
//#endregion
assert.equal(result, 'paid 7');
await promises.close();
await database.stop();
