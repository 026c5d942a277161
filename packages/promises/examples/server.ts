// Several processes share the work through a server.
import assert from 'node:assert/strict';
//#region share
import { openPromises, servePromises } from '@holdfast/promises/durable';

const server = await servePromises({ path: ':memory:', token: 'secret' });
const promises = await openPromises({ mode: 'remote', url: server.url, token: 'secret' });
const double = promises.define('double', async (context, input: number) => context.step('double', () => input * 2));

const run = await promises.start(double, 'double-21', 21);
const result = await run.result();
//#endregion
assert.equal(result, 42);
await promises.close();
await server.close();
